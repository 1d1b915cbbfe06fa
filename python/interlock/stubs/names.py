"""What the names in annotations stand for in a stub.

Imports, classes of the same module, and what is hidden by what.
"""

from __future__ import annotations

import ast
import builtins
import collections.abc
import importlib.util
import sys
import typing

# Classes that typing wants parameters for, where a C++ type does not know them.
BARE = {
    "list": "[Any]",
    "dict": "[Any, Any]",
    "set": "[Any]",
    "frozenset": "[Any]",
    "tuple": "[Any, ...]",
    "type": "[Any]",
    "Callable": "[..., Any]",
    "Mapping": "[Any, Any]",
    "MutableMapping": "[Any, Any]",
    "ItemsView": "[Any, Any]",
    "Generator": "[Any, Any, Any]",
    "PathLike": "[Any]",
    "ReferenceType": "[Any]",
    **dict.fromkeys(
        [
            "Iterable",
            "Iterator",
            "Sequence",
            "MutableSequence",
            "Collection",
            "Container",
            "Reversible",
            "Set",
            "MutableSet",
            "KeysView",
            "ValuesView",
            "Awaitable",
            "AsyncIterator",
            "AsyncIterable",
        ],
        "[Any]",
    ),
}
# Newer than the oldest Python: type checkers know them by this name on all.
EXTENSIONS = {"Buffer", "CapsuleType", "ReadOnly", "TypeIs"}


def _is_module(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False


class Names:
    """The names of one stub file."""

    def __init__(self, module: str, defined: set[str], types: set[str]) -> None:
        self.module = module
        self.defined = defined  # in the module itself
        self.types = types  # of these, the classes
        self.scopes: list[set[str]] = []  # of the classes around, from outside inwards
        self.modules: set[str] = set()
        self.members: dict[str, set[str]] = {}
        self.type_parameters: set[str] = set()
        self.variables: dict[str, str] = {}  # type variables, and the lines that make them
        self.warnings: list[str] = []

    def use(self, module: str, name: str) -> str:
        """How a name of another module is written here, and that it has to be imported."""
        if module == "builtins" and not self._is_hidden(name):
            return name
        if module == "builtins" or self._is_hidden(name) or name in self.defined:
            self.modules.add(module)
            return f"{module}.{name}"
        self.members.setdefault(module, set()).add(name)
        return name

    def any(self) -> str:
        return self.use("typing", "Any")

    def _is_hidden(self, name: str) -> bool:
        return name in self.defined or any(name in scope for scope in self.scopes)

    def imports(self) -> list[str]:
        """The import statements, sorted."""
        plain = [f"import {name}" for name in sorted(self.modules)]
        return plain + [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self.members.items())
        ]

    # ---- annotations -------------------------------------------------------------------------

    def annotation(self, node: ast.expr | None, where: str) -> str:
        """The annotation as this stub has to write it."""
        if node is None:
            return self.any()
        return ast.unparse(_Resolver(self, where).visit(node))

    def of_class(self, cls: type) -> str:
        """A class as an expression: of this module, builtin, or imported."""
        if cls is type(None):
            return "None"
        name = cls.__qualname__
        if cls.__module__ == self.module:
            return name
        if cls.__module__ == "builtins":
            return self.use("builtins", name) if name in vars(builtins) else self.any()
        if "<locals>" in name:
            return self.any()
        self.modules.add(cls.__module__)
        return f"{cls.__module__}.{name}"

    def resolve(self, path: list[str], where: str) -> str:
        """A dotted name out of a signature."""
        own = self.module.split(".")
        if len(path) > len(own) and path[: len(own)] == own:
            path = path[len(own) :]
            if path[0] in self.types:
                return ".".join(path)
        first = path[0]
        if first in self.type_parameters or first in self.types:
            return ".".join(path)
        if len(path) == 1:
            return self._resolve_single(first, where)
        for length in range(len(path) - 1, 0, -1):
            module = ".".join(path[:length])
            if _is_module(module):
                rest = path[length:]
                if module in {"typing", "collections.abc", "types"} and len(rest) == 1:
                    return self._typing_name(module, rest[0])
                self.modules.add(module)
                return ".".join(path)
        # Not installed here, which the reader of the stub may have.
        self.modules.add(".".join(path[:-1]))
        return ".".join(path)

    def _typing_name(self, module: str, name: str) -> str:
        return self.use("typing_extensions" if name in EXTENSIONS else module, name)

    def _resolve_single(self, name: str, where: str) -> str:
        if isinstance(vars(builtins).get(name), type):
            return self.use("builtins", name)
        if name in EXTENSIONS or name in collections.abc.__all__:
            return self._typing_name("collections.abc", name)
        if name in typing.__all__:
            return self._typing_name("typing", name)
        self.warnings.append(
            f"{where}: no type is called {name!r}; write it with its module in il::sig or "
            "il::converter<T>::python_type. Any stands in its place"
        )
        return self.any()


class _Resolver(ast.NodeTransformer):
    """Replaces names by what they are in the stub, and completes bare generic classes."""

    def __init__(self, names: Names, where: str) -> None:
        self.names = names
        self.where = where

    def _named(self, node: ast.expr) -> ast.expr:
        text = ast.unparse(node)
        return ast.parse(self.names.resolve(text.split("."), self.where), mode="eval").body

    def _complete(self, node: ast.expr) -> ast.expr:
        found = self._named(node)
        text = ast.unparse(found)
        last = text.rpartition(".")[2]
        if last in BARE and text not in self.names.types and self._is_standard(text):
            parameters = BARE[last].replace("Any", self.names.any())
            return ast.parse(text + parameters, mode="eval").body
        return found

    def _is_standard(self, text: str) -> bool:
        module = text.rpartition(".")[0]
        return module in {"", "builtins", "typing", "collections.abc", "os", "weakref"}

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._complete(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        return self._complete(node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        node.value = self._named(node.value)
        if ast.unparse(node.value).rpartition(".")[2] == "Literal":
            return node
        node.slice = self.visit(node.slice)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        if isinstance(node.value, str):  # a forward reference
            try:
                inner = ast.parse(node.value, mode="eval").body
            except SyntaxError:
                return node
            visited: ast.expr = self.visit(inner)
            return visited
        return node
