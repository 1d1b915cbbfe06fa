"""A submodule."""

__all__ = ["twice"]

def twice(x: int) -> int: ...
