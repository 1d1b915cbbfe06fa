"""What CPython's descriptors know and do not tell: whether an attribute can be set."""

from __future__ import annotations

import sys
import types

try:
    import ctypes

    HAS_CTYPES = True
except ImportError:  # a Python without libffi
    HAS_CTYPES = False

# PyMemberDef.flags
READ_ONLY = 1


def _definition(descriptor: object) -> int:
    """The address of the PyGetSetDef or PyMemberDef: behind type, name and qualified name."""
    pointer = ctypes.sizeof(ctypes.c_void_p)
    place = id(descriptor) + object.__basicsize__ + 3 * pointer
    return ctypes.c_void_p.from_address(place).value or 0


def is_writable(descriptor: object) -> bool:
    """Whether there is a setter. Where this cannot be found out: no."""
    if isinstance(descriptor, property):
        return descriptor.fset is not None
    if not HAS_CTYPES:
        return False
    pointer = ctypes.sizeof(ctypes.c_void_p)
    if isinstance(descriptor, types.GetSetDescriptorType):
        setter = _definition(descriptor) + 2 * pointer
        return ctypes.c_void_p.from_address(setter).value is not None
    if isinstance(descriptor, types.MemberDescriptorType):
        # name, type (an int, padded), offset, flags
        flags = _definition(descriptor) + 3 * pointer
        return not ctypes.c_int.from_address(flags).value & READ_ONLY
    return False


def has_own_shape(cls: type) -> bool:
    """Whether instances have memory that those of the base have not (PEP 800).

    A dictionary and weak references did not count before Python 3.12.
    """
    base = cls.__base__
    if base is None:
        return True
    if sys.version_info >= (3, 12):
        return (cls.__basicsize__, cls.__itemsize__) != (base.__basicsize__, base.__itemsize__)
    word = tuple.__itemsize__
    size = cls.__basicsize__
    for offset, of_base in (
        (cls.__weakrefoffset__, base.__weakrefoffset__),
        (cls.__dictoffset__, base.__dictoffset__),
    ):
        if not of_base and offset + word == size:
            size -= word
    return size != base.__basicsize__ or cls.__itemsize__ != base.__itemsize__
