"""How much a test does where its effort is a number: less on an interpreter that is many times slower."""

from __future__ import annotations

import sysconfig

# With ThreadSanitizer, AddressSanitizer or as a debug build, Python itself is 5 to 20 times slower.
SLOW = "-fsanitize=" in (sysconfig.get_config_var("PY_CFLAGS") or "") or any(
    word in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    for word in ("-sanitizer", "--with-pydebug")
)
EXAMPLES = 8 if SLOW else 50


def repeats(usual: int) -> int:
    return usual // 20 if SLOW else usual
