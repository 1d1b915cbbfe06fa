"""A plug-in for pytest: on a free-threaded Python a test fails when the GIL has come back on."""

import sys
import sysconfig

import pytest

FREE_THREADED = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))


def check(when: str) -> None:
    if FREE_THREADED and sys._is_gil_enabled():
        pytest.fail(
            f"the GIL is on {when}: a module was imported that does not say it can do without"
        )


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup() -> None:
    check("before the test (since its file or another one was imported)")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    check("after the test")
