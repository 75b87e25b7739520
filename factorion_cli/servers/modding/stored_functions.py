"""Functions that a script puts into `storage`, which the game refuses when it saves (runtime 2.0: it raises).

Followed are `storage` itself and locals that are set to a part of it; what is put there is looked at as it is written:
`function`, a name that the mod gives to a function, and either inside a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from factorion_cli.servers.modding.tokens import Token

ROOT = "storage"
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")


def function_names(scripts: Sequence[Sequence[Token]]) -> frozenset[str]:
    """Functions that modules offer each other: `a.f` of `function a.f`."""
    return frozenset(name for tokens in scripts for name in _named(tokens) if "." in name)


def _named(tokens: Sequence[Token]) -> Iterator[str]:
    """What a script calls its functions: `function f`, `function a.f`, `local f = function`."""
    for index, token in enumerate(tokens):
        if token.text == "function" and _text(tokens, index + 1) != "(":
            yield _chain(tokens, index + 1)[0]
        elif token.text == "=" and _text(tokens, index + 1) == "function" and _text(tokens, index - 2) == "local":
            yield _text(tokens, index - 1)


def _parameters(tokens: Sequence[Token]) -> Iterator[str]:
    """Names of all parameters, which may hide functions."""
    for index, token in enumerate(tokens):
        if token.text == "function":
            opening = _chain(tokens, index + 1)[1] if _text(tokens, index + 1) != "(" else index + 1
            yield from (each.text for each in tokens[opening : _closing(tokens, opening)] if each.kind == "name")


def stored_functions(tokens: Sequence[Token], functions: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(line, the place in storage) of each function that is put there; `functions` are those of other scripts."""
    functions = functions | (set(_named(tokens)) - set(_parameters(tokens)))
    kept = {ROOT: ROOT}
    for index, token in enumerate(tokens):
        if token.kind != "name" or _text(tokens, index - 1) in (".", ":"):
            continue
        name, end = _chain(tokens, index)
        place = _place(kept, name)
        if _text(tokens, index - 1) == "function":
            if place and "." in name:
                yield token.line, place
        elif _text(tokens, end) == "=" and _text(tokens, index - 1) not in ("{", ","):
            if _text(tokens, index - 1) == "local":
                _remember(kept, tokens, name, end + 1)
            elif place:
                yield from _functions_in(tokens, end + 1, place, functions)
        elif name == "table.insert" and (held := _place(kept, _chain(tokens, end + 1)[0])):
            yield from _functions_in(tokens, _last_argument(tokens, end), f"{held}[]", functions)


def _text(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if 0 <= index < len(tokens) else ""


def _closing(tokens: Sequence[Token], index: int) -> int:
    """The place of the bracket that closes the one at `index`."""
    depth = 0
    for place in range(index, len(tokens)):
        depth += (tokens[place].text in _OPENING) - (tokens[place].text in _CLOSING)
        if depth == 0:
            return place
    return len(tokens)


def _chain(tokens: Sequence[Token], index: int) -> tuple[str, int]:
    """`a.b[i].c` as text, "[]" for what is in brackets, and the place after it."""
    parts = [_text(tokens, index)]
    index += 1
    while (text := _text(tokens, index)) in (".", "["):
        parts.append("[]" if text == "[" else f".{_text(tokens, index + 1)}")
        index = _closing(tokens, index) + 1 if text == "[" else index + 2
    return "".join(parts), index


def _place(kept: dict[str, str], name: str) -> str:
    """Where in storage a chain leads; "" for elsewhere."""
    first = name.replace("[", ".", 1).partition(".")[0]
    return kept[first] + name[len(first) :] if first in kept else ""


def _remember(kept: dict[str, str], tokens: Sequence[Token], name: str, start: int) -> None:
    """Note that a local is a part of storage, or no longer is."""
    source, end = _chain(tokens, start)
    kept.pop(name, None)
    if (place := _place(kept, source)) and _text(tokens, end) not in ("(", ":"):
        kept[name] = place


def _last_argument(tokens: Sequence[Token], opening: int) -> int:
    """The place where the last argument of a call begins."""
    start, index, end = opening + 1, opening + 1, _closing(tokens, opening)
    while index < end:
        if tokens[index].text in _OPENING:
            index = _closing(tokens, index)
        elif tokens[index].text == ",":
            start = index + 1
        elif tokens[index].text == "function":
            return index
        index += 1
    return start


def _functions_in(
    tokens: Sequence[Token], start: int, place: str, functions: frozenset[str]
) -> Iterator[tuple[int, str]]:
    """Functions in the value that begins at `start` and is to lie at `place`."""
    text = _text(tokens, start)
    if text == "function":
        yield tokens[start].line, place
    elif text == "{":
        yield from _functions_in_table(tokens, start, place, functions)
    elif start < len(tokens) and tokens[start].kind == "name":
        name, end = _chain(tokens, start)
        if name in functions and _text(tokens, end) not in ("(", "{", ":") and not _is_string(tokens, end):
            yield tokens[start].line, place
        elif _text(tokens, end) == "or":
            yield from _functions_in(tokens, end + 1, place, functions)


def _is_string(tokens: Sequence[Token], index: int) -> bool:
    return index < len(tokens) and tokens[index].kind == "string"


def _functions_in_table(
    tokens: Sequence[Token], opening: int, place: str, functions: frozenset[str]
) -> Iterator[tuple[int, str]]:
    end, index = _closing(tokens, opening), opening + 1
    while index < end:
        inner = f"{place}[]"
        if _text(tokens, index + 1) == "=":
            inner, index = f"{place}.{tokens[index].text}", index + 2
        elif tokens[index].text == "[":
            index = _closing(tokens, index) + 2
        yield from _functions_in(tokens, index, inner, functions)
        index = _next_field(tokens, index, end)


def _next_field(tokens: Sequence[Token], index: int, end: int) -> int:
    """The place after the next comma of the table; a function's body may hold some of its own."""
    depth = 0
    while index < end:
        text = tokens[index].text
        # Each of these is closed by an `end`; `for` and `while` have their `do`.
        depth += (text in ("function", "if", "do")) - (text == "end")
        if text in _OPENING:
            index = _closing(tokens, index)
        elif depth == 0 and text in (",", ";"):
            return index + 1
        index += 1
    return end
