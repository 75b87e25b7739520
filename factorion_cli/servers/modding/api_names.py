"""Every name of the game's API that a script uses, looked up in the table of a version.

Lua has no types, so they are followed as far as they show: from the game's globals along `.name`, `[...]` and `(...)`
into locals, and by the mod's habit that a variable or field called `entity` always holds a LuaEntity (`HABITS`). Where
no type shows, a name must at least exist somewhere in the API or be one that the mod itself gives to something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from factorion_cli.servers.api import ApiTable
from factorion_cli.servers.modding.tokens import Token

HABITS = {
    "character": "LuaEntity",
    "entity": "LuaEntity",
    "force": "LuaForce",
    "inventory": "LuaInventory",
    "line": "LuaTransportLine",
    "player": "LuaPlayer",
    "prototype": "LuaEntityPrototype",
    "statistics": "LuaFlowStatistics",
    "surface": "LuaSurface",
}
"""Classes of what variables and fields of these names hold, in the mod's control scripts."""

_OF_LUA = """
byte char concat find floor ceil format gmatch gsub insert len lower match max min pack pi random rep reverse remove
sort sub unpack upper huge abs sin cos atan2 sqrt band bor bxor bnot rshift lshift traceback getinfo
"""
OF_LUA = frozenset(_OF_LUA.split())
"""Names in Lua's own libraries."""

_EVENT = re.compile(r"[\"']((?:on|script_raised)_\w+)[\"']")


class Misuse(NamedTuple):
    """What is wrong in a line."""

    line: int
    text: str


@dataclass(slots=True)
class _Value:
    """What an expression is known to be: of an API class, a method of one, a place in `defines`, or nothing known."""

    kind: str = ""
    method: str = ""
    defines: object = None
    returns: str = ""


@dataclass(slots=True)
class _Script:
    tokens: Sequence[Token]
    api: ApiTable
    own: frozenset[str]
    is_data: bool
    locals: dict[str, str] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()
    found: list[Misuse] = field(default_factory=list)

    def text(self, index: int) -> str:
        return self.tokens[index].text if 0 <= index < len(self.tokens) else ""


def _declared(tokens: Sequence[Token]) -> frozenset[str]:
    """Names of all locals and parameters, which may hide globals of the game."""
    names: set[str] = set()
    for index, token in enumerate(tokens):
        if token.text in ("local", "for", "function"):
            index += 1
            while (
                index < len(tokens)
                and tokens[index].text not in ("=", "in", ")", "function")
                and (tokens[index].kind == "name" or tokens[index].text in (",", ".", ":", "("))
            ):
                names.add(tokens[index].text)
                index += 1
    return frozenset(names)


def own_names(scripts: Sequence[Sequence[Token]]) -> frozenset[str]:
    """Names that the mod gives to fields: keys of tables, what is written or defined after a dot, and whole strings."""
    names = set()
    for tokens in scripts:
        for index, token in enumerate(tokens):
            before, after = tokens[index - 1].text, tokens[index + 1].text if index + 1 < len(tokens) else ""
            is_key = after == "=" and before in ("{", ",", ".", ";")
            is_function = index >= 3 and before in (".", ":") and tokens[index - 3].text == "function"
            # Several may be written at once: a.x, a.y = 1, 2
            is_one_of_several = before == "." and after == ","
            if token.kind == "name" and (is_key or is_function or is_one_of_several):
                names.add(token.text)
            elif token.kind == "string" and token.text[1:-1].isidentifier():
                names.add(token.text[1:-1])
    return frozenset(names)


def class_of(type_name: str, indexed: bool = False) -> str:
    """The API class that a type of the tables stands for, or "" for none.

    >>> class_of("LuaSurface | nil")
    'LuaSurface'
    >>> class_of("LuaEntity[]", indexed=True)
    'LuaEntity'
    >>> class_of("LuaCustomTable<SurfaceIndex | string, LuaSurface, string>", indexed=True)
    'LuaSurface'
    """
    if indexed:
        found = re.match(r"LuaCustomTable<[^,]+, (Lua\w+)|(?:readonly )?(Lua\w+)\[\]", type_name)
        return (found.group(1) or found.group(2)) if found else ""
    found = re.fullmatch(r"(?:LuaMultiReturn<\[)?(Lua\w+)(?: \| nil)?(?:,.*|\[\])?", type_name)
    return found.group(1) if found and not type_name.endswith("[]") else ""


def misuses(tokens: Sequence[Token], api: ApiTable, own: frozenset[str], is_data: bool) -> list[Misuse]:
    """What a script gets wrong by the table of one version."""
    script = _Script(tokens, api, own, is_data, declared=_declared(tokens))
    for index, token in enumerate(tokens):
        event = _EVENT.fullmatch(token.text) if token.kind == "string" and not is_data else None
        if event and event.group(1) not in api.events:
            script.found.append(Misuse(token.line, f"no event {event.group(1)}"))
        if token.kind == "name" and script.text(index - 1) not in (".", ":"):
            _follow(script, index)
    return script.found


