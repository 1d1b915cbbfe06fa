"""The reference: a page for each public header, written of its comments."""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from headers import Declaration, Group, Header, read_headers, without_template

LAYERS = {
    "": "Beside the layers",
    "attach": "Doors (attach)",
    "sync": "Waiting (sync)",
    "objects": "Python objects (objects)",
    "convert": "Conversions (convert)",
    "bind": "Binding (bind)",
    "run": "Embedding (run)",
}
UMBRELLA = "interlock/interlock.hpp"
WIDTH = 88


class Reference:
    def __init__(self, include: Path) -> None:
        self.headers = {header.path: header for header in read_headers(include)}
        self.usual = self.included_by(UMBRELLA)
        self.shown = {
            path: header
            for path, header in self.headers.items()
            if any(kept(group) for group in header.groups)
        }
        # Where each name is told of: the first of several.
        self.places: dict[str, tuple[str, str]] = {}
        self.labelled: set[str] = set()
        for header in self.shown.values():
            for group in header.groups:
                for declaration in kept(group):
                    if declaration.name.startswith("operator"):
                        continue  # one of many
                    place = (page_of(header.path), label_of(declaration.name))
                    self.places.setdefault(declaration.name, place)

    def included_by(self, path: str) -> set[str]:
        found: set[str] = set()
        left = [path]
        while left:
            one = left.pop()
            if one in self.headers and one not in found:
                found.add(one)
                left += self.headers[one].includes
        return found

    def pages(self) -> Iterator[tuple[str, str]]:
        """Path and text of each."""
        yield "reference/index.md", self.index()
        for header in self.shown.values():
            yield page_of(header.path), self.page(header)

    def of_layer(self, layer: str) -> list[str]:
        return [path for path in self.shown if layer_of(path) == layer]

    def index(self) -> str:
        lines = [
            "# C++ reference",
            "",
            "Written of the comments in the headers. `#include <interlock/interlock.hpp>` is",
            "enough, except where a page says otherwise; `namespace il = interlock;` is assumed.",
            "What stands in a namespace `detail` is not for use, and may change at any time.",
            "",
            "A comment says what an entity does, what it takes and throws, whether the thread has",
            "to be attached, and what it costs where that matters.",
            "",
        ]
        for layer, title in LAYERS.items():
            paths = self.of_layer(layer)
            if not paths:
                continue
            lines += [f"## {title}", "", "| header | what it declares |", "| --- | --- |"]
            for path in paths:
                page = posixpath.relpath(page_of(path), "reference")
                names: dict[str, None] = {}
                for group in self.shown[path].groups:
                    for declaration in kept(group):
                        if not declaration.name.startswith("operator"):
                            names[declaration.name] = None
                links = [f"[`{name}`](#{self.places[name][1]})" for name in names]
                lines.append(f"| [{name_of(path)}]({page}) | {' '.join(links) or 'operators'} |")
            lines.append("")
        return "\n".join(lines)

    def page(self, header: Header) -> str:
        here = page_of(header.path)
        up = posixpath.relpath("reference/index.md", posixpath.dirname(here))
        layer = LAYERS[layer_of(header.path)]
        # Not in the sidebar, which would show nothing else: the index leads here.
        lines = ["---", "orphan: true", "---", "", f"[C++ reference]({up}) / {layer}", ""]
        lines += [f"# {header.path.removeprefix('interlock/')}", ""]
        lines += self.prose(header.comment, here)
        lines += ["", "```cpp", f"#include <{header.path}>"]
        if header.path in self.usual:
            lines[-1] += "  // or <interlock/interlock.hpp>"
        lines += ["```", ""]
        for group in header.groups:
            lines += self.group(group, here, "")
        return "\n".join(lines) + "\n"

    def group(self, group: Group, here: str, owner: str) -> Iterator[str]:
        declarations = kept(group)
        if not group.declarations:
            if section := re.fullmatch(r"-+ (.*?) -+", " ".join(group.comment)):
                yield from (f"**{section[1].capitalize()}**", "")
            elif group.comment:
                yield from (*self.prose(group.comment, here), "")
            return
        if not declarations:
            return
        names = list(dict.fromkeys(d.name for d in declarations))
        mark = "###" if owner else "##"
        heading = ", ".join(f"`{name}`" for name in names[:4]) + (", ..." if len(names) > 4 else "")
        if not owner:
            for name in names:
                if self.places.get(name, ("",))[0] == here and name not in self.labelled:
                    self.labelled.add(name)
                    yield from (f"({label_of(name)})=", "")
        yield from (f"{mark} {heading}", "")
        yield "```cpp"
        for declaration in declarations:
            yield from self.shown_as_code(declaration)
        yield "```"
        yield ""
        yield from self.prose(group.comment, here)
        yield ""
        for declaration in declarations:
            if not is_plain(declaration):
                for member in declaration.members:
                    yield from self.group(member, here, declaration.name)

    def shown_as_code(self, declaration: Declaration) -> Iterator[str]:
        lines = formatted(declaration.text)
        members = [m for group in declaration.members for m in kept(group)]
        if not members or not is_plain(declaration):
            text, note, remark = lines[-1].partition("  //")
            yield from lines[:-1]
            yield text + ";" + note + remark
            return
        yield from lines[:-1]
        yield lines[-1] + " {"
        for group in declaration.members:
            for line in group.comment:
                yield f"    // {line}"
            for member in kept(group):
                yield f"    {member.text}{',' if declaration.kind == 'enum' else ';'}"
        yield "};"

    # ---- comments as text ----

    def prose(self, comment: Iterable[str], here: str) -> list[str]:
        """What is set further in is code."""
        lines: list[str] = []
        code: list[str] = []

        def end_code() -> None:
            while code and not code[-1]:
                code.pop()
            if code:
                lines.extend(
                    ["", "```cpp", *textwrap.dedent("\n".join(code)).splitlines(), "```", ""]
                )
                code.clear()

        for line in DESIGN.sub("", "\n".join(comment)).split("\n"):
            if (code and not line) or (line.startswith("  ") and lines and not is_item(lines)):
                code.append(line)
            else:
                end_code()
                lines.append(self.linked(line, here))
        end_code()
        return lines

    def linked(self, line: str, here: str) -> str:
        parts: list[str] = []
        end = 0
        for found in CODE.finditer(line):
            parts.append(escaped(line[end : found.start()]))
            parts.append(self.link(found[0].strip("`"), here))
            end = found.end()
        return "".join(parts) + escaped(line[end:])

    def link(self, code: str, here: str) -> str:
        shown = f"`{code}`"
        name = re.match(r"(?:il::)?(\w+(?:::\w+)?)", code)
        for candidate in (name[1], name[1].partition("::")[0]) if name else ():
            place = self.places.get(candidate)
            if place and (code.startswith("il::") or "_" in candidate):
                return f"[{shown}](#{place[1]})"
        return shown


