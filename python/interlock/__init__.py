"""What the pip package knows of itself: where the headers and the CMake files are, and the version.

Extension modules that are built with interlock need nothing of this at run time.
"""

from interlock.location import Missing, cmake_dir, include_dir, source_dir, version

__all__ = ["Missing", "__version__", "cmake_dir", "include_dir", "source_dir"]

__version__: str


def __getattr__(name: str) -> str:
    # Asked for seldom, and a search through all that is installed.
    if name == "__version__":
        return version()
    raise AttributeError(f"module 'interlock' has no attribute {name!r}")
