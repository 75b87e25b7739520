"""Exchange strings: a version byte, then base64 of zlib of JSON."""

from __future__ import annotations

import base64
import binascii
import codecs
import gc
import json
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from factorion_cli.blueprints.limits import MAX_CONTAINERS, MAX_JSON_BYTES
from factorion_cli.errors import BlueprintError

VERSION_BYTE = "0"
# zlib data begins with 0x78 and one of 0x01, 0x5e, 0x9c, 0xda, so exchange strings have four beginnings.
_START = re.compile(r"(?<![A-Za-z0-9+/=])0e[AFJN][A-Za-z0-9+/]{9,}={0,2}")
_WHOLE_LINE = re.compile(r"[ \t]*([A-Za-z0-9+/]+={0,2})[ \t]*\r?(?:\n|$)")
_LINE_END = re.compile(r"[ \t]*\r?\n")
_TOKEN = re.compile(r"[A-Za-z0-9+/=\s]+")


class TooLargeError(BlueprintError):
    """A string or document that would take more memory than any print needs."""


def decode(text: str) -> dict[str, Any]:
    """The JSON in an exchange string; white space anywhere in it is ignored.

    Raises:
        BlueprintError: with what is wrong: the version byte, base64, zlib, its end missing, JSON, or no object in it.
    """
    compact = "".join(text.lstrip("\ufeff").split())
    if not compact:
        raise BlueprintError("the blueprint string is empty")
    if compact[0] != VERSION_BYTE:
        raise BlueprintError(f"unknown version byte {compact[0]!r} (expected {VERSION_BYTE!r}): not an exchange string")
    value = parse_json(_inflated(_bytes(compact[1:])), "the string")
    if not isinstance(value, dict):
        raise BlueprintError(f"the string holds a JSON {type(value).__name__}, expected an object")
    return value


def _bytes(encoded: str) -> bytes:
    body = encoded.rstrip("=")
    if len(body) % 4 == 1:
        raise BlueprintError(f"base64 is cut off or damaged ({len(body)} characters)")
    try:
        # Some sites strip the padding; it says nothing that the length does not.
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except binascii.Error as error:
        raise BlueprintError(f"base64 is damaged: {error}") from error


def _inflated(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(packed, MAX_JSON_BYTES)
    except zlib.error as error:
        raise BlueprintError(f"zlib data is damaged: {error}") from error
    if stream.unconsumed_tail:
        raise TooLargeError(f"the string unpacks to more than {MAX_JSON_BYTES:,} bytes of JSON")
    if not stream.eof:
        raise BlueprintError(f"the string is truncated: zlib data ends early, after {len(raw)} bytes of JSON")
    return raw


def parse_json(raw: bytes, name: str) -> Any:
    """The value of a JSON document; `name` stands for it in errors.

    Raises:
        TooLargeError: it has more bytes, or objects and lists, than any print needs: memory would run out.
        BlueprintError: it is no JSON, or nested too deeply.
    """
    containers = raw.count(b"{") + raw.count(b"[")
    if len(raw) > MAX_JSON_BYTES or containers > MAX_CONTAINERS:
        raise TooLargeError(
            f"{name} has {len(raw):,} bytes of JSON with {containers:,} objects and lists; "
            f"at most {MAX_JSON_BYTES >> 20} MiB and {MAX_CONTAINERS:,} are read as one"
        )
    try:
        with _collection_paused():
            return json.loads(raw)
    except RecursionError as error:
        raise BlueprintError(f"{name} holds JSON that is nested too deeply") from error
    except ValueError as error:  # what is no JSON, no UTF-8, or a number of more than 4,300 digits
        raise BlueprintError(f"{name} does not hold JSON: {error}") from error


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep Python from looking for cycles; JSON has none, and looking again and again takes as long as the parsing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def pack(document: dict[str, Any]) -> str:
    """The exchange string of a JSON document; the same document gives the same string."""
    raw = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return VERSION_BYTE + base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def find_strings(text: str) -> Iterator[str]:
    """Every exchange string in a text: alone, wrapped over lines, or inside Markdown and source code.

    A text that is nothing but base64 characters is taken as one string whatever it begins with, so that a damaged
    beginning is reported rather than overlooked.
    """
    found = False
    for candidate in strings_within(text):
        found = True
        yield candidate
    stripped = text.strip()
    if not found and stripped and _TOKEN.fullmatch(stripped) and len(stripped.split()[0]) >= 20:
        yield stripped


def strings_within(text: str) -> Iterator[str]:
    """What begins like an exchange string, in a text that may be anything, such as an id or a hash."""
    position = 0
    while match := _START.search(text, position):
        candidate, position = _extended(text, match)
        yield candidate


def text_of(raw: bytes) -> str | None:
    """Text in any encoding that exchange strings, which are ASCII, survive in; None for what is no text."""
    if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return raw.decode("utf-16", errors="replace")
    if b"\0" in raw[:8192]:
        return None
    return raw.decode("utf-8-sig", errors="replace")


def holds_string(text: str) -> bool:
    """Whether an exchange string begins somewhere in a text."""
    return _START.search(text) is not None


def _extended(text: str, match: re.Match[str]) -> tuple[str, int]:
    """The string that starts at a match and where it ends; lines are joined only if it is not whole without them."""
    first, end = match.group(), match.end()
    line_end = _LINE_END.match(text, end)
    if line_end is None or not _goes_on(text, line_end.end()) or _is_whole(first):
        return first, end
    parts, end = [first], line_end.end()
    # A wrapped string has lines of one length; the first shorter one is its last.
    while (line := _WHOLE_LINE.match(text, end)) and not _START.match(line[1]) and len(line[1]) <= len(first):
        parts.append(line[1])
        end = line.end()
        if len(line[1]) < len(first):
            break
    return "".join(parts), end


def _goes_on(text: str, start: int) -> bool:
    """Whether the line that starts there could be the next of a wrapped string."""
    return _WHOLE_LINE.match(text, start) is not None and not _START.match(text, start)


def _is_whole(candidate: str) -> bool:
    try:
        _inflated(_bytes(candidate[1:]))
    except BlueprintError:
        return False
    return True
