"""The environment of programs with this build's Python inside."""

import os


def environment() -> dict[str, str]:
    # CPython finds its library beside the first python3 on PATH; one that was unpacked and not
    # installed has to be told. The Python that runs the tests must not see that: it has a venv.
    path = os.environ["INTERLOCK_PYTHON_FOLDER"] + os.pathsep + os.environ["PATH"]
    home = os.environ["INTERLOCK_PYTHONHOME"]
    return os.environ | {"PATH": path} | ({"PYTHONHOME": home} if home else {})
