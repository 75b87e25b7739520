"""Divides a stream of any length into segments that are read one by one, only where that is without effect.

Each segment says which string or record of the stream is its first, so that no name depends on where it was divided:

    lines    JSON lines, divided between lines; a record is a line
    array    a JSON list, divided between its elements; a record is an element
    object   a JSON object too large for memory, divided between its members; a record is a member
    text     anything else, divided before lines that no wrapped string can go on with; its strings are counted
    whole    a text or a JSON document in one piece
"""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from factorion_cli.blueprints.exchange import find_strings
from factorion_cli.blueprints.limits import BLOCK_BYTES, MAX_JSON_BYTES
from factorion_cli.blueprints.window import Window

Form = Literal["lines", "array", "object", "text", "whole", "binary", "broken", "too-large"]

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LIST = re.compile(rb'\[\s*(?:[{\["\]]|-?\d|(?:true|false|null)\b)')
_LINE_END = re.compile(rb"\n")
_DIVIDE = re.compile(rb"\n(?:(?=0e[AFJN])|(?=[ \t\r]*\n)|(?=[A-Za-z0-9+/= \t\r]*[^A-Za-z0-9+/= \t\r\n]))")
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)|[\[\]{},]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Segment:
    """Part of a stream: its form, the number of its first string or record, where it starts, and its bytes.

    `binary`, `broken` (a list or object that is damaged from there on) and `too-large` stand for what cannot be read
    and have no bytes.
    """

    form: Form
    first: int
    start: int
    data: bytes = b""


def segments(stream: BinaryIO, lines: bool = False) -> Iterator[Segment]:
    """The segments of a binary stream in order, each of about `BLOCK_BYTES` if it can be divided.

    Args:
        stream: must give as many bytes as are asked for, until it ends.
        lines: it is JSON lines, however it begins.
    """
    window = Window(stream)
    head = window.held()
    if head[:2] in _UTF_16:
        yield Segment("whole", 0, 0, _utf_8(window.held())) if window.fill() else Segment("too-large", 0, 0)
    elif b"\0" in head[:8192]:
        yield Segment("binary", 0, 0)
    else:
        window.drop(len(head) - len(head.removeprefix(codecs.BOM_UTF8).lstrip()))
        yield from _of_text(window, lines)


def _utf_8(data: bytes) -> bytes:
    return data.decode("utf-16", errors="replace").lstrip().encode("utf-8", errors="replace")


def _of_text(window: Window, lines: bool) -> Iterator[Segment]:
    first = window.held()[:1]
    if lines or (first == b"{" and _is_json_lines(window)):
        yield from _lines(window)
    elif _LIST.match(window.held()):
        yield from _list(window)
    elif (first in (b"{", b'"') and window.fill()) or window.ended:
        yield Segment("whole", 0, window.start, window.held())
    elif first == b"{":
        yield from _elements(window, "object")
    else:
        yield from _text(window, 0)


def _is_json_lines(window: Window) -> bool:
    """Whether the first line is a JSON object by itself and another one follows."""
    while (end := window.held().find(b"\n")) < 0 and not window.ended and window.end - window.start <= MAX_JSON_BYTES:
        window.more()
    data = window.held()
    if end < 0 or data[end : end + 4096].lstrip()[:1] != b"{" or data[:end].rstrip()[-1:] != b"}":
        return False
    try:
        return isinstance(json.loads(data[:end]), dict)
    except (ValueError, RecursionError):
        return False


def _lines(window: Window) -> Iterator[Segment]:
    first = 0
    while window.start < window.end or not window.ended:
        data = window.held()
        length = len(data) if window.ended else data.rfind(b"\n") + 1
        if length:
            yield Segment("lines", first, window.start, data[:length])
            first += data.count(b"\n", 0, length)
            window.drop(window.start + length)
        elif len(data) > MAX_JSON_BYTES:
            yield Segment("too-large", first, window.start)
            _skip(window, _LINE_END)
            first += 1
        if not window.ended:
            window.more()


