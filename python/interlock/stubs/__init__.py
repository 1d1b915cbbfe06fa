"""Type stubs of modules that interlock made, from what the compiler knew.

The source of truth is what the compiled module says of itself: the first lines of each docstring
are signatures as typing writes them, made of the C++ types (or given by il::sig), one paragraph for
each overload. They are read here, checked to be Python, and written with the imports that they
need. Nothing is guessed from calls.

This package needs nothing but the standard library: builds run it with whichever Python they have.
"""

from interlock.stubs.modules import Stub, generate

__all__ = ["Stub", "generate"]
