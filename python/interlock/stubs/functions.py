"""Functions and values of a stub."""

from __future__ import annotations

import ast
import datetime
import enum
import inspect
import pathlib
import re
import types

from interlock.stubs import signatures
from interlock.stubs.names import Names
from interlock.stubs.signatures import Signature

INDENT = "    "
WIDTH = 100
# How il::deprecated ends a docstring.
DEPRECATED = re.compile(r"(?:^|\n\n)Deprecated: (?P<message>.*)\Z")


def docstring(text: str | None, indent: str) -> list[str]:
    """A docstring as lines of the file."""
    if not text:
        return []
    lines = inspect.cleandoc(text).replace("\\", "\\\\").replace('"""', r"\"\"\"").splitlines()
    if lines[-1].endswith('"'):
        lines[-1] = lines[-1][:-1] + r"\""
    if len(lines) == 1:
        return [f'{indent}"""{lines[0]}"""']
    body = [f"{indent}{line}".rstrip() for line in lines[1:]]
    return [f'{indent}"""{lines[0]}', *body, f'{indent}"""']


class Functions:
    def __init__(self, names: Names) -> None:
        self.names = names

    # ---- values ------------------------------------------------------------------------------

    def type_of_value(self, value: object) -> str:
        """The type of a constant."""
        if value is None:
            return "None"
        if isinstance(value, type):
            return f"{self.names.use('builtins', 'type')}[{self.names.of_class(value)}]"
        cls = type(value)
        if isinstance(value, (list, set, frozenset)) and cls in {list, set, frozenset}:
            return f"{self.names.use('builtins', cls.__name__)}[{self._union(list(value))}]"
        if isinstance(value, tuple) and cls is tuple:
            inner = ", ".join(self.type_of_value(item) for item in value) or "()"
            return f"{self.names.use('builtins', 'tuple')}[{inner}]"
        if isinstance(value, dict) and cls is dict:
            keys, values = self._union(list(value)), self._union(list(value.values()))
            return f"{self.names.use('builtins', 'dict')}[{keys}, {values}]"
        if cls.__module__ == "builtins" and cls.__name__ in {
            "bool",
            "int",
            "float",
            "complex",
            "str",
            "bytes",
            "bytearray",
            "range",
            "object",
        }:
            return self.names.use("builtins", cls.__name__)
        if isinstance(value, pathlib.PurePath):
            return self.names.of_class(pathlib.Path)
        if (
            isinstance(value, (enum.Enum, datetime.date, datetime.time, datetime.timedelta))
            or cls.__module__ == self.names.module
        ):
            return self.names.of_class(cls)
        if cls.__module__ not in {"builtins", "types", "functools"}:
            return self.names.of_class(cls)
        return self.names.any()

    def _union(self, values: list[object]) -> str:
        if not values:
            return self.names.any()
        return " | ".join(dict.fromkeys(self.type_of_value(value) for value in values))

    # ---- functions ---------------------------------------------------------------------------

    def default(self, node: ast.expr) -> str:
        """A default as it was written, where a stub may say it."""
        if isinstance(node, ast.Attribute):
            path = ast.unparse(node)
            own = path.removeprefix(f"{self.names.module}.")
            return own if own.split(".")[0] in self.names.types else "..."
        plain = node.operand if isinstance(node, ast.UnaryOp) else node
        if isinstance(plain, ast.Constant):
            return ast.unparse(node)
        # A reader of the runtime's signature cannot see it either.
        return "..."

    def _parameter(self, argument: ast.arg, default: ast.expr | None, where: str) -> str:
        is_self = argument.arg in {"self", "cls"} and argument.annotation is None
        text = argument.arg
        if not is_self:
            text += f": {self.names.annotation(argument.annotation, where)}"
        if default is not None:
            text += f" = {self.default(default)}"
        return text

    def parameters(self, arguments: ast.arguments, where: str) -> list[str]:
        """The parameters with their marks, as they stand between the brackets."""
        positional = [*arguments.posonlyargs, *arguments.args]
        missing = len(positional) - len(arguments.defaults)
        defaults: list[ast.expr | None] = [None] * missing + list(arguments.defaults)
        out = []
        for i, (argument, default) in enumerate(zip(positional, defaults, strict=True), 1):
            out.append(self._parameter(argument, default, where))
            if i == len(arguments.posonlyargs):
                out.append("/")
        if arguments.vararg is not None:
            out.append("*" + self._rest(arguments.vararg, where))
        elif arguments.kwonlyargs:
            out.append("*")
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            out.append(self._parameter(argument, default, where))
        if arguments.kwarg is not None:
            out.append("**" + self._rest(arguments.kwarg, where))
        return out

    def _rest(self, argument: ast.arg, where: str) -> str:
        annotation = argument.annotation or ast.Name("object")
        return f"{argument.arg}: {self.names.annotation(annotation, where)}"

    def returned(self, signature: Signature, where: str) -> str:
        """What comes out: of an object nothing is known, and its reader may do anything with it."""
        node = signature.returns
        if isinstance(node, ast.Name) and node.id == "object":
            return self.names.any()
        return self.names.annotation(node, where)

    def lines(
        self,
        signature: Signature,
        *,
        indent: str = "",
        decorators: list[str] | None = None,
        where: str = "",
        returns: str | None = None,
    ) -> list[str]:
        """One definition."""
        where = where or signature.name
        parameters = signature.type_parameters
        self.names.type_parameters = {
            part.split(":")[0].strip(" *") for part in parameters.strip("[]").split(",") if part
        }
        arguments = self.parameters(signature.arguments, where)
        if returns is None:
            returns = self.returned(signature, where)
        self.names.type_parameters = set()
        text = signature.doc
        warning = DEPRECATED.search(text)
        out = [f"{indent}@{decorator}" for decorator in decorators or []]
        if warning is not None:
            text = text[: warning.start()].rstrip()
            decorator = self.names.use("typing_extensions", "deprecated")
            out.append(f"{indent}@{decorator}({warning['message']!r})")
        doc = docstring(text, indent + INDENT)
        start = f"{indent}def {signature.name}{parameters}("
        end = f") -> {returns}:{'' if doc else ' ...'}"
        joined = ", ".join(arguments)
        if len(start) + len(joined) + len(end) <= WIDTH:
            out.append(start + joined + end)
        else:
            out.append(start)
            out += [f"{indent}{INDENT}{argument}," for argument in arguments]
            out.append(indent + end)
        return out + doc

    def overloads(
        self,
        found: list[Signature],
        *,
        indent: str = "",
        decorators: list[str] | None = None,
        where: str = "",
    ) -> list[str]:
        """All definitions of a name; what two have in common is told by type checkers."""
        several = [self.names.use("typing", "overload")] if len(found) > 1 else []
        out = []
        for signature in found:
            out += self.lines(
                signature,
                indent=indent,
                decorators=several + (decorators or []),
                where=where,
            )
        return out

    def unknown(self, name: str, doc: str, value: object) -> Signature:
        """A function whose docstring has no signature: without types, with names if it has them."""
        arguments = ast.arguments(
            posonlyargs=[],
            args=[],
            vararg=ast.arg("args"),
            kwonlyargs=[],
            kw_defaults=[],
            kwarg=ast.arg("kwargs"),
            defaults=[],
        )
        text = getattr(value, "__text_signature__", None)
        if text is not None:
            parsed = signatures.parse(f"{name}{text}".replace("$", ""), name)
            if parsed is not None:
                arguments = parsed.arguments
                first = [*arguments.posonlyargs, *arguments.args][:1]
                if first and first[0].arg == "module":
                    for group in (arguments.posonlyargs, arguments.args):
                        if group and group[0] is first[0]:
                            del group[0]
        return Signature(name, arguments, None, doc=doc)

    def read(self, name: str, value: object) -> list[Signature]:
        """The signatures of a function, at least one."""
        text = getattr(value, "__text_signature__", None)
        doc = getattr(value, "__doc__", None)
        found, rest = signatures.read(doc, name, overloaded=signatures.is_overloaded(text))
        if found:
            return found
        if isinstance(value, types.FunctionType):
            rest = doc or ""
        return [self.unknown(name, rest, value)]

    def write(self, name: str, value: object) -> list[str]:
        return self.overloads(self.read(name, value))