def _list(window: Window) -> Iterator[Segment]:
    """A list that is in memory and sound at once; else element by element, so that damage costs one of them."""
    data = window.held()
    if window.ended and _is_sound(data):
        yield Segment("array", 0, window.start + 1, data.rstrip()[1:-1])
    else:
        yield from _elements(window, "array")


def _is_sound(data: bytes) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True


class _Scan:
    """Finds where the elements of the list or object at a window's start end, by brackets and quotes alone."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.position = window.start + 1
        self.depth = 1

    def element_end(self) -> int | None:
        """Where the next element ends, with `position` behind its comma or bracket; None: the stream ends in it.

        What is larger than one document may be is let go while it is passed over.
        """
        while True:
            data, base = self.window.buffer()
            rest = len(data) + base
            for token in _TOKEN.finditer(data, self.position - base):
                if token[1] == b"":  # a quote without its partner
                    rest = token.start() + base
                    break
                if self._closes(token[0]):
                    self.position = token.end() + base
                    return token.start() + base
            self.position = rest
            if self.window.ended:
                return None
            if self.window.end - self.window.start > MAX_JSON_BYTES:
                self.window.drop(self.position)
            self.window.more()

    def _closes(self, token: bytes) -> bool:
        if token in b"[{":
            self.depth += 1
        elif token in b"]}":
            self.depth -= 1
            return self.depth == 0
        return token == b"," and self.depth == 1


def _elements(window: Window, form: Literal["array", "object"]) -> Iterator[Segment]:
    """Blocks of the elements; of what stands behind the list or object, or behind damage in it, its strings."""
    scan = _Scan(window)
    begin, first, pieces = scan.position, 0, list[bytes]()
    while scan.depth:
        start = scan.position
        window.drop(start)
        end = scan.element_end()
        unread: Form | None = "too-large" if window.start != start else "broken" if end is None else None
        if end is not None and unread is None and (piece := window.part(start, end)).strip():
            pieces.append(piece)
        if pieces and (unread or not scan.depth or scan.position - begin >= BLOCK_BYTES):
            yield Segment(form, first, begin, b",".join(pieces))
            begin, first, pieces = scan.position, first + len(pieces), []
        if unread:
            yield Segment(unread, first, start)
            begin, first = scan.position, first + 1
        if end is None:
            break
    else:
        window.drop(scan.position)
    yield from _text(window, first, behind_json=True)


def pieces(data: bytes) -> Iterator[bytes]:
    """The elements of a JSON list whose brackets are left out, as an `array` segment has it; members likewise."""
    window = Window(io.BytesIO(b"[%b]" % data))
    scan = _Scan(window)
    while scan.depth:
        start = scan.position
        end = scan.element_end()
        yield window.part(start, window.end - 1 if end is None else end)
        if end is None:
            return


def _text(window: Window, first: int, behind_json: bool = False) -> Iterator[Segment]:
    """Blocks of text with strings in them; text without any is one empty block, and none `behind_json`."""
    start, found = window.start, behind_json
    while window.start < window.end:
        length = _text_length(window)
        if length is None:
            yield Segment("too-large", first, window.start)
            _skip(window, _DIVIDE)
            first, found = first + 1, True
            continue
        data = window.held()[:length]
        count = sum(1 for _ in find_strings(data.decode("utf-8", errors="replace")))
        if count:
            yield Segment("text", first, window.start, data)
            first, found = first + count, True
        window.drop(window.start + length)
    if not found:
        yield Segment("text", 0, start)


def _text_length(window: Window) -> int | None:
    """How much of the text at hand can be read by itself; None: there is no divide in as much as is read at once."""
    searched = BLOCK_BYTES // 2
    while True:
        data = window.held()
        if divide := _DIVIDE.search(data, searched):
            return divide.end()
        if window.ended:
            return len(data)
        if len(data) > MAX_JSON_BYTES:
            return None
        searched = max(searched, data.rfind(b"\n"))  # the line behind it may be cut off here
        window.more()


def _skip(window: Window, divide: re.Pattern[bytes]) -> None:
    """Let go of everything up to the next divide, however far it is."""
    while (match := divide.search(window.held())) is None and not window.ended:
        window.drop(window.end)
        window.more()
    window.drop(window.start + match.end() if match else window.end)
