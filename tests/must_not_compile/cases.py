"""Reads the cases of this folder and compiles them. run.py says what a case looks like."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import threading
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
MAX_ERRORS = 1
MAX_TOKENS = 1

DIRECTIVE = re.compile(r"//\s*(case|expect|errors|differs)(?:\[(gcc|clang)\])?:\s*(.*?)\s*$")
MARK = re.compile(r"//\s*(bad|good)\s*$")
# A qualified name is one token here: that is how a reader counts.
TOKEN = re.compile(r'[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*|\d[\w.\']*|"[^"]*"|::|->|&&|\|\||[^\s\w]')


class CaseError(Exception):
    """A case that is not written as run.py says."""


@dataclass
class Case:
    name: str
    path: Path
    line: int
    head: str  # up to the last #include: shared by the cases of a file, and precompiled
    prelude: list[tuple[int, str]]  # after the head, before the first case
    body: list[tuple[int, str]] = field(default_factory=list)
    expected: list[tuple[str | None, re.Pattern[str]]] = field(default_factory=list)
    max_errors: int = MAX_ERRORS
    max_tokens: int = MAX_TOKENS

    @property
    def where(self) -> str:
        return f"{self.path.name}:{self.line}: case {self.name}"

    def source(self) -> str:
        """One file that holds both forms; line numbers are those of the case's own file."""
        forms = {mark: number for number, text in self.body if (mark := marked(text))}
        first = min(forms.values())
        parts = [f'#line 1 "{self.path}"']
        parts += numbered(self.prelude)
        parts += numbered([line for line in self.body if line[0] < first])
        texts = dict(self.body)
        for number, directive in (
            (forms["bad"], "#ifdef MUST_NOT_COMPILE"),
            (forms["good"], "#else"),
        ):
            parts += [directive, f"#line {number}", texts[number]]
        parts += ["#endif"]
        parts += numbered([ln for ln in self.body if ln[0] > first and not marked(ln[1])])
        return "\n".join(parts) + "\n"

    def validate(self) -> None:
        marks = sorted(mark for _, text in self.body if (mark := marked(text)))
        if marks != ["bad", "good"]:
            raise CaseError(
                f"{self.where}: one line ends with // bad, one with // good, not {marks}"
            )
        if not self.expected:
            raise CaseError(f"{self.where}: // expect:, what the user must read, is missing")
        forms = {mark: text for _, text in self.body if (mark := marked(text))}
        bad, good = (TOKEN.findall(MARK.sub("", forms[mark])) for mark in ("bad", "good"))
        while bad and good and bad[0] == good[0]:
            del bad[0], good[0]
        while bad and good and bad[-1] == good[-1]:
            del bad[-1], good[-1]
        if not bad and not good:
            raise CaseError(f"{self.where}: the two lines are the same")
        if max(len(bad), len(good)) > self.max_tokens:
            raise CaseError(
                f"{self.where}: the two lines differ in more than {self.max_tokens} token(s): "
                f"{' '.join(bad)!r} and {' '.join(good)!r} (// differs: N allows more)"
            )


def marked(text: str) -> str | None:
    match = MARK.search(text)
    return match[1] if match else None


def is_comment(text: str) -> bool:
    return not text.strip() or text.lstrip().startswith("//")


def share_head(cases: list[Case]) -> None:
    """Gives all cases the includes of all of them, so that one head is precompiled and not many.

    A good form could then use what its file does not include; that is no loss to what a case is for.
    """
    lines: dict[str, None] = {}
    for case in cases:
        head = case.head.splitlines()
        if not all(line.startswith("#include <") for line in head):
            continue  # it does more than include: it keeps its own
        lines |= dict.fromkeys(head)
    shared = sorted(lines, key=lambda line: ("<interlock/" not in line, line))
    for case in cases:
        if set(case.head.splitlines()) <= lines.keys():
            case.head = "\n".join(shared)


def numbered(lines: list[tuple[int, str]]) -> list[str]:
    """Text whose line numbers the compiler reports as they are in the case's file."""
    parts: list[str] = []
    previous = None
    for number, text in lines:
        if previous is None or number != previous + 1:
            parts.append(f"#line {number}")
        parts.append(text)
        previous = number
    return parts


def together(cases: list[Case]) -> str:
    """The good forms of cases that have one prelude, as one file."""
    parts = [f'#line 1 "{cases[0].path}"', *numbered(cases[0].prelude)]
    for case in cases:
        body = [line for line in case.body if marked(line[1]) != "bad"]
        parts += [f"namespace {case.name} {{", *numbered(body), "}"]
    return "\n".join(parts) + "\n"