def _start(script: _Script, name: str) -> _Value:
    if name in script.locals:
        return _Value(script.locals[name])
    if name == "defines":
        return _Value(defines=script.api.defines)
    if script.is_data:
        return _Value()
    hidden = name in script.declared
    return _Value(HABITS.get(name, "") if hidden else script.api.global_objects.get(name, HABITS.get(name, "")))


def _closing(script: _Script, index: int) -> int:
    """The place of the bracket that closes the one at `index`."""
    depth = 0
    while index < len(script.tokens):
        text = script.text(index)
        depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
        if depth == 0:
            return index
        index += 1
    return index


def _follow(script: _Script, index: int) -> None:
    """Follow a chain from its first name on, and remember the class of a local that is set to it."""
    first, value = index, _start(script, script.text(index))
    index += 1
    while True:
        text = script.text(index)
        if text in (".", ":") and index + 1 < len(script.tokens):
            value = _member(script, value, index)
            index += 2
        elif text == "(":
            end = _closing(script, index)
            if value.method:
                _check_call(script, value, index, end)
            value = _Value(class_of(value.returns), returns=value.returns) if value.method else _Value()
            index = end + 1
        elif text == "[":
            value = _Value(class_of(value.returns, indexed=True))
            index = _closing(script, index) + 1
        else:
            break
    if script.text(first - 1) == "=" and script.text(first - 3) == "local":
        name = script.text(first - 2)
        ends = text in ("local", "if", "for", "return", "end", "while", "") or _starts_line(script, index)
        if value.kind and ends:
            script.locals[name] = value.kind
        else:
            script.locals.pop(name, None)


def _starts_line(script: _Script, index: int) -> bool:
    return script.tokens[index].line > script.tokens[index - 1].line and script.tokens[index].text not in ("and", "or")


def _is_written(script: _Script, index: int) -> bool:
    """Whether the member whose name is at `index` is the target of an assignment."""
    return script.text(index + 1) == "="


def _member(script: _Script, value: _Value, index: int) -> _Value:
    """The member that the dot or colon at `index` leads to, with what is wrong about it noted."""
    name, line = script.text(index + 1), script.tokens[index + 1].line
    if isinstance(value.defines, Mapping):
        if name not in value.defines:
            script.found.append(Misuse(line, f"defines has no {name} here"))
            return _Value()
        return _Value(defines=value.defines[name])
    known = script.api.classes.get(value.kind)
    if known is None:
        if not _is_known(script, name):
            script.found.append(Misuse(line, f"{name} is neither of the API nor set anywhere in the mod"))
        return _Value(HABITS.get(name, "") if not script.is_data else "")
    if script.text(index) == ":":
        script.found.append(Misuse(line, f"methods are called with a dot: {value.kind}.{name}"))
    if name in known.methods:
        return _Value(method=f"{value.kind}.{name}", returns=known.methods[name].returns)
    attribute = known.attributes.get(name)
    if attribute is None:
        script.found.append(Misuse(line, f"{value.kind} has no {name}"))
        return _Value()
    written = _is_written(script, index + 1)
    if written and not attribute.writable:
        script.found.append(Misuse(line, f"{value.kind}.{name} is read-only"))
    if not written and not attribute.readable:
        script.found.append(Misuse(line, f"{value.kind}.{name} is write-only"))
    return _Value(class_of(attribute.type), returns=attribute.type)


def _is_known(script: _Script, name: str) -> bool:
    if script.is_data or name in script.own or name in OF_LUA:
        return True
    if any(name in fields for fields in script.api.events.values()):
        return True
    return any(name in known.attributes or name in known.methods for known in script.api.classes.values())


def _check_call(script: _Script, value: _Value, start: int, end: int) -> None:
    """The names in a table of arguments that is written out in the call."""
    class_name, _, name = value.method.partition(".")
    method = script.api.classes[class_name].methods[name]
    if method.arguments is None or script.text(start + 1) != "{" or not method.takes_table:
        return
    for line, key in _keys(script, start + 1, end):
        if key not in method.arguments:
            script.found.append(Misuse(line, f"{value.method} takes no argument {key}"))


def _keys(script: _Script, start: int, end: int) -> Iterator[tuple[int, str]]:
    """(line, name) of the keys of the table that opens at `start`, not of tables inside it."""
    index = start + 1
    while index < end:
        if script.text(index) in ("(", "[", "{"):
            index = _closing(script, index)
        elif script.text(index) == "function":
            return
        elif script.text(index + 1) == "=" and script.text(index - 1) in ("{", ",", ";"):
            yield script.tokens[index].line, script.text(index)
        index += 1
