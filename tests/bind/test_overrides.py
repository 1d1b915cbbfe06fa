"""Python classes that override C++ virtual functions."""

import gc
import threading
import weakref

import bind_overrides as m
import pytest
from no_gil import FREE_THREADED


class Square(m.Shape):
    def __init__(self, side=2.0):
        super().__init__(4)
        self.side = side

    def area(self):
        return self.side**2


def test_a_pure_function_is_overridden():
    assert m.area(Square(3.0)) == 9.0
    assert Square().sides == 4


def test_functions_that_are_not_overridden_are_those_of_cpp():
    s = Square()
    assert (m.name(s), m.scaled(s, 2.0), m.pair(s)) == ("shape", 20.0, ["1", "one"])
    m.touch(s)
    assert s.touched == 1


def test_a_missing_override_names_class_and_method():
    class Nothing(m.Shape):
        pass

    with pytest.raises(NotImplementedError, match=r"Shape\.area\(\).*Nothing"):
        m.area(Nothing())
    with pytest.raises(NotImplementedError, match=r"Shape\.area\(\)"):
        m.Shape().area()


def test_super_is_the_function_of_cpp():
    class Named(Square):
        def name(self):
            return "square, a " + super().name()

        def scaled(self, f):
            return super().scaled(f=f) + 1

        def touch(self):
            super().touch()
            super().touch()

    s = Named()
    assert m.name(s) == "square, a shape"
    assert s.name() == "square, a shape"
    assert s.describe() == "square, a shape!"
    assert m.scaled(s, 1.0) == 11.0
    m.touch(s)
    assert s.touched == 2
    assert m.name(s) == "square, a shape"


def test_super_through_two_python_classes():
    class First(Square):
        def name(self):
            return "first " + super().name()

    class Second(First):
        def name(self):
            return "second " + super().name()

    s = Second()
    assert m.name(s) == s.name() == "second first shape"


def test_patches_of_the_class_are_noticed():
    class Patched(Square):
        pass

    s = Patched()
    for _ in range(3):
        assert m.name(s) == "shape"
    Patched.name = lambda self: "patched"
    assert m.name(s) == "patched"
    Patched.name = lambda self: "again"
    assert m.name(s) == "again"
    del Patched.name
    assert m.name(s) == "shape"


def test_what_was_found_is_not_kept_alive():
    class Patched(Square):
        def name(self):
            return "first"

    s = Patched()
    first = weakref.ref(Patched.name)
    assert [m.name(s), m.name(s)] == ["first", "first"]
    Patched.name = lambda self: "second"
    gc.collect()
    assert first() is None
    assert [m.name(s), m.name(s)] == ["second", "second"]
    del Patched.name
    assert m.name(s) == "shape"


def test_more_functions_than_an_instance_remembers():
    class All(Square):
        def name(self):
            return "name"

        def scaled(self, f):
            return f

        def pair(self):
            return ["2", "two"]

        def touch(self):
            self.touches = getattr(self, "touches", 0) + 1

    s = All(3.0)
    for i in range(3):
        assert (m.area(s), m.name(s), m.scaled(s, 5.0)) == (9.0, "name", 5.0)
        assert m.pair(s) == ["2", "two"]
        m.touch(s)
        assert s.touches == i + 1
    All.scaled = lambda self, f: -f
    assert (m.scaled(s, 5.0), m.name(s), m.area(s)) == (-5.0, "name", 9.0)


def test_patches_of_a_base_are_noticed_on_threads_that_do_not_hold_the_interpreter():
    class Middle(Square):
        pass

    class Last(Middle):
        pass

    s = Last()
    for i in range(100):
        assert m.name_detached(s) == "shape"
        Middle.name = lambda self, i=i: f"patched {i}"
        assert m.name_detached(s) == f"patched {i}"
        del Middle.name


def test_another_class_of_the_object_is_noticed():
    class Other(Square):
        def name(self):
            return "other"

    s = Square()
    assert m.name(s) == "shape"
    s.__class__ = Other
    assert m.name(s) == "other"


def test_many_classes_are_told_apart():
    classes = [
        type(f"C{i}", (Square,), {"name": lambda self, i=i: str(i)} if i % 2 else {})
        for i in range(200)
    ]
    objects = [c() for c in classes]
    for _ in range(2):
        for i, s in enumerate(objects):
            assert m.name(s) == (str(i) if i % 2 else "shape")


def test_an_error_goes_through_cpp():
    class Wrong(m.Shape):
        def area(self):
            raise LookupError("no area")

    with pytest.raises(LookupError, match="no area"):
        m.area(Wrong())
    assert m.caught(Wrong()) == "LookupError: no area"


def test_a_result_that_does_not_fit_names_the_override():
    class Text(m.Shape):
        def area(self):
            return "large"

    with pytest.raises(TypeError, match=r"Text\.area\(\).*Shape.*expected float, got str"):
        m.area(Text())


def test_results_of_all_kinds():
    class All(Square):
        def pair(self):
            return ["7", "seven"]

        def make(self):
            return m.Token(8)

        def token(self):
            return m.Token(9)

        def find(self):
            return self.found

    s = All()
    assert m.pair(s) == ["7", "seven"]
    assert m.make(s).value == 8
    assert m.token(s) == 9
    # Each object that C++ refers to lives as long as self.
    assert m.token_twice(s) == [9, 9]
    s.found = None
    assert m.find(s) == -1
    s.found = m.Token(3)
    assert m.find(s) == 3
    s.found = 3
    with pytest.raises(TypeError, match=r"find\(\)"):
        m.find(s)


