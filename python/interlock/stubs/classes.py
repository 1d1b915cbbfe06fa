"""Classes of a stub."""

from __future__ import annotations

import ast
import collections.abc
import dataclasses
import enum
import inspect
import types
import typing

from interlock.stubs import signatures
from interlock.stubs.descriptors import has_own_shape, is_writable
from interlock.stubs.functions import INDENT, Functions, docstring
from interlock.stubs.names import Names
from interlock.stubs.signatures import Signature
from interlock.stubs.special import IGNORED, SPECIAL, hidden_buffer_methods

# Py_TPFLAGS_BASETYPE
CAN_BE_A_BASE = 1 << 10
SLOTS = (types.WrapperDescriptorType, types.MethodDescriptorType)
# What a class may be registered with; the most special ones first.
ABSTRACT: tuple[type, ...] = (
    collections.abc.MutableSequence,
    collections.abc.Sequence,
    collections.abc.MutableMapping,
    collections.abc.Mapping,
)
# Those of a class's own kind when they say the class itself.
GIVE_SELF = {"__enter__", "__copy__", "__deepcopy__"}


class Classes:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.functions = Functions(names)

    # ---- the head ----------------------------------------------------------------------------

    def _bases(self, cls: type) -> list[str]:
        originals = typing.cast("tuple[object, ...]", getattr(cls, "__orig_bases__", cls.__bases__))
        out = [
            self.names.of_class(base)
            for base in originals
            if isinstance(base, type) and base is not object and base.__module__ != "interlock"
        ]
        out += self._registered(cls)
        if "__class_getitem__" in vars(cls):
            generic = self.names.use("typing", "Generic")
            variable = self.names.use("typing_extensions", "TypeVar")
            out.append(f"{generic}[{self._type_variable(variable)}]")
        metaclass = type(cls)
        if any(type(base) is metaclass for base in cls.__bases__):
            return out
        if metaclass.__module__ == "interlock":
            out.append(f"metaclass={self._own_metaclass(metaclass)}")
        elif metaclass.__module__ != "abc":
            out.append(f"metaclass={self.names.of_class(metaclass)}")
        return out

    def _own_metaclass(self, metaclass: type) -> str:
        """A name for the metaclass of classes with static properties, which has none in any module.

        An ABCMeta, so that a class which is registered with one of collections.abc may have it.
        """
        name = f"_{metaclass.__name__}"
        only = self.names.use("typing", "type_check_only")
        base = self.names.use("abc", "ABCMeta")
        self.names.variables[name] = f"@{only}\nclass {name}({base}): ..."
        return name

    @staticmethod
    def _abstract(cls: type) -> type | None:
        """The class of collections.abc that this one is registered with, by itself."""
        for abstract in ABSTRACT:
            if issubclass(cls, abstract):
                of_base = any(issubclass(base, abstract) for base in cls.__bases__)
                return None if of_base else abstract
        return None

    def _registered(self, cls: type) -> list[str]:
        """That class as a base, since no type checker sees what is registered."""
        abstract = self._abstract(cls)
        if abstract is None:
            return []
        where = cls.__qualname__
        arguments = []
        names = ["__iter__"]
        if issubclass(abstract, collections.abc.Mapping):
            names.append("__getitem__")
        for name in names:
            returns = self.functions.read(name, getattr(cls, name))[0].returns
            if name == "__iter__":
                returns = returns.slice if isinstance(returns, ast.Subscript) else None
            arguments.append(self.names.annotation(returns, f"{where}.{name}"))
        base = self.names.use("collections.abc", abstract.__name__)
        return [f"{base}[{', '.join(arguments)}]"]

    def _type_variable(self, maker: str) -> str:
        self.names.variables["_T"] = f'_T = {maker}("_T", default={self.names.any()})'
        return "_T"

    def write(self, cls: type, indent: str = "") -> list[str]:
        """The class, with everything in it."""
        if issubclass(cls, enum.Enum):
            return self._enum(cls, indent)
        if issubclass(cls, tuple) and hasattr(cls, "_fields"):
            return self._named_tuple(cls, indent)
        if dataclasses.is_dataclass(cls):
            return self._dataclass(cls, indent)

        found, doc = self._constructors(cls)
        head: list[str] = []
        if not cls.__flags__ & CAN_BE_A_BASE:
            head.append(f"{indent}@{self.names.use('typing', 'final')}")
        elif has_own_shape(cls) and not issubclass(cls, BaseException):
            head.append(f"{indent}@{self.names.use('typing_extensions', 'disjoint_base')}")
        bases = self._bases(cls)
        listed = f"({', '.join(bases)})" if bases else ""
        head.append(f"{indent}class {cls.__name__}{listed}:")

        inner = indent + INDENT
        self.names.scopes.append({name for name in vars(cls) if name not in IGNORED})
        body = docstring(doc, inner)
        body += self._members(cls, found, inner)
        self.names.scopes.pop()
        if not body:
            head[-1] += " ..."
        return head + body

    def _constructors(self, cls: type) -> tuple[list[Signature], str]:
        """The ways to make an instance, and the class's own docstring."""
        doc = cls.__doc__ or ""
        found, rest = signatures.read(doc, cls.__name__, overloaded=True)
        if found:
            doc = "\n\n".join(filter(None, [signature.doc for signature in found] + [rest]))
            found = [dataclasses.replace(signature, name="__init__", doc="") for signature in found]
        init = vars(cls).get("__init__")
        if init is not None:
            # Under the stable ABI the docstring is CPython's, and ours stands beside it.
            text = vars(cls).get("_interlock_init", init.__doc__)
            own, _ = signatures.read(text, "__init__", overloaded=True)
            found = own or found
        return [self._with_self(signature, "self") for signature in found], doc

    @staticmethod
    def _with_self(signature: Signature, name: str) -> Signature:
        """A method's first parameter, which the signature may leave out."""
        arguments = signature.arguments
        first = [*arguments.posonlyargs, *arguments.args][:1]
        if first and first[0].arg == name and first[0].annotation is None:
            if arguments.posonlyargs[:1] == first and len(arguments.posonlyargs) == 1:
                # "(self, /)" says what nobody needs to know.
                arguments.args = [*first, *arguments.args]
                arguments.posonlyargs = []
            return signature
        group = arguments.posonlyargs if arguments.posonlyargs else arguments.args
        group.insert(0, ast.arg(name))
        return signature

    # ---- the members -------------------------------------------------------------------------

    def _members(self, cls: type, constructors: list[Signature], indent: str) -> list[str]:
        where = cls.__qualname__
        constants: list[str] = []
        inner: list[str] = []
        plain: list[str] = []
        special: dict[str, list[str]] = {}
        for name, value in vars(cls).items():
            if name in IGNORED or name == "__init__":
                continue
            if name == "update" and self._abstract(cls) is collections.abc.MutableMapping:
                continue  # the base's own says it in more overloads than a docstring should have
            if isinstance(value, type) and value.__qualname__ == f"{where}.{name}":
                inner += self.write(value, indent)
                continue
            lines = self._member(cls, name, value, indent)
            if name.startswith("__") and name.endswith("__"):
                special[name] = lines
            elif lines and lines[0].startswith(f"{indent}{name}: "):
                constants += lines
            else:
                plain += lines
        for name in hidden_buffer_methods(cls):
            known = [self._with_self(one, "self") for one in self._usual(name)]
            special[name] = self.functions.overloads(known, indent=indent, where=where)
        out = constants + inner
        for signature in constructors:
            signature.arguments.defaults = list(signature.arguments.defaults)
        if constructors:
            several = [self.names.use("typing", "overload")] if len(constructors) > 1 else []
            for signature in constructors:
                out += self.functions.lines(
                    signature, indent=indent, decorators=several, where=where, returns="None"
                )
        out += plain
        for name in sorted(special):
            out += special[name]
        return out

    def _member(self, cls: type, name: str, value: object, indent: str) -> list[str]:
        where = f"{cls.__qualname__}.{name}"
        if isinstance(value, (types.GetSetDescriptorType, types.MemberDescriptorType, property)):
            return self._property(name, value, indent, where)
        if isinstance(value, staticmethod):
            found = self.functions.read(name, value.__func__)
            return self.functions.overloads(
                found, indent=indent, decorators=["staticmethod"], where=where
            )
        if isinstance(value, (types.ClassMethodDescriptorType, classmethod)):
            if name == "__class_getitem__":
                alias = self.names.use("types", "GenericAlias")
                head = f"{indent}def __class_getitem__(cls, item: {self.names.any()}, /)"
                return [f"{head} -> {alias}: ..."]
            of = value.__func__ if isinstance(value, classmethod) else value
            found = [self._with_self(one, "cls") for one in self.functions.read(name, of)]
            return self.functions.overloads(
                found, indent=indent, decorators=["classmethod"], where=where
            )
        if name == "__hash__" and value is None:
            variable = self.names.use("typing", "ClassVar")
            return [f"{indent}__hash__: {variable}[None]  # type: ignore[assignment]"]
        if name == "__match_args__":
            # Without a type: subclasses have others.
            return [f"{indent}{name} = {value!r}"]
        if inspect.isroutine(value):
            return self._method(cls, name, value, indent, where)
        if name.startswith("__") and name.endswith("__"):
            return []
        return self._class_variable(cls, name, value, indent)

    def _method(self, cls: type, name: str, value: object, indent: str, where: str) -> list[str]:
        text = getattr(value, "__text_signature__", None)
        overloaded = signatures.is_overloaded(text)
        doc = getattr(value, "__doc__", None)
        found, rest = signatures.read(doc, name, overloaded=overloaded)
        if name in {"__eq__", "__ne__"}:
            # Whatever C++ compares with, every object can be asked: that is what object says.
            found = []
        found = found or self._usual(name)
        if not found:
            if isinstance(value, types.WrapperDescriptorType):
                return []
            found = [self.functions.unknown(name, rest, value)]
        found = [self._with_self(one, "self") for one in found]
        if name in GIVE_SELF or (name.startswith("__i") and name in SPECIAL):
            found = [self._giving_self(cls, one) for one in found]
        return self.functions.overloads(found, indent=indent, where=where)

    @staticmethod
    def _usual(name: str) -> list[Signature]:
        """What the protocol says of a special method."""
        known = signatures.parse(name + SPECIAL[name], name) if name in SPECIAL else None
        return [known] if known is not None else []

    @staticmethod
    def _giving_self(cls: type, signature: Signature) -> Signature:
        if signature.returns is not None and ast.unparse(signature.returns) in {
            cls.__name__,
            cls.__qualname__,
        }:
            return dataclasses.replace(signature, returns=ast.Name("Self"))
        return signature

    def _property(self, name: str, value: object, indent: str, where: str) -> list[str]:
        doc = getattr(value, "__doc__", None)
        if isinstance(value, property) and value.fget is not None:
            doc = doc or value.fget.__doc__
        found = signatures.read_attribute(doc, name)
        if isinstance(found.type, ast.Name) and found.type.id == "object":
            annotation = self.names.any()
        else:
            annotation = self.names.annotation(found.type, where)
        lines = docstring(found.doc, indent + INDENT)
        end = ":" if lines else ": ..."
        decorator = "property"
        if "property" in self.names.scopes[-1]:
            decorator = self.names.use("builtins", "property")
        out = [f"{indent}@{decorator}", f"{indent}def {name}(self) -> {annotation}{end}", *lines]
        if is_writable(value):
            if found.set_type is not None:
                annotation = self.names.annotation(found.set_type, where)
            out += [
                f"{indent}@{name}.setter",
                f"{indent}def {name}(self, value: {annotation}, /) -> None: ...",
            ]
        return out

    def _class_variable(self, cls: type, name: str, value: object, indent: str) -> list[str]:
        if hasattr(type(value), "__get__"):
            # A descriptor of another kind: of a static property, say.
            node = signatures.read_attribute(getattr(value, "__doc__", None), name).type
            if node is not None:
                annotation = self.names.annotation(node, f"{cls.__qualname__}.{name}")
            else:
                annotation = self.functions.type_of_value(getattr(cls, name, value))
        elif issubclass(cls, BaseException) and isinstance(
            written := getattr(cls, "__annotations__", {}).get(name), str
        ):
            # What il::exception_ says of an attribute that each exception has of its own.
            found = signatures.read_attribute(f"-> {written}", name).type
            where = f"{cls.__qualname__}.{name}"
            return [f"{indent}{name}: {self.names.annotation(found, where)}"]
        else:
            annotation = self.functions.type_of_value(value)
        return [f"{indent}{name}: {self.names.use('typing', 'ClassVar')}[{annotation}]"]

    # ---- classes of Python's own kinds -------------------------------------------------------

    def _enum(self, cls: type[enum.Enum], indent: str) -> list[str]:
        bases = ", ".join(self.names.of_class(base) for base in cls.__bases__)
        inner = indent + INDENT
        doc = vars(cls).get("__doc__")
        out = [f"{indent}class {cls.__name__}({bases}):"]
        if isinstance(doc, str) and doc != enum.Enum.__doc__ and doc != "An enumeration.":
            out += docstring(doc, inner)
        for name, member in cls.__members__.items():
            value = member.value
            plain = type(value) in {bool, int, float, str, bytes}
            out.append(f"{inner}{name} = {value!r}" if plain else f"{inner}{name} = ...")
        self.names.scopes.append(set(cls.__members__))
        for name, value in vars(cls).items():
            special = name.startswith("_") and name.endswith("_")
            if (
                not special
                and name not in cls.__members__
                and isinstance(value, (*SLOTS, staticmethod, types.GetSetDescriptorType, property))
            ):
                out += self._member(cls, name, value, inner)
        self.names.scopes.pop()
        return out

    def _field_type(self, annotation: object, where: str) -> str:
        if isinstance(annotation, str):
            try:
                return self.names.annotation(ast.parse(annotation, mode="eval").body, where)
            except SyntaxError:
                return self.names.any()
        if isinstance(annotation, (types.GenericAlias, types.UnionType)):
            # As it is written: list[str], int | None, with the modules of classes.
            return self._field_type(repr(annotation), where)
        if isinstance(annotation, type):
            return self.names.of_class(annotation)
        return self.names.any()

    def _named_tuple(self, cls: type, indent: str) -> list[str]:
        base = self.names.use("typing", "NamedTuple")
        out = [f"{indent}class {cls.__name__}({base}):"]
        out += docstring(cls.__doc__, indent + INDENT)
        annotations: dict[str, object] = getattr(cls, "__annotations__", {})
        defaults: dict[str, object] = getattr(cls, "_field_defaults", {})
        fields: tuple[str, ...] = getattr(cls, "_fields", ())
        for name in fields:
            type_text = self._field_type(annotations.get(name), f"{cls.__qualname__}.{name}")
            out.append(f"{indent}{INDENT}{name}: {type_text}{' = ...' if name in defaults else ''}")
        return out

    def _dataclass(self, cls: type, indent: str) -> list[str]:
        decorator = self.names.use("dataclasses", "dataclass")
        parameters = getattr(cls, "__dataclass_params__", None)
        given = [
            f"{option}=True"
            for option in ("frozen", "order", "kw_only", "unsafe_hash")
            if getattr(parameters, option, False)
        ]
        listed = f"({', '.join(given)})" if given else ""
        out = [f"{indent}@{decorator}{listed}"]
        out.append(f"{indent}class {cls.__name__}:")
        out += docstring(cls.__doc__, indent + INDENT)
        marked = getattr(parameters, "kw_only", False)
        for one in dataclasses.fields(cls):
            if one.kw_only and not marked:
                marked = True
                out.append(f"{indent}{INDENT}_: {self.names.use('dataclasses', 'KW_ONLY')}")
            type_text = self._field_type(one.type, f"{cls.__qualname__}.{one.name}")
            has_default = (
                one.default is not dataclasses.MISSING
                or one.default_factory is not dataclasses.MISSING
            )
            out.append(f"{indent}{INDENT}{one.name}: {type_text}{' = ...' if has_default else ''}")
        return out
