"""Examples that wrap a library of the system's."""

import importlib
import os
import types

import pytest


def import_example(name: str, package: str) -> types.ModuleType:
    """Imports an example; skips the file where it was not built, for lack of its library."""
    if os.environ["INTERLOCK_EXAMPLE_IS_THERE"] != "1":
        pytest.skip(
            f"{name} was not built: its library is not installed ({package})",
            allow_module_level=True,
        )
    return importlib.import_module(name)
