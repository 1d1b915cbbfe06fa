"""Special methods whose docstrings are CPython's own: the types that their protocols ask for."""

from __future__ import annotations

import ctypes
import sys

_ANY_BINARY = "(self, other: Any, /) -> Any"

SPECIAL = {
    "__repr__": "(self) -> str",
    "__str__": "(self) -> str",
    "__hash__": "(self) -> int",
    "__len__": "(self) -> int",
    "__bool__": "(self) -> bool",
    "__int__": "(self) -> int",
    "__float__": "(self) -> float",
    "__complex__": "(self) -> complex",
    "__index__": "(self) -> int",
    "__eq__": "(self, other: object, /) -> bool",
    "__ne__": "(self, other: object, /) -> bool",
    "__lt__": "(self, other: Any, /) -> bool",
    "__le__": "(self, other: Any, /) -> bool",
    "__gt__": "(self, other: Any, /) -> bool",
    "__ge__": "(self, other: Any, /) -> bool",
    "__iter__": "(self) -> Iterator[Any]",
    "__next__": "(self) -> Any",
    "__reversed__": "(self) -> Iterator[Any]",
    "__contains__": "(self, key: object, /) -> bool",
    "__getitem__": "(self, key: Any, /) -> Any",
    "__setitem__": "(self, key: Any, value: Any, /) -> None",
    "__delitem__": "(self, key: Any, /) -> None",
    "__call__": "(self, *args: Any, **kwargs: Any) -> Any",
    "__getattribute__": "(self, name: str, /) -> Any",
    "__getattr__": "(self, name: str, /) -> Any",
    "__setattr__": "(self, name: str, value: Any, /) -> None",
    "__delattr__": "(self, name: str, /) -> None",
    "__await__": "(self) -> Generator[Any, Any, Any]",
    "__aiter__": "(self) -> AsyncIterator[Any]",
    "__anext__": "(self) -> Awaitable[Any]",
    "__buffer__": "(self, flags: int, /) -> memoryview",
    "__release_buffer__": "(self, buffer: memoryview, /) -> None",
    "__reduce__": "(self) -> str | tuple[Any, ...]",
    "__reduce_ex__": "(self, protocol: SupportsIndex, /) -> str | tuple[Any, ...]",
    "__getstate__": "(self) -> object",
    "__setstate__": "(self, state: Any, /) -> None",
    "__copy__": "(self) -> Self",
    "__deepcopy__": "(self, memo: dict[int, Any], /) -> Self",
    "__sizeof__": "(self) -> int",
    "__dir__": "(self) -> Iterable[str]",
    "__format__": "(self, format_spec: str, /) -> str",
    "__bytes__": "(self) -> bytes",
    "__pow__": "(self, other: Any, modulo: Any = None, /) -> Any",
    "__rpow__": "(self, other: Any, modulo: Any = None, /) -> Any",
    "__neg__": "(self) -> Any",
    "__pos__": "(self) -> Any",
    "__abs__": "(self) -> Any",
    "__invert__": "(self) -> Any",
}
_OPERATORS = "add sub mul matmul truediv floordiv mod divmod lshift rshift and or xor"
for _name in _OPERATORS.split():
    SPECIAL[f"__{_name}__"] = _ANY_BINARY
    SPECIAL[f"__r{_name}__"] = _ANY_BINARY
    if _name != "divmod":
        SPECIAL[f"__i{_name}__"] = "(self, other: Any, /) -> Self"
SPECIAL["__ipow__"] = "(self, other: Any, /) -> Self"

# The slots of the buffer protocol, by CPython's numbers (Include/typeslots.h).
_BUFFER_SLOTS = {"__buffer__": 1, "__release_buffer__": 2}


def hidden_buffer_methods(cls: type) -> list[str]:
    """Those of the buffer protocol that the class adds; from 3.12 on it shows them (PEP 688)."""
    if sys.version_info >= (3, 12):
        return []
    prototype = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.py_object, ctypes.c_int)
    slot_of = prototype(("PyType_GetSlot", ctypes.pythonapi))
    return [
        name
        for name, number in _BUFFER_SLOTS.items()
        if (slot := slot_of(cls, number)) is not None
        and all(slot_of(base, number) != slot for base in cls.__bases__)
    ]


# What every class has, or what says nothing about its use.
IGNORED = {
    "__abstractmethods__",
    "__annotate_func__",
    "__annotations__",
    "__annotations_cache__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__new__",
    "__qualname__",
    "__slots__",
    "__static_attributes__",
    "__weakref__",
    "_interlock_init",
}