def test_results_of_all_kinds_on_a_thread_that_python_never_saw():
    class Full(m.Shape):
        def area(self):
            return 1.0

        def make(self):
            return m.Token(8)

        def token(self):
            return m.Token(9)

        def parts(self):
            return (2, "two", 2.5)

    class Plain(m.Shape):
        def area(self):
            return 1.0

    assert m.results_on_a_thread(Full()) == (8, 9, (2, "two", 2.5))
    assert m.parts(Full()) == (2, "two", 2.5)
    assert m.results_on_a_thread(Plain()) == (1, 5, (1, "one", 1.5))

    class Wrong(m.Shape):
        def parts(self):
            return (2, "two")

    with pytest.raises(TypeError, match=r"parts\(\), which overrides"):
        m.parts(Wrong())


@pytest.mark.skipif(
    "abi3" in m.__file__, reason="modules for the stable ABI ask for each call whether it is"
)
def test_a_function_that_is_not_overridden_is_called_without_entering():
    class Named(m.Shape):
        def area(self):
            return 1.0

        def name(self):
            return "named"

    class Plain(m.Shape):
        def area(self):
            return 1.0

    assert m.name(Plain()) == "shape"  # that it is so is known from now on
    assert not m.name_enters(Plain())
    assert m.area_enters(Plain())
    assert m.name_enters(Named())


@pytest.mark.skipif(
    "abi3" in m.__file__, reason="modules for the stable ABI ask for each call whether it is"
)
def test_an_override_that_was_found_and_removed_is_not_looked_for_again():
    class Named(m.Shape):
        def area(self):
            return 1.0

        def name(self):
            return "named"

    one, other = Named(), Named()
    assert (m.name(one), m.name(other)) == ("named", "named")
    assert m.name_enters(one)
    del Named.name
    assert m.name(other) == "shape"  # that it is so is known of the class from now on
    assert not m.name_enters(one)
    assert m.name(one) == "shape"
    Named.name = lambda self: "again"
    assert (m.name(one), m.name(other)) == ("again", "again")


def test_a_property_gives_the_value():
    class Fixed(m.Shape):
        @property
        def area(self):
            return 4.5

        @staticmethod
        def name():
            return "static"

        @classmethod
        def scaled(cls, f):
            return f + len(cls.__name__)

    s = Fixed()
    assert (m.area(s), m.name(s), m.scaled(s, 1.0)) == (4.5, "static", 6.0)


def test_threads_that_python_never_saw():
    s = Square()
    assert m.areas(s, 8) == [14.0] * 8


def test_python_threads_at_once():
    s = Square()
    start = threading.Barrier(4)
    found = []

    def work():
        start.wait()
        found.extend(m.areas(s, 4))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == [14.0] * 16


def test_an_object_given_to_cpp_keeps_its_python_half():
    class Given(Square):
        def name(self):
            # The C++ part can be used here, on this thread.
            return f"{self.label} {super().name()} {self.sides}"

    for drop in m.drop, m.drop_here:
        s = Given()
        s.label = "given"
        gone = weakref.ref(s)
        m.keep(s)
        with pytest.raises(TypeError, match="given away"):
            s.describe()
        del s
        gc.collect()
        assert gone() is not None
        assert m.kept_name() == "given shape 4"
        ended = m.ended()
        drop()
        gc.collect()
        assert m.ended() == ended + 1
        assert gone() is None


def test_two_trampolines():
    class Mine(m.Both):
        def read(self):
            return 10 + super().read()

        def write(self, x):
            return 20 + super().write(x)

    assert (m.read(m.Both()), m.write(m.Both(), 3)) == (1, 3)
    assert (m.read(Mine()), m.write(Mine(), 3)) == (11, 23)


def test_overrides_of_two_objects_that_call_each_other():
    class Chain(Square):
        left = 3

        def name(self):
            if self.left == 0:
                return "end"
            self.left -= 1
            return str(self.left) + m.name(self.next)

    a, b = Chain(), Chain()
    a.next, b.next = b, a
    assert m.name(a) == "221100end"


def test_overrides_that_greenlets_leave_in_any_order():
    greenlet = pytest.importorskip(
        "greenlet", reason="greenlet has no wheel for this Python", exc_type=ImportError
    )
    if FREE_THREADED:
        greenlet._greenlet.enable_optional_cleanup(False)  # see tests/attach/test_greenlets.py
    hub = greenlet.getcurrent()

    class Away(Square):
        def name(self):
            hub.switch()
            return "back in " + super().name()

    class Plain(Square):
        def name(self):
            return "here in " + super().name()

    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        objects = [Away() for _ in order]
        greenlets = [greenlet.greenlet(lambda o=o: m.name(o)) for o in objects]
        for one in greenlets:
            one.switch()
            assert m.name(Plain()) == "here in shape"
        for which in order:
            assert greenlets[which].switch() == "back in shape"
            assert m.name(Plain()) == "here in shape"
        assert all(one.dead for one in greenlets)
