"""A module, as the text of its stub."""

from __future__ import annotations

import inspect
import types
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from interlock.stubs.classes import Classes
from interlock.stubs.functions import INDENT, WIDTH, docstring
from interlock.stubs.names import Names


@dataclass(frozen=True)
class Stub:
    """One file."""

    path: PurePosixPath  # below the folder that the module is imported from
    text: str
    warnings: list[str] = field(default_factory=list)


def _submodules(module: types.ModuleType) -> dict[str, types.ModuleType]:
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, types.ModuleType) and value.__name__ == f"{module.__name__}.{name}"
    }


class ModuleWriter:
    """Writes what a module has, in the order in which it was defined."""

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module
        self.members = {
            name: value
            for name, value in vars(module).items()
            if not (name.startswith("__") and name.endswith("__"))
        }
        types = {name for name, value in self.members.items() if isinstance(value, type)}
        self.names = Names(module.__name__, set(self.members), types)
        self.classes = Classes(self.names)

    def _member(self, name: str, value: object) -> list[str]:
        functions = self.classes.functions
        if isinstance(value, types.ModuleType):
            if value.__name__ == f"{self.module.__name__}.{name}":
                # "as": an import is seen from outside when it is renamed to itself.
                return [f"from . import {name} as {name}"]
            return []
        if isinstance(value, type):
            if value.__module__ == self.module.__name__:
                if value.__qualname__ == name:
                    return self.classes.write(value)
                return [f"{name} = {value.__qualname__}"]
            return [f"from {value.__module__} import {value.__qualname__} as {name}"]
        if inspect.isroutine(value):
            own = getattr(value, "__name__", name)
            if own != name and self.members.get(own) is value:
                return [f"{name} = {own}"]
            return functions.write(name, value)
        return [f"{name}: {functions.type_of_value(value)}"]

    def write(self) -> str:
        blocks: list[tuple[bool, list[str]]] = []
        for name, value in self.members.items():
            lines = self._member(name, value)
            if lines:
                blocks.append((isinstance(value, type) or inspect.isroutine(value), lines))

        # After what needs them was written.
        imports = [lines for _, lines in blocks if lines[0].startswith("from ")]
        out = [*docstring(self.module.__doc__, ""), ""] if self.module.__doc__ else []
        head = self.names.imports() + [line for lines in imports for line in lines]
        if head:
            out += [*head, ""]
        exported = getattr(self.module, "__all__", None)
        if isinstance(exported, (list, tuple)):
            quoted = [f'"{name}"' for name in exported]
            line = f"__all__ = [{', '.join(quoted)}]"
            if len(line) <= WIDTH:
                out += [line, ""]
            else:
                out += ["__all__ = [", *(f"{INDENT}{name}," for name in quoted), "]", ""]
        if self.names.variables:
            out += [*self.names.variables.values(), ""]
        before_is_block = False
        for is_block, lines in blocks:
            if lines[0].startswith("from "):
                continue
            if (is_block or before_is_block) and out and out[-1]:
                out.append("")
            out += lines
            before_is_block = is_block
        while out and not out[-1]:
            out.pop()
        return "\n".join(out) + "\n"


def generate(module: types.ModuleType) -> list[Stub]:
    """The stubs of a module and its submodules.

    A module that has submodules gets a folder with an __init__.pyi in it. Runs none of the module's
    functions.
    """
    writer = ModuleWriter(module)
    text = writer.write()
    parts = module.__name__.split(".")[-1:]
    inner = _submodules(module)
    stubs = []
    if inner:
        folder = PurePosixPath(*parts)
        stubs.append(Stub(folder / "__init__.pyi", text, writer.names.warnings))
        for submodule in inner.values():
            stubs += [
                Stub(folder / stub.path, stub.text, stub.warnings) for stub in generate(submodule)
            ]
    else:
        stubs.append(Stub(PurePosixPath(f"{parts[0]}.pyi"), text, writer.names.warnings))
    return stubs
