"""Signatures of all kinds.

The second paragraph.
"""

import builtins
import datetime
import decimal
import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, overload
from typing_extensions import Buffer, CapsuleType, deprecated
from . import inner as inner

__all__ = [
    "VERSION",
    "LIMITS",
    "NOTHING",
    "SCALES",
    "inner",
    "scale",
    "group",
    "squares",
    "applied",
    "anything",
    "cents",
    "parse",
    "mode",
    "first",
    "read",
    "kinds",
    "pair",
    "nested",
    "rest",
    "list",
    "a_function_with_a_long_name",
]

VERSION: str
LIMITS: builtins.list[int]
NOTHING: None
SCALES: dict[str, float]

def scale(x: float, /, by: float = -2.0) -> float:
    """Scales.

    Twice: scale(x, 2).
    """

def group(xs: Iterable[int]) -> dict[str, builtins.list[int]]: ...

def squares(n: int = 3) -> builtins.list[int]: ...

def applied(f: Callable[[int, str], int], *, x: int) -> int: ...

def anything(arg0: object, /) -> Any: ...

def cents(amount: decimal.Decimal) -> int: ...

@overload
def parse(x: int) -> int:
    """From a number.

    parse(1) -> 1
    """
@overload
@deprecated('give a number')
def parse(text: str) -> int: ...

def mode(x: Literal['r', 'w']) -> str:
    """One of two texts."""

def first[T](xs: Sequence[T]) -> T: ...

def read(file: os.PathLike[str] | Buffer) -> int: ...

def kinds(
    arg0: datetime.datetime,
    arg1: Iterable[Any],
    arg2: Callable[..., Any],
    arg3: tuple[Any, ...],
    arg4: BaseException,
    arg5: type[Any],
    arg6: int,
    arg7: bool,
    arg8: None,
    arg9: range,
    arg10: CapsuleType,
    /,
) -> None: ...

def pair(x: tuple[int, ...]) -> tuple[int, ...]: ...

def nested(
    x: dict[str, builtins.list[datetime.date]],
) -> dict[str, builtins.list[datetime.date]]: ...

def rest(arg0: int, /, *args: object, **kwargs: object) -> None: ...

def list(n: int) -> builtins.list[int]: ...

def a_function_with_a_long_name(
    the_first_parameter: int,
    the_second_parameter: int,
    the_third_parameter: int = 3,
    the_fourth_parameter: int = 4,
) -> int:
    """Its parameters stand on lines of their own."""
