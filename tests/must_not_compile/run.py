"""Programs that must not compile, each with the message that the user must read.

A case takes about six lines. Cases stand in the *.cpp files of this folder, many to a file:

    // What a file is about.
    #include <interlock/interlock.hpp>       up to the last #include: precompiled, for all files at once
    namespace il = interlock;                up to the first case: belongs to each case

    // case: token_copied                    a name, unique in the file
    // expect: token .* cannot be copied     a regular expression that the first error must match
    void f(il::python py) {
        auto mine = py;  // bad              the line that must not compile ...
        auto& mine = py;  // good            ... and what stands there in the twin that must
    }

Each case is compiled alone, twice, by each compiler, syntax only: with MUST_NOT_COMPILE defined the
"bad" line is in, without it the "good" one. The good form must compile, so that the bad one fails
for the reason it is about: the two lines may differ in one token only, where a qualified name such
as il::object counts as one. (The good forms of a file are first tried all at once, each case in a
namespace of its own; only if that fails are they compiled one by one.)

More lines that a case may have:

    // expect: ...                           a second and a third, anywhere in the output
    // expect[gcc]: ...                      for one compiler; gcc and clang are the names
    // errors: 2                             how many "error:" lines are still readable (1)
    // differs: 2                            in how many tokens the two lines may differ (1)

The output has no source lines in it, so an expected text is one that the compiler said.

Run by ctest, or by hand, with pytest's own options:

    pytest tests/must_not_compile/run.py -k token

INTERLOCK_GCC and INTERLOCK_CLANG choose the compilers. One that is missing is skipped visibly, and
under CI=true is an error. The generated sources are kept, in INTERLOCK_MUST_NOT_COMPILE_FOLDER or
build/must_not_compile; a failure prints the command to repeat.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from cases import HERE, Case, Compiler, find_compiler, read_cases, share_head

FOLDER = Path(
    os.environ.get("INTERLOCK_MUST_NOT_COMPILE_FOLDER")
    or HERE.parent.parent / "build" / "must_not_compile"
)
COMPILERS: dict[str, Compiler | None] = {
    family: find_compiler(family, FOLDER) for family in ("gcc", "clang")
}
CASES = [case for path in sorted(HERE.glob("*.cpp")) for case in read_cases(path)]
share_head(CASES)


@pytest.fixture(scope="session")
def verdicts(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[str | None]]]:
    """All the selected cases, compiled side by side while the tests wait for theirs."""
    jobs: dict[str, Future[str | None]] = {}
    with ThreadPoolExecutor(max_workers=min(os.cpu_count() or 1, 8)) as pool:
        for item in request.session.items:
            if isinstance(item, pytest.Function) and item.originalname == "test_must_not_compile":
                compiler, case = item.callspec.params["compiler"], item.callspec.params["case"]
                assert isinstance(compiler, Compiler)
                assert isinstance(case, Case)
                jobs[item.nodeid] = pool.submit(compiler.check, case)
        yield jobs
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("family", COMPILERS)
def test_compiler_is_found(family: str) -> None:
    if COMPILERS[family] is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{family} is not installed, and CI needs both compilers")
        pytest.skip(f"{family} is not installed: its messages are not checked")


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.path.stem}-{c.name}")
@pytest.mark.parametrize("compiler", [c for c in COMPILERS.values() if c], ids=lambda c: c.family)
def test_must_not_compile(
    request: pytest.FixtureRequest,
    verdicts: dict[str, Future[str | None]],
    compiler: Compiler,
    case: Case,
) -> None:
    if problem := verdicts[request.node.nodeid].result():
        pytest.fail(problem, pytrace=False)
