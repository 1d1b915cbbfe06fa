"""What the public headers declare, with the comments above the declarations.

This reads C++ as the project writes it: formatted by clang-format, comments above what they are of,
`namespace detail` for what is nobody else's. It is no parser of C++ at large.

    declarations that follow one another without a blank line or a comment between them share the
    comment of the first;
    a comment on the same line is of the declaration before it;
    a comment with a blank line below it is of the section that follows.

Left out: namespaces `detail`, private and protected members, friends, static_asserts,
specializations, and what is only there for the language: destructors, defaulted and deleted copies,
inherited constructors.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

HIDDEN_NAMESPACES = {"", "detail"}
PUBLIC_MACROS = {"INTERLOCK_MODULE", "INTERLOCK_EMBEDDED_MODULE"}
# Made for each number of arguments up to twelve; shown as what it amounts to.
ARITIES = {
    "INTERLOCK_TYPE_PARAMETERS(n)": ", class... Args",
    "INTERLOCK_PARAMETERS(n)": ", Args&&... args",
    "INTERLOCK_ARGUMENTS(n)": "",
}
# What the library asks its own classes for.
OWN_NAMES = {"kind_name", "is_kind", "python_class"}
# Types that are there for what converts to them.
SHOWN_AS = {"detail::function_name ": "const char* ", "detail::name ": "std::string_view "}
# Filled in by the compiler: where the call stands.
PLACES = re.compile(
    r",?\s*(?:detail::call_site|std::source_location)\s+where\s*=\s*"
    r"(?:detail::call_site\(\s*std::source_location::current\(\)\s*\)|std::source_location::current\(\))"
)
COPYING = re.compile(
    r"^(?:constexpr )?(\w+)\((?:const )?\1&{1,2} \w+\)"
    r"|^(\w+)& operator=\((?:const )?\2&{1,2} \w+\)"
)
CLASS = re.compile(r"\b(class|struct|union|enum class|enum)\s+(?:\[\[[^\]]*\]\]\s*)?(\w+)")


@dataclass
class Declaration:
    # class, enum, function, value, type, concept; copying: a copy or a move, which may be worth a
    # comment; plumbing: what is there for the language alone, unless a comment is of it.
    kind: str
    name: str
    text: str
    members: list[Group] = field(default_factory=list)


@dataclass
class Group:
    """Declarations that share a comment; or a comment alone, of the section that follows."""

    comment: list[str]
    declarations: list[Declaration] = field(default_factory=list)


@dataclass
class Macro:
    parameters: list[str]
    body: str
    comment: list[str]


@dataclass
class Header:
    path: str  # interlock/attach/doors.hpp
    comment: list[str]
    groups: list[Group]
    includes: list[str]


def read_headers(folder: Path) -> list[Header]:
    """Those of the include folder, by path."""
    macros: dict[str, Macro] = {}
    paths = sorted(folder.rglob("*.hpp"))
    for path in paths:  # a macro may be used in another header than its own
        Reader(path.read_text(encoding="utf-8"), macros).all()
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        opening = re.match(r"(?://.*\n)*", text)
        assert opening is not None
        found.append(
            Header(
                path=path.relative_to(folder).as_posix(),
                comment=uncommented(opening[0]),
                groups=Reader(text[opening.end() :], macros).all(),
                includes=re.findall(r"#include <(interlock/[\w/.]+)>", text),
            )
        )
    return found


def uncommented(text: str) -> list[str]:
    return [re.sub(r"^\s*// ?", "", line).rstrip() for line in text.splitlines()]


class Reader:
    def __init__(self, text: str, macros: dict[str, Macro], *, made: bool = False) -> None:
        self.text = text
        self.macros = macros
        self.at = 0
        self.made = made  # by a macro
        self.closed = False  # whether a namespace has just ended, which its last line says

    def all(self) -> list[Group]:
        return self.scope(public=True)

    # ---- characters ----

    def blank(self) -> int:
        """Goes on to the next thing, and says how many ends of lines were on the way."""
        begin = self.at
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.text.count("\n", begin, self.at)

    def line(self) -> str:
        """The rest of this line, with those that it is continued on."""
        begin = self.at
        while True:
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
            if end < 0 or self.text[end - 1] != "\\":
                return self.text[begin : self.at].replace("\\\n", "\n")
            self.at = end + 1

    def brackets(self) -> None:
        """Past the bracket that belongs to the one that is next."""
        depth = 0
        while self.at < len(self.text):
            rest = self.text[self.at :]
            if literal := re.match(
                r'R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])+\'|//.*', rest
            ):
                self.at += literal.end()
                continue
            char = rest[0]
            depth += (char in "([{") - (char in ")]}")
            self.at += 1
            if depth == 0:
                return

    # ---- declarations ----

    def scope(self, *, public: bool) -> list[Group]:
        """Up to the brace that ends it."""
        groups: list[Group] = []
        comment: list[str] = []
        lines = 0
        joined = False  # whether the next declaration belongs to the last group
        while True:
            lines = 1 if self.at == 0 else 0  # a file begins on a line of its own
            lines += self.blank()
            self.closed = self.closed and lines == 0
            if lines > 1:
                joined = False
                if comment:
                    groups.append(Group(comment))
                    comment = []
            if self.at >= len(self.text):
                return groups
            rest = self.text[self.at :]
            if rest.startswith("//"):
                text = self.comment(alone=lines > 0)
                if lines == 0:
                    if groups and groups[-1].declarations and not self.closed:
                        self.trailing(groups[-1], text)
                else:
                    comment = text
                    joined = False
            elif rest.startswith("#"):
                self.directive(comment)
                comment = []
            elif rest.startswith("}"):
                self.at += 1
                return groups
            elif found := re.match(r"(public|private|protected)\s*:", rest):
                self.at += found.end()
                public = found[1] == "public"
                joined = False
            elif found := re.match(r"(?:INTERLOCK_BEGIN|INTERLOCK_END|;)", rest):
                self.at += found.end()
            elif found := re.match(r"(?:inline\s+)?namespace(?:\s+(\w+))?[^{;]*\{", rest):
                self.at += found.end() - 1
                if (found[1] or "") in HIDDEN_NAMESPACES:
                    self.brackets()
                    self.closed = True
                else:
                    self.at += 1
                    for group in self.scope(public=True):
                        for declaration in group.declarations:
                            declaration.name = f"{found[1]}::{declaration.name}"
                        groups.append(group)
                    self.closed = True
                comment = []
            else:
                declarations, own = self.declared(public=public)
                if joined and not comment and groups and own in ([], groups[-1].comment):
                    groups[-1].declarations += declarations
                elif declarations:
                    groups.append(Group(comment or own, declarations))
                    joined = True
                if declarations or not public:
                    comment = []

    def comment(self, *, alone: bool) -> list[str]:
        lines = [self.line()]
        while alone:
            begin = self.at
            if self.blank() != 1 or not self.text.startswith("//", self.at):
                self.at = begin
                break
            lines.append(self.line())
        return uncommented("\n".join(lines))

    @staticmethod
    def trailing(group: Group, text: list[str]) -> None:
        if not text[0].startswith("NOLINT"):
            group.declarations[-1].text += "  // " + " ".join(text)

    def directive(self, comment: list[str]) -> None:
        line = self.line()
        if found := re.match(r"#define (\w+)(?:\(([^)]*)\))?\s*", line):
            parameters = [p.strip() for p in found[2].split(",")] if found[2] else []
            self.macros[found[1]] = Macro(parameters, line[found.end() :], comment)
        elif re.match(
            r"#\s*(?:else|elif)", line
        ):  # the first of several ways is the one that is shown
            depth = 1
            while depth and self.at < len(self.text):
                self.blank()
                line = self.line()
                depth += bool(re.match(r"#\s*if", line)) - bool(re.match(r"#\s*endif", line))

    def declared(self, *, public: bool) -> tuple[list[Declaration], list[str]]:
        """What is declared next; and the comment of the macro that makes it."""
        rest = self.text[self.at :]
        if (found := re.match(r"(INTERLOCK_\w+)\(", rest)) and (
            found[1] in self.macros or found[1] == "INTERLOCK_FOR_EACH_ARITY"
        ):
            self.at += found.end() - 1
            begin = self.at + 1
            self.brackets()
            arguments = [a.strip() for a in self.text[begin : self.at - 1].split(",")]
            name = found[1]
            if name == "INTERLOCK_FOR_EACH_ARITY":
                name, arguments = arguments[0], ["n"]
            macro = self.macros[name]
            if not public:
                return [], []
            made = [
                declaration
                for group in Reader(self.expanded(macro, arguments), self.macros, made=True).all()
                for declaration in group.declarations
            ]
            return made, [] if self.made else macro.comment
        head, body = self.head()
        if not public:
            return [], []
        return list(self.declaration(head, body)), []

    @staticmethod
    def expanded(macro: Macro, arguments: list[str]) -> str:
        body = macro.body
        for name, value in ARITIES.items():
            body = body.replace(name, value)
        for parameter, argument in zip(macro.parameters, arguments, strict=False):
            body = re.sub(rf"\b{parameter}\b", lambda _, a=argument: a, body)  # type: ignore[misc]
        return re.sub(r"\s*##\s*", "", body)

    def head(self) -> tuple[str, list[Group] | None]:
        """The declaration up to its body or its end; and the members of a class."""
        begin = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            before = self.text[begin : self.at].rstrip()
            if char in "([":
                self.brackets()
            elif char == ";":
                self.at += 1
                return before, None
            elif char == "{":
                plain = without_template(before)
                is_class = CLASS.search(plain) and not re.search(r"[(=]", plain)
                if is_class:
                    self.at += 1
                    if re.search(r"\benum\b", plain):
                        return before, self.enumerators()
                    return before, self.scope(public=not re.search(r"\bclass\b", plain))
                self.brackets()
                if (
                    re.search(r"\brequires(?:\s*\([^()]*(?:\([^()]*\)[^()]*)*\))?$", before)
                    or re.search(r"\bconcept\b", before)
                    or before.endswith("=")
                    or (re.search(r"\)[^:]*:[^:]", plain) and re.search(r"\w$", before))
                ):
                    continue
                return before, None
            elif char == "/" and self.text.startswith("//", self.at):
                self.line()
            else:
                self.at += 1
        return self.text[begin:], None

    def enumerators(self) -> list[Group]:
        begin = self.at
        depth_end = self.text.index("}", begin)
        groups = []
        for line in self.text[begin:depth_end].splitlines():
            if found := re.match(r"\s*(\w+)[^/]*?(?://\s*(.*))?$", line):
                groups.append(
                    Group(
                        [found[2]] if found[2] else [], [Declaration("value", found[1], found[1])]
                    )
                )
            elif (found := re.match(r"\s*//\s*(.*)", line)) and groups:
                groups[-1].comment.append(found[1])
        self.at = depth_end + 1
        return groups

    def declaration(self, head: str, body: list[Group] | None) -> Iterator[Declaration]:
        for declaration in self.named(head, body):
            declaration.text = declaration.text.replace("decltype_auto", "decltype(auto)")
            for own, shown in SHOWN_AS.items():
                declaration.text = declaration.text.replace(own, shown)
            if declaration.name not in OWN_NAMES:
                yield declaration

    def named(self, head: str, body: list[Group] | None) -> Iterator[Declaration]:
        text = re.sub(r"//.*", "", head)
        text = " ".join(PLACES.sub("", text).split())
        text = re.sub(r"\s+,", ",", re.sub(r"\(\s+", "(", text)).replace(
            "decltype(auto)", "decltype_auto"
        )
        text = re.sub(r"\b(?:INTERLOCK_INLINE|INTERLOCK_HIDDEN)\s*|\binline\s+", "", text)
        plain = without_template(text)
        if (
            re.match(r"(?:friend|static_assert|extern|NOLINT)\b", plain)
            or re.match(r"using (?:namespace )?\w+(?:::\w+)+$", plain)
            or re.match(r"template\s*<>", text)
            or not plain
        ):
            return
        if body is not None:
            found = CLASS.search(plain)
            assert found is not None
            if not re.match(r"\s*<", plain[found.end() :]):
                kind = "enum" if "enum" in found[1] else "class"
                yield Declaration(kind, found[2], text, body)
            return
        if found := re.match(r"concept (\w+) =", plain):
            yield Declaration("concept", found[1], text)
        elif found := re.match(r"using (\w+) = ", plain):
            yield Declaration("type", found[1], text)
        elif (found := CLASS.match(plain)) and not re.search(r"\(", plain):
            return  # declared ahead
        elif found := re.search(
            r"(operator\s*(?:\(\)|[^\s(\w]+|\"\"\s*\w+|[\w:<>&* ]+)|~?\w+)\s*\(", plain
        ):
            if re.search(r"\badopt_t\b|\binterpreter_record\b", plain):
                return  # for the library's own use
            if re.search(r"\w::$", plain[: found.start()]):
                return  # told of in its class
            name = found[1].strip()
            if re.search(r"=\s*(?:default|delete)$", plain) or name.startswith("~"):
                yield Declaration("plumbing", name, text)
            else:
                kind = "copying" if COPYING.search(plain) else "function"
                yield Declaration(kind, name, without_initializers(text))
        else:
            value = re.match(r"(.*?)(\w+)((?:<.*>)?)(?:\s*(?:=|\{).*)?$", plain)
            left = plain.split("=")[0].rstrip()
            if (found := re.search(r"(\w+)$", left)) and value is not None:
                initializer = plain[len(left) :].strip()
                if "detail::" in initializer or len(initializer) > 40:
                    text = text[: text.rindex(left) + len(left)]
                yield Declaration("value", found[1], text)


def without_template(text: str) -> str:
    """Without what stands in front of it: template <...> requires ..."""
    text = text.strip()
    while text.startswith("template"):
        depth = 0
        for at, char in enumerate(text):
            depth += (char == "<") - (char == ">" and text[at - 1] != "-")
            if char == ">" and depth == 0:
                text = text[at + 1 :].strip()
                break
        else:
            return text
    if text.startswith("requires"):
        at = len("requires")
        # Terms joined by && and ||: a name with arguments, what is in parentheses, requires {...}.
        term = re.compile(
            r"\s*(?:!?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
            r"|requires\s*(?:\([^()]*\))?\s*\{[^{}]*\}"
            r"|[\w:]+(?:<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>)?(?:::\w+)?)"
        )
        while found := term.match(text, at):
            at = found.end()
            joint = re.compile(r"\s*(?:&&|\|\|)").match(text, at)
            if joint is None:
                break
            at = joint.end()
        text = text[at:].strip()
    return text


def without_initializers(text: str) -> str:
    """A constructor without ` : member_(value)`."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char in "(<{[") - (char in ")}]" or (char == ">" and text[at - 1] != "-"))
        if (
            char == ":"
            and depth == 0
            and text[at - 1] == " "
            and text[at + 1 : at + 2] == " "
            and ")" in text[:at]
        ):
            return text[:at].rstrip()
    return text
