"""Classes that one extension binds and another one uses, by each way that a C++ object takes."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
import weakref

import pytest
import sharing_provider as p

m = importlib.import_module(os.environ["SHARING_USER"])


# ---- parameters ----------------------------------------------------------------------------------


def test_references_and_values() -> None:
    point = p.Point(3, 4)
    assert m.sum(point) == 7
    m.move_by(point, 10, 20)
    assert (point.x, point.y) == (13, 24)
    assert m.x_of(point) == 13
    assert m.x_or(point, 0) == 13
    assert m.x_or(None, 5) == 5
    assert m.sum_all([point, p.Point(1, 1)]) == 39


def test_overloads_tell_the_class() -> None:
    assert m.which(p.Point()) == "point"
    assert m.which(5) == "int"


def test_python_subclasses() -> None:
    class Special(p.Point):
        pass

    assert m.sum(Special(1, 2)) == 3


def test_handles() -> None:
    assert m.is_point(p.Point())
    assert not m.is_point(p.Base())
    assert m.point_handle(p.Point(8, 0)) == 8


def test_parts_of_an_object_lie_elsewhere() -> None:
    square = p.Square(5)
    assert m.area(square) == 25
    assert m.tag_of(square) == 7
    assert m.side_of(square) == 5
    both = p.Both()
    assert m.area(both) == 12
    assert m.tag_of(both) == 7
    assert m.right_of(both) == 2


def test_implicit_conversions_of_the_other_extension() -> None:
    assert m.sum(4) == 8
    with pytest.raises(TypeError, match=r"sum\(\): .*expected sharing_provider.Point, got str"):
        m.sum("no")


def test_a_wrong_class_is_named_by_its_module() -> None:
    with pytest.raises(TypeError, match=r"expected sharing_provider.Point, got .*Base"):
        m.sum(p.Base())


def test_an_object_that_was_not_initialized() -> None:
    class Forgets(p.Point):
        def __init__(self) -> None:
            pass

    with pytest.raises(TypeError, match="was not initialized"):
        m.sum(Forgets())


def test_frozen_and_thread_bound_classes() -> None:
    assert m.constant(p.Constant(4)) == 4
    bound = p.Bound()
    assert m.bound(bound) == 3
    errors = []

    def use() -> None:
        try:
            m.bound(bound)
        except RuntimeError as error:
            errors.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert "thread" in errors[0]


# ---- results -------------------------------------------------------------------------------------


def test_values() -> None:
    point = m.make_point(1, 2)
    assert type(point) is p.Point
    assert (point.x, point.y) == (1, 2)
    assert p.sum(point) == 3
    assert type(m.maybe_point(True)) is p.Point
    assert m.maybe_point(False) is None


def test_references_are_the_same_object() -> None:
    point = p.Point(1, 2)
    assert m.same_point(point) is point
    square = p.Square(2)
    assert m.same_base(square) is square
    fresh = m.make_point(5, 6)
    assert m.same_point(fresh) is fresh


@pytest.mark.thread_unsafe(reason="the module holds one object")
def test_what_cpp_holds_is_found_again() -> None:
    for made in (p.Base(), p.Square(2), p.Both()):
        m.hold(made)
        assert m.held() is made
    m.hold(None)
    assert m.held() is None


def test_the_most_special_class_is_found() -> None:
    assert type(m.new_shape("square")) is p.Square
    assert type(m.new_shape("both")) is p.Both
    assert type(m.new_shape("base")) is p.Base
    assert m.new_shape("square").side == 3


def test_a_class_of_one_file_alone_is_not_that_of_another_file() -> None:
    concealed = m.new_shape("concealed")
    assert type(concealed) is p.Base
    assert concealed.area() == 40


def test_signatures_name_the_module() -> None:
    assert m.make_point.__doc__.splitlines()[-1].endswith("-> sharing_provider.Point")
    assert "point: sharing_provider.Point" in m.sum.__doc__


# ---- smart pointers ------------------------------------------------------------------------------


@pytest.mark.thread_unsafe(reason="the module holds one object")
def test_shared_pointers() -> None:
    node = p.Node("a")
    m.keep(node)
    assert m.kept() is node
    assert m.kept_uses() == 2
    del node
    gc.collect()
    node = m.kept()
    assert type(node) is p.Node
    assert node.name == "a"
    p.keep(node)
    assert m.kept_uses() == 3
    assert p.give_kept() is node
    m.forget()
    made = m.make_node("b")
    assert type(made) is p.Node
    node.next = made
    assert node.next is made


def test_a_shared_pointer_into_an_instance_is_that_instance() -> None:
    point = p.Point(1, 2)
    assert m.share_point(point) is point


@pytest.mark.thread_unsafe(reason="the module holds one object")
def test_unique_pointers() -> None:
    before = m.handles_ended()
    handle = p.Handle(9)
    m.take(handle)
    with pytest.raises(TypeError, match="given away"):
        m.value_of(handle)
    with pytest.raises(TypeError, match="given away"):
        _ = handle.value
    with pytest.raises(TypeError, match=r"given away|empty"):
        m.take(handle)
    back = m.give()
    assert type(back) is p.Handle
    assert back.value == 9
    assert p.eat(back) == 9
    assert m.handles_ended() == before + 1
    made = m.make_handle(4)
    assert made.value == 4
    m.take(made)
    m.drop_handle()
    assert m.handles_ended() == before + 2


def test_what_lies_in_an_instance_is_moved_out() -> None:
    point = p.Point(6, 7)
    assert m.take_point(point) == 6
    with pytest.raises(TypeError, match="given away"):
        p.sum(point)
    with pytest.raises(TypeError, match="given away"):
        m.sum(point)


def test_what_is_shared_cannot_be_given_away() -> None:
    node = p.Node("a")
    with pytest.raises(TypeError, match="a std::shared_ptr holds it"):
        m.take_node(node)
    assert node.name == "a"


def test_a_holder_of_the_librarys_own() -> None:
    counted = p.Counted(3)
    assert m.count_of(counted) == 2
    made = m.make_counted(4)
    assert type(made) is p.Counted
    assert made.value == 4


# ---- overriding ----------------------------------------------------------------------------------


class Cat(p.Animal):
    def sound(self) -> str:
        return "meow"


def test_overrides_are_called() -> None:
    assert m.sound_of(Cat()) == "meow"
    assert m.legs_of(Cat()) == 4

    class Bird(Cat):
        def legs(self) -> int:
            return 2

    assert m.legs_of(Bird()) == 2


def test_a_missing_override() -> None:
    class Silent(p.Animal):
        pass

    with pytest.raises(NotImplementedError, match=r"sound\(\) is a pure virtual"):
        m.sound_of(Silent())


def test_an_override_of_what_was_given_away() -> None:
    seen = []

    class Fish(p.Animal):
        def sound(self) -> str:
            seen.append(m.legs_of(self))
            return "blub"

    assert m.take_animal(Fish()) == "blub"
    assert seen == [4]


def test_an_override_that_raises() -> None:
    class Angry(p.Animal):
        def sound(self) -> str:
            raise LookupError("grr")

    with pytest.raises(LookupError, match="grr"):
        m.sound_of(Angry())


# ---- classes derived in the second extension -----------------------------------------------------


def test_a_derived_class_whose_base_lies_elsewhere() -> None:
    cube = m.Cube(2)
    assert issubclass(m.Cube, p.Base)
    # The base's methods and functions find their part, and the derived class's own do.
    assert cube.area() == 24
    assert cube.tag == 7
    cube.tag = 8
    assert p.tag_of(cube) == 8
    assert p.area(cube) == 24
    assert m.tag_of(cube) == 8
    assert m.cube_side(cube) == 2
    assert cube.side == 2
    cube.note = "any attribute"
    assert cube.note == "any attribute"
    weak = weakref.ref(cube)
    assert weak() is cube
    del cube
    gc.collect()
    assert weak() is None


def test_cycles_through_a_derived_object_are_collected() -> None:
    cube = m.Cube(2)
    cube.cycle = [cube]
    weak = weakref.ref(cube)
    del cube
    gc.collect()
    assert weak() is None


def test_a_derived_class_that_is_aligned_otherwise() -> None:
    wide = m.Wide(3)
    assert p.area(wide) == 3
    assert wide.tag == 7
    assert m.area(wide) == 3


def test_python_classes_over_derived_ones() -> None:
    class Big(m.Cube):
        pass

    big = Big(3)
    assert p.area(big) == 54
    assert big.tag == 7
    assert m.same_base(big) is big


def test_the_bases_constructor_does_not_make_a_derived_object() -> None:
    class Wrong(m.Cube):
        def __init__(self) -> None:
            p.Base.__init__(self)

    with pytest.raises(TypeError, match=r"Base.__init__\(\) cannot initialize"):
        Wrong()


@pytest.mark.thread_unsafe(reason="the module holds one object")
def test_derived_objects_are_found_again() -> None:
    cube = m.Cube(2)
    m.hold(cube)
    assert m.held() is cube
    made = m.new_shape("cube")
    assert type(made) is m.Cube
    assert made.side == 2
    m.hold(None)


@pytest.mark.thread_unsafe(reason="the module holds one object")
def test_derived_classes_of_shared_ones() -> None:
    leaf = m.Leaf("leaf", 5)
    assert leaf.name == "leaf"
    p.keep(leaf)
    assert p.give_kept() is leaf
    p.keep(leaf)
    del leaf
    gc.collect()
    back = p.give_kept()
    assert type(back) is m.Leaf
    assert m.leaf_value(back) == 5


@pytest.mark.thread_unsafe(reason="the module holds one object")
def test_derived_trampolines() -> None:
    assert p.sound_of(m.Dog()) == "woof"

    class Puppy(m.Dog):
        def sound(self) -> str:
            return "yip of " + str(p.legs_of(self))

    assert p.sound_of(Puppy()) == "yip of 4"
    assert m.sound_of(Puppy()) == "yip of 4"
    puppy = Puppy()
    p.adopt(puppy)
    del puppy
    gc.collect()
    assert p.sound_of_adopted() == "yip of 4"
    p.let_adopted_go()


def test_a_python_class_is_of_one_cpp_class() -> None:
    # Values lie outside of both: Python itself would let them be combined.
    class Two(m.Hexagon, p.Other):
        pass

    with pytest.raises(TypeError, match="derives from two C\\+\\+ classes"):
        Two()

    class Again(p.Other, m.Hexagon):
        pass

    with pytest.raises(TypeError, match="derives from two C\\+\\+ classes"):
        Again()
    with pytest.raises(TypeError, match=r"lay-?out conflict"):
        type("Three", (p.Point, m.Cube), {})


# ---- who works on what ---------------------------------------------------------------------------


@pytest.mark.thread_unsafe(reason="the module has one pair of latches")
def test_work_with_the_interpreter_released_is_seen_by_the_other() -> None:
    point = p.Point(1, 2)
    p.begin_work()
    thread = threading.Thread(target=p.work, args=(point,))
    thread.start()
    try:
        p.await_work()
        with pytest.raises(RuntimeError, match="at work on another thread"):
            m.overwrite(point)
        with pytest.raises(RuntimeError, match="at work on another thread"):
            m.read_released(point)
        with pytest.raises(RuntimeError, match="at work on another thread"):
            m.take_point(point)
    finally:
        p.finish_work()
        thread.join()
    assert m.look_at(point) == 2
    m.overwrite(point)
    assert point.x == 99


# ---- what is not shared --------------------------------------------------------------------------


def test_local_classes_are_seen_by_their_own_extension() -> None:
    assert m.local(m.Local()) == 0
    with pytest.raises(TypeError, match=r"expected Local, got sharing_provider\.Local"):
        m.local(p.Local())


def test_types_of_each_files_own_are_not_mixed_up() -> None:
    assert p.read_counter(p.Counter()) == 0
    assert m.read_counter(m.Counter()) == 0
    with pytest.raises(TypeError):
        m.read_counter(p.Counter())
    with pytest.raises(TypeError):
        p.read_counter(m.Counter())


def test_types_of_the_standard_library_are_everybodys() -> None:
    assert p.Numbers is not m.Numbers
    assert dict(p.Numbers({1: 2})) == dict(m.Numbers({1: 2}))


def test_a_class_that_nobody_binds() -> None:
    with pytest.raises(TypeError, match="expected shapes::Unbound"):
        m.unbound(1)
    with pytest.raises(TypeError, match="shapes::Unbound is not bound in this interpreter"):
        m.make_unbound()


def test_two_extensions_bind_one_type() -> None:
    with pytest.raises(ImportError) as caught:
        importlib.import_module("sharing_second")
    text = str(caught.value)
    assert "shapes::Twice" in text
    assert "sharing_provider.Twice" in text
    assert "sharing_second.Second" in text
    assert "il::module_local" in text
    assert "sharing_second" not in sys.modules


# ---- other ABIs ----------------------------------------------------------------------------------


def test_an_extension_that_was_built_otherwise() -> None:
    other = importlib.import_module("sharing_other")
    for call in (
        lambda: other.sum(p.Point()),
        lambda: other.make_point(1, 2),
        lambda: other.make_node("a"),
    ):
        with pytest.raises(TypeError) as caught:
            call()
        text = str(caught.value)
        assert "sharing_provider" in text
        assert "sharing_other" in text
        assert "There: interlock 2, " in text
        assert "here: a tag of the tests" in text


def test_a_base_of_an_extension_that_was_built_otherwise() -> None:
    with pytest.raises(
        ImportError, match=r"sharing_provider\.Base is bound by the module"
    ) as caught:
        importlib.import_module("sharing_misfit")
    assert isinstance(caught.value.__cause__, TypeError)


def test_another_version_of_the_library() -> None:
    larger = importlib.import_module("sharing_larger")
    assert larger.sum(p.Point(1, 2)) == 3
    with pytest.raises(
        TypeError, match="There it has 4 bytes, aligned to 4; here 16, aligned to 8"
    ):
        larger.constant(p.Constant(1))
    with pytest.raises(
        TypeError, match="There it has 4 bytes, aligned to 4; here 16, aligned to 8"
    ):
        larger.make_constant()
    # What both bind are two types.
    assert larger.twice(larger.Twice()) == 0
    with pytest.raises(TypeError, match=r"expected Twice, got sharing_provider\.Twice"):
        larger.twice(p.Twice())


# ---- exceptions ----------------------------------------------------------------------------------


def test_exceptions_travel_as_pythons() -> None:
    with pytest.raises(p.AppError, match="through both"):
        m.call(lambda: p.fail("through both"))


def test_what_one_extension_throws_is_the_class_that_another_one_has_registered() -> None:
    with pytest.raises(p.AppError, match="from here") as caught:
        m.fail("from here", 5)
    assert type(caught.value) is p.AppError
    # The other extension may know another version of the C++ object: nothing of it is read there.
    assert caught.value.code is None
    # What derives from it, in this file alone.
    with pytest.raises(p.AppError, match="late"):
        m.fail_late()
    with pytest.raises(p.AppError, match="outer") as caught:
        m.fail_nested()
    assert type(caught.value.__cause__) is p.AppError
    with pytest.raises(p.AppError, match="noted") as caught:
        m.fail_noted()
    assert caught.value.__notes__ == ["a note"]
    assert m.is_app_error(lambda: p.fail("theirs"))
    assert m.is_app_error(lambda: m.fail("ours", 1))
    assert not m.is_app_error(lambda: 1 // 0)


def test_the_nearest_class_of_all_extensions_is_found() -> None:
    third = importlib.import_module("sharing_third")
    with pytest.raises(p.AppError, match="app") as caught:
        third.fail_app()
    assert type(caught.value) is p.AppError
    with pytest.raises(m.NetError, match="net"):
        third.fail_net()


def test_an_object_is_not_given_away_while_another_extension_exports_a_part_of_it() -> None:
    recorder = m.Recorder()
    with memoryview(recorder.samples) as view:
        with pytest.raises(TypeError, match="Python views the memory of a part of it"):
            m.consume(recorder)
        with pytest.raises(BufferError, match="cannot be replaced while its memory is exported"):
            recorder.samples = p.Samples()
        assert view[99] == 1.0
    recorder.samples = p.Samples()
    assert m.consume(recorder) == 100


def test_what_each_file_or_every_extension_has_is_not_mixed_up() -> None:
    with pytest.raises(RuntimeError, match="alone") as caught:
        m.fail_alone("alone")
    assert type(caught.value) is RuntimeError
    with pytest.raises(p.LengthError):
        p.fail_by_length()
    with pytest.raises(ValueError, match="too long") as caught:
        m.fail_by_length()
    assert type(caught.value) is ValueError


def test_exceptions_of_an_extension_that_was_built_otherwise_stay_their_own() -> None:
    other = importlib.import_module("sharing_other")
    with pytest.raises(RuntimeError, match="from there") as caught:
        other.fail("from there", 1)
    assert type(caught.value) is RuntimeError


# ---- containers ----------------------------------------------------------------------------------


def test_containers_of_classes_of_the_other_extension() -> None:
    squares = m.Squares([p.Square(1), p.Square(2)])
    squares.append(p.Square(3))
    assert [s.side for s in squares] == [1, 2, 3]
    assert type(squares[0]) is p.Square
    squares[0] = p.Square(10)
    assert squares[0].side == 10
    with pytest.raises(
        TypeError, match=r"expected sharing_provider\.Square, got sharing_provider\.Base"
    ):
        squares.append(p.Base())
    node = p.Node("a")
    nodes = m.Nodes([node, p.Node("b")])
    assert nodes[0] is node
    assert [n.name for n in reversed(nodes)] == ["b", "a"]
    places = m.Places({"here": p.Point(1, 2)})
    places["there"] = p.Point(3, 4)
    assert {k: m.sum(v) for k, v in places.items()} == {"here": 3, "there": 7}
