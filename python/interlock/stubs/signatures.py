"""The signatures that stand at the beginning of docstrings, taken apart.

    scale(x: float, /, by: float = 2.0) -> float

    What the function does.

A name with several definitions has a paragraph of that kind for each. Whether it has is told by its
text signature, which then is (*args, **kwargs): a docstring that shows a call of it is not
taken for an overload.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, replace

# A default that is shown as <something> is an object whose repr is no Python; an enum member names
# itself in it.
ENUM_MEMBER = re.compile(r"<(?P<member>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+): .*>", re.DOTALL)
OVERLOADED = re.compile(r"\((\$\w+, )?(/, )?\*args, \*\*kwargs\)")


@dataclass(frozen=True)
class Signature:
    """One way to call a function."""

    name: str
    arguments: ast.arguments
    returns: ast.expr | None
    type_parameters: str = ""  # "[T, U]", as PEP 695 has it
    doc: str = ""

    def with_doc(self, doc: str) -> Signature:
        return replace(self, doc=doc)


def _hide_reprs(text: str) -> str:
    """Defaults that are no Python become the enum's member that they are, or "..."."""
    out = []
    at = 0
    while (start := text.find("= <", at)) >= 0:
        end = start + 2
        depth = 0
        while end < len(text):
            depth += {"<": 1, ">": -1}.get(text[end], 0)
            end += 1
            if depth == 0:
                break
        shown = ENUM_MEMBER.fullmatch(text[start + 2 : end])
        out.append(text[at : start + 2])
        out.append(shown["member"] if shown else "...")
        at = end
    return "".join(out) + text[at:]


def parse(line: str, name: str) -> Signature | None:
    """The signature that this line is, or None where it is something else."""
    line = line.strip().removeprefix("def ").removesuffix("...").rstrip().removesuffix(":")
    begin = re.match(rf"{re.escape(name)}(?P<parameters>\[[^\]]*\])?\(", line)
    if begin is None:
        return None
    parameters = begin["parameters"] or ""
    rest = _hide_reprs(line[len(name) + len(parameters) :])
    try:
        [definition] = ast.parse(f"def _{rest}: ...").body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(definition, ast.FunctionDef):
        return None
    return Signature(name, definition.args, definition.returns, parameters)


def _read_lines(lines: list[str], name: str) -> tuple[list[Signature], list[str]]:
    """The signatures at the beginning, and the lines after them."""
    found: list[Signature] = []
    for i, line in enumerate(lines):
        signature = parse(line, name)
        if signature is None:
            return found, lines[i:]
        found.append(signature)
    return found, []


def _text(lines: list[str]) -> str:
    return "\n".join(lines).strip("\n")


def read(doc: str | None, name: str, *, overloaded: bool) -> tuple[list[Signature], str]:
    """The signatures of a function's docstring, and the text of one that begins with none."""
    if not doc:
        return [], ""
    found: list[Signature] = []
    if not overloaded:
        found, rest = _read_lines(doc.splitlines(), name)
        text = _text(rest)
        if found:
            found[-1] = found[-1].with_doc(text)
        return found, text if not found else ""
    rest = []
    for paragraph in doc.split("\n\n"):
        signatures, after = _read_lines(paragraph.splitlines(), name)
        if not signatures:
            rest.extend([*after, ""])
            continue
        if found:
            found[-1] = found[-1].with_doc(_text(rest))
        found.extend(signatures)
        rest = [*after, ""]
    if found:
        found[-1] = found[-1].with_doc(_text(rest))
        return found, ""
    return [], _text(rest)


def is_overloaded(text_signature: str | None) -> bool:
    return text_signature is not None and OVERLOADED.fullmatch(text_signature) is not None


SETTER = re.compile(r"^(?P<read>.*) \(set: (?P<set>.*)\)$")


@dataclass(frozen=True)
class Attribute:
    """What a property's docstring begins with, and the text behind it."""

    type: ast.expr | None
    doc: str
    set_type: ast.expr | None = None  # what may be set, where that is not what is read


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        return None


def read_attribute(doc: str | None, name: str) -> Attribute:
    """Reads "-> int", "-> int (set: str)", "limit: int" and "limit(self) -> int"."""
    if not doc:
        return Attribute(None, "")
    first, _, rest = doc.partition("\n")
    rest = rest.strip("\n")
    called = parse(first, name)
    if called is not None:
        return Attribute(called.returns, rest)
    for start in (f"{name}: ", f"{name} -> ", "-> "):
        if first.startswith(start):
            text = first.removeprefix(start)
            both = SETTER.match(text)
            read_type = _expression(both["read"] if both else text)
            if read_type is not None:
                set_type = _expression(both["set"]) if both else None
                return Attribute(read_type, rest, set_type)
    return Attribute(None, doc)
