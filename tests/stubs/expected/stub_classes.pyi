import enum
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, NamedTuple, Self, final, overload
from typing_extensions import disjoint_base

__all__ = ["Failure", "Step", "Settings", "Reason", "Account", "Savings", "Vec", "begin", "richest"]

class Failure(ValueError):
    reason: Reason | None
    line: int | None

class Step(NamedTuple):
    """Step(at, path)"""
    at: float
    path: list[int]

@dataclass
class Settings:
    """Settings(name: str, *, tags: list[str] = <factory>, first: stub_classes.Step = Step(at=0.0, path=[]))"""
    name: str
    _: KW_ONLY
    tags: list[str] = ...
    first: Step = ...

class Reason(enum.Enum):
    lost = 1

@disjoint_base
class Account:
    """A bank account."""
    def __init__(self, owner: str, balance: float = 0.0) -> None: ...
    def deposit(self, amount: float) -> None:
        """Adds money."""
    @staticmethod
    def from_csv(line: str) -> Account: ...
    @property
    def balance(self) -> float:
        """What is there."""
    @property
    def limit(self) -> int: ...
    @limit.setter
    def limit(self, value: int, /) -> None: ...
    @property
    def history(self) -> list[int]: ...
    @history.setter
    def history(self, value: Iterable[int], /) -> None: ...
    @property
    def owner(self) -> str: ...
    @property
    def place(self) -> Vec: ...
    def __copy__(self) -> Self:
        """A copy, by C++'s copy constructor."""
    def __deepcopy__(self, memo: dict[Any, Any], /) -> Self:
        """A copy, by C++'s copy constructor."""
    def __eq__(self, other: object, /) -> bool: ...
    __hash__: ClassVar[None]  # type: ignore[assignment]
    def __lt__(self, arg0: Account, /) -> bool: ...
    __match_args__ = ('owner', 'balance')
    def __repr__(self) -> str: ...

@final
class Savings(Account):
    def __init__(self, arg0: str, /) -> None: ...
    @property
    def rate(self) -> float: ...
    @rate.setter
    def rate(self, value: float, /) -> None: ...
    def __copy__(self) -> Self:
        """A copy, by C++'s copy constructor."""
    def __deepcopy__(self, memo: dict[Any, Any], /) -> Self:
        """A copy, by C++'s copy constructor."""
    __match_args__ = ()

@disjoint_base
class Vec:
    @overload
    def __init__(self, arg0: float, /) -> None: ...
    @overload
    def __init__(self, arg0: float, arg1: float, /) -> None: ...
    @overload
    def scaled(self, by: int) -> float: ...
    @overload
    def scaled(self, by: float) -> float: ...
    def __add__(self, arg0: Vec, /) -> Vec: ...
    def __copy__(self) -> Self:
        """A copy, by C++'s copy constructor."""
    def __deepcopy__(self, memo: dict[Any, Any], /) -> Self:
        """A copy, by C++'s copy constructor."""

def begin(settings: Settings) -> Step: ...

def richest(accounts: Iterable[Account]) -> Account: ...