def read_cases(path: Path) -> list[Case]:
    lines = list(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    starts = [n for n, text in lines if (m := DIRECTIVE.match(text.strip())) and m[1] == "case"]
    before = [line for line in lines if not starts or line[0] < starts[0]]
    last = max((n for n, text in before if text.startswith("#include")), default=0)
    head = "\n".join(text for n, text in before if n <= last and not is_comment(text))
    prelude = [line for line in before if line[0] > last]
    cases: list[Case] = []
    for number, text in lines[len(before) :]:
        match = DIRECTIVE.match(text.strip())
        if match and match[1] == "case":
            cases.append(Case(match[3], path, number, head, prelude))
            continue
        case = cases[-1]
        if match is None:
            case.body.append((number, text))
        elif match[1] == "expect":
            case.expected.append((match[2], re.compile(match[3])))
        elif match[1] == "errors":
            case.max_errors = int(match[3])
        else:
            case.max_tokens = int(match[3])
    if not cases:
        raise CaseError(f"{path.name}: holds no // case: line")
    for case in cases:
        case.validate()
    names = [case.name for case in cases]
    if len(set(names)) != len(names):
        raise CaseError(f"{path.name}: two cases have the same name")
    return cases


@dataclass
class Compiler:
    family: str  # "gcc" or "clang"
    path: str
    folder: Path  # for sources and precompiled heads
    lock: threading.Lock = field(default_factory=threading.Lock)
    heads: dict[str, threading.Lock] = field(default_factory=dict)
    together: dict[Path, bool] = field(default_factory=dict)

    def flags(self) -> list[str]:
        root = HERE.parent.parent
        flags = ["-std=c++20", "-pthread", f"-I{root / 'include'}"]
        flags += ["-isystem", sysconfig.get_path("include")]
        if self.family == "gcc":
            # No source lines in the output: asserted is what the compiler says, not the case.
            flags += ["-fno-diagnostics-show-caret", "-fmax-errors=0"]
        else:
            flags += ["-fno-caret-diagnostics", "-ferror-limit=0"]
            # What the head's own functions instantiate is done with the head, not again in each
            # case: without this it is nearly all that a case costs. GCC has no such option.
            flags += ["-fpch-instantiate-templates"]
        return flags + shlex.split(os.environ.get("INTERLOCK_MUST_NOT_COMPILE_FLAGS", ""))

    def run(self, arguments: list[str]) -> tuple[int, str, str]:
        command = [self.path, *self.flags(), *arguments]
        # In the C locale both compilers quote with plain apostrophes.
        environment = os.environ | {"LC_ALL": "C"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        return done.returncode, done.stdout + done.stderr, shlex.join(command)

    def head(self, text: str) -> list[str]:
        """Precompiles the head of a file, once for all cases that have the same one."""
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        with self.lock:
            lock = self.heads.setdefault(key, threading.Lock())
        header = self.folder / f"{key}.hpp"
        binary = header.with_suffix(".hpp.gch" if self.family == "gcc" else ".hpp.pch")
        with lock:
            if not binary.exists():
                header.write_text(text + "\n", encoding="utf-8")
                code, output, command = self.run(
                    ["-x", "c++-header", str(header), "-o", str(binary)]
                )
                if code != 0:
                    raise CaseError(f"the includes do not compile:\n{command}\n{output}")
        return ["-include", str(header)]

    def compile(self, case: Case, bad: bool) -> tuple[int, str, str]:
        source = self.folder / f"{case.path.stem}.{case.name}.cpp"
        source.write_text(case.source(), encoding="utf-8")
        arguments = [*self.head(case.head), "-fsyntax-only", str(source)]
        if bad:
            arguments.insert(0, "-DMUST_NOT_COMPILE")
        return self.run(arguments)

    def good_together(self, case: Case) -> bool:
        """Whether the good forms of the case's file compile together, each in a namespace."""
        with self.lock:
            lock = self.heads.setdefault(str(case.path), threading.Lock())
        with lock:
            if case.path not in self.together:
                source = self.folder / f"{case.path.stem}.good.cpp"
                source.write_text(together(read_cases(case.path)), encoding="utf-8")
                code, _, _ = self.run([*self.head(case.head), "-fsyntax-only", str(source)])
                self.together[case.path] = code == 0
            return self.together[case.path]

    def check(self, case: Case) -> str | None:
        """What is wrong with a case under this compiler, or nothing."""
        if not self.good_together(case):
            code, output, command = self.compile(case, bad=False)
            if code != 0:
                return f"{case.where}: the good form does not compile\n{command}\n{output}"
        code, output, command = self.compile(case, bad=True)
        if code == 0:
            return f"{case.where}: the bad form compiles\n{command}"
        if "internal compiler error" in output or "PLEASE submit a bug report" in output:
            return f"{case.where}: the compiler crashed\n{command}\n{output}"
        errors = [line for line in output.splitlines() if re.search(r"\berror: ", line)]
        said = errors[0] if errors else output
        for family, pattern in case.expected:
            if family in (None, self.family):
                if not pattern.search(said):
                    where = "first" if said is not output else "anywhere"
                    missing = f"{self.family} does not say {pattern.pattern!r} {where}"
                    return f"{case.where}: {missing}\n{command}\n{output}"
                said = output
        if len(errors) > case.max_errors:
            return (
                f"{case.where}: {len(errors)} errors for one mistake; at most {case.max_errors} "
                f"are readable\n{command}\n{output}"
            )
        return None


def find_compiler(family: str, folder: Path) -> Compiler | None:
    """INTERLOCK_GCC and INTERLOCK_CLANG name the compilers; else they are looked for."""
    newest_first = range(30, 11, -1)
    if family == "gcc":
        names = ["g++", *(f"g++-{n}" for n in newest_first)]
        says = "Free Software Foundation"
    else:
        names = [*(f"clang++-{n}" for n in newest_first if n >= 16), "clang++"]
        says = "clang version"
    if chosen := os.environ.get(f"INTERLOCK_{family.upper()}"):
        names = [chosen]
    for name in names:
        path = shutil.which(name)
        if path is None:
            continue
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        # macOS has a clang that answers to g++.
        if says in version.stdout:
            folder = folder / family
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            return Compiler(family, path, folder)
    return None
