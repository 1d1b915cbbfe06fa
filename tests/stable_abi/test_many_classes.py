"""More classes than there are C functions for their initializers."""

from __future__ import annotations

import pytest
import stable_abi_many_classes as m


def test_classes_beyond_the_last_initializer_are_made() -> None:
    for i in range(m.count):
        cls = getattr(m, f"C{i}")
        assert cls(2, 3).sum == 5 + i


@pytest.mark.parametrize("name", ["C0", f"C{m.count - 1}"])
def test_they_are_derived_from_and_refuse_what_does_not_fit(name: str) -> None:
    cls = getattr(m, name)

    class Derived(cls):
        def __init__(self) -> None:
            super().__init__(1, 2)

    assert Derived().sum == cls(1, 2).sum
    with pytest.raises(TypeError, match=r"argument|signature"):
        cls(1)
    with pytest.raises(TypeError, match="expected int, got str"):
        cls(1, "two")
    with pytest.raises(TypeError):
        cls.__init__(5, 1, 2)
    with pytest.raises(TypeError, match="initialized before"):
        cls(1, 2).__init__(3, 4)
