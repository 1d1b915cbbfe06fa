"""Orders of import and of the end, and other interpreters: each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from interpreters import HAVE_OWN_GIL

ROOT = Path(__file__).resolve().parents[2]

USE = """
    point = p.Point(1, 2)
    assert m.sum(point) == 3
    assert m.same_point(point) is point
    assert type(m.make_point(1, 2)) is p.Point
    cube = m.Cube(2)
    assert p.area(cube) == 24
    assert cube.tag == 7
    node = p.Node("a")
    m.keep(node)
    assert m.kept() is node
"""


def run(*parts: str) -> None:
    code = "\n".join(textwrap.dedent(part) for part in parts)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", code],
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.mark.parametrize(
    "imports",
    [
        "import sharing_provider as p, sharing_user as m",
        "import sharing_user as m, sharing_provider as p",
    ],
)
def test_either_is_imported_first_and_ends_with_the_others_objects(imports) -> None:
    # Objects that are alive at the end: in the modules, in C++, and in a cycle that nobody collects.
    run(
        imports,
        USE,
        """
        import gc
        gc.disable()

        class Cat(p.Animal):
            def sound(self):
                return "meow"

        class Pup(m.Dog):
            pass

        cat, pup = Cat(), Pup()
        cube.other = [cube, cat, pup]
        p.adopt(pup)
        p.keep(m.Leaf("leaf", 1))
        m.hold(cube)
        """,
    )


def test_a_class_that_is_bound_later() -> None:
    run(
        """
        import sharing_larger as m
        try:
            m.sum(1)
        except TypeError as error:
            assert "expected shapes::Point, got int" in str(error), error
        else:
            raise AssertionError
        assert "shapes::Point" in m.sum.__doc__
        import sharing_provider as p
        assert m.sum(p.Point(1, 2)) == 3
        """
    )


def test_objects_that_were_there_before_the_user() -> None:
    run(
        """
        import sharing_provider as p

        class Special(p.Point):
            pass

        before = [p.Point(i, i) for i in range(100)] + [Special(1, 1)]
        square = p.Square(1)
        import sharing_user as m

        for point in before:
            assert m.same_point(point) is point
            assert m.same_point(point) is point
        assert m.same_base(square) is square
        del before, point
        # Others take their places.
        for i in range(1000):
            point = p.Point(i, i) if i % 2 else m.make_point(i, i)
            assert m.same_point(point) is point
            assert point.x == i
        """
    )


def test_stubs_import_the_module(tmp_path) -> None:
    run(
        f"""
        import sys
        from pathlib import Path

        sys.path.insert(0, {str(ROOT / "python")!r})
        import sharing_provider
        from interlock.stubs.__main__ import write

        [path] = write("sharing_user", Path({str(tmp_path)!r}))
        text = path.read_text()
        assert "import sharing_provider\\n" in text, text
        assert "def make_point(arg0: int, arg1: int, /) -> sharing_provider.Point:" in text, text
        assert "class Cube(sharing_provider.Base):" in text, text
        """
    )


def test_a_base_that_is_not_there() -> None:
    run(
        """
        try:
            import sharing_misfit
        except ImportError as error:
            assert "derives from shapes::Base, which is not bound" in str(error), error
            assert 'm.py().import("...")' in str(error), error
        else:
            raise AssertionError
        """
    )


def test_who_binds_a_type_second_is_refused_in_either_order() -> None:
    run(
        """
        import sharing_second
        try:
            import sharing_provider
        except ImportError as error:
            assert "shapes::Twice is bound by two extensions" in str(error), error
            assert "sharing_second.Second" in str(error), error
        else:
            raise AssertionError
        """
    )


def test_a_module_that_is_gone_and_comes_again() -> None:
    run(
        """
        import gc, sys
        import sharing_provider as p, sharing_user as m
        assert m.sum(p.Point(1, 2)) == 3
        old = p.Point
        del p, sys.modules["sharing_provider"]
        gc.collect()
        assert type(m.make_point(1, 2)) is old
        assert m.sum(old(3, 4)) == 7
        import sharing_provider as p
        assert p.Point is not old
        assert m.sum(p.Point(1, 2)) == 3
        assert type(m.make_point(1, 2)) is p.Point
        """
    )


@pytest.mark.skipif(not HAVE_OWN_GIL, reason="3.11 has no lock for each interpreter")
def test_each_interpreter_has_its_own_classes() -> None:
    code = "import sharing_provider as p, sharing_user as m" + textwrap.dedent(USE) + "m.forget()"
    run(
        code,
        f"""
        from interpreters import Interpreter
        for _ in range(2):
            first, second = Interpreter(), Interpreter()
            for one in (first, second):
                one.run({code!r})
            first.close()
            second.run({code!r})
            second.close()
        assert m.sum(p.Point(1, 2)) == 3
        assert type(m.make_point(1, 2)) is p.Point
        """,
    )


@pytest.mark.skipif(not HAVE_OWN_GIL, reason="3.11 has no lock for each interpreter")
def test_the_provider_is_met_in_the_other_interpreter_alone() -> None:
    run(
        """
        from interpreters import Interpreter
        import sharing_larger as m
        other = Interpreter()
        other.run(
            "import sharing_provider as p, sharing_larger as m\\n"
            "assert m.sum(p.Point(1, 2)) == 3"
        )
        try:
            m.sum(1)
        except TypeError as error:
            assert "expected" in str(error)
        other.close()
        import sharing_provider as p
        assert m.sum(p.Point(1, 2)) == 3
        """
    )