# The rules that the library is built by, which readers of the reference have no list of.
DESIGN = re.compile(r"\s*\(invariants? \d+(?:(?:,| and) \d+)*\)")
# What is code in a sentence: what has a namespace, an underscore, or the parentheses of a call.
CODE = re.compile(
    r"`[^`]+`"
    r"|\b(?:il|std|interlock|detail)::\w+(?:::\w+)*(?:<(?:[^<>]|<[^<>]*>)*>)?(?:\([^()]*\))?"
    r"|(?<![\w.])(?:[\w]+(?:\.|->|::))*\w*_\w*(?:<(?:[^<>]|<[^<>]*>)*>)?(?:\([^()]*\))?"
    r"|(?<![\w.])(?:\w+(?:\.|->|::))*\w+(?:<(?:[^<>]|<[^<>]*>)*>)?\((?:[^()]|\([^()]*\))*\)(?!\w)"
    r"|(?<![\w.])\w+<(?:[^<>]|<[^<>]*>)*>"
    r"|\b\w+\.hpp\b|\bm\.\w+"
    r"|\*\*?\w+\b"
)


def escaped(text: str) -> str:
    return re.sub(r"([\\*_\[\]])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))


def is_item(lines: list[str]) -> bool:
    """Whether the paragraph that is being read is an item of a list."""
    for line in reversed(lines):
        if not line:
            return False
        if re.match(r"(?:-|\d\.) ", line):
            return True
    return False


def is_plain(declaration: Declaration) -> bool:
    """An enumeration, or a structure of values: it is shown as it stands."""
    members = [m for group in declaration.members for m in kept(group)]
    return declaration.kind == "enum" or all(m.kind == "value" for m in members)


def kept(group: Group) -> list[Declaration]:
    """Without what is there for the language alone."""
    return [
        d
        for d in group.declarations
        if (d.kind != "plumbing" or (group.comment and d is group.declarations[0]))
        and (d.kind != "copying" or group.comment)
        and not (d.kind == "class" and d.name.endswith("_t") and not group.comment and not own(d))
        and not (d.kind == "type" and "detail::" in d.text and not group.comment)
    ]


def own(declaration: Declaration) -> list[Declaration]:
    return [m for group in declaration.members for m in kept(group)]


def formatted(text: str) -> list[str]:
    """A declaration on lines of a width that can be read."""
    plain = without_template(text)
    front = text[: len(text) - len(plain)].strip()
    lines = []
    if front:
        template, requires, condition = front.partition(" requires")
        lines.append(template.strip())
        if requires:
            lines.append("    requires" + condition)
    if len(plain) <= WIDTH or "(" not in plain or "//" in plain:
        return [*lines, plain]
    begin = plain.index("(", plain.index("operator()") + 10 if "operator()" in plain else 0)
    parameters, depth, start = [], 0, begin + 1
    for at in range(begin, len(plain)):
        depth += (plain[at] in "(<[{") - (plain[at] in ")>]}" and plain[at - 1] != "-")
        if (plain[at] == "," and depth == 1) or depth == 0:
            parameters.append(plain[start:at].strip())
            start = at + 1
        if depth == 0:
            break
    lines.append(plain[: begin + 1])
    lines += [f"    {p}," for p in parameters[:-1]]
    return [*lines, f"    {parameters[-1]}{plain[at:]}"]


def layer_of(path: str) -> str:
    parts = path.split("/")
    return parts[1] if len(parts) == 3 else ""


def name_of(path: str) -> str:
    return path.rpartition("/")[2]


def page_of(path: str) -> str:
    return "reference/" + path.removeprefix("interlock/").removesuffix(".hpp") + ".md"


def label_of(name: str) -> str:
    """The label of what is told of it, the same on each page that links to it."""
    plain = re.sub(r"[^\w]+", lambda m: "-" + "-".join(f"{ord(c):x}" for c in m[0].strip()), name)
    return f"cpp-{plain}"
