"""Prints, as JSON, what interlock_python.cmake has to know about the Python that runs this file."""

import json
import os
import sys
import sysconfig


def include_dir() -> str:
    """The folder of Python.h, or nothing where the headers are not installed."""
    for key in ("include", "platinclude"):
        path = sysconfig.get_path(key)
        if path and os.path.exists(os.path.join(path, "Python.h")):
            return str(path)
    return ""


def library() -> str:
    """The library that a program with Python inside links to: the shared one if there are two."""
    folders = [sysconfig.get_config_var(key) for key in ("LIBDIR", "LIBPL")]
    names = [sysconfig.get_config_var(key) for key in ("LDLIBRARY", "LIBRARY")]
    for name in filter(None, names):
        for folder in filter(None, folders):
            path = os.path.join(str(folder), str(name))
            if os.path.exists(path):
                return path
    return ""


def sanitizer() -> str:
    """What the interpreter itself was built with: that runtime must not be preloaded again."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    for name in ("address", "thread"):
        if f"--with-{name}-sanitizer" in arguments:
            return name
    return ""


def posix(path: str) -> str:
    return path.replace(os.sep, "/")


print(
    json.dumps(
        {
            "EXECUTABLE": posix(sys.executable),  # where a version manager's shim leads
            "VERSION": ".".join(map(str, sys.version_info[:3])),
            "EXT_SUFFIX": sysconfig.get_config_var("EXT_SUFFIX"),
            "FREE_THREADED": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
            "DEBUG": hasattr(sys, "gettotalrefcount"),
            "SANITIZER": sanitizer(),
            "INCLUDE_DIR": posix(include_dir()),
            "LIBRARY": posix(library()) if os.name == "posix" else "",
        }
    )
)
