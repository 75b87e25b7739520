"""Inputs of any size as blocks: small shares of the work, cheap to list, that any process can read by itself.

What stands in a block, and what its prints are called, depends on the inputs alone. Blocks of inputs that are added at
the end change none of those before.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from factorion_cli.blueprints.archives import DAMAGE, is_archive, members, refusal, spooled
from factorion_cli.blueprints.limits import BLOCK_BYTES, BLOCK_FILES
from factorion_cli.blueprints.places import STDIN, existing_path, files_of
from factorion_cli.blueprints.reader import read_segment, read_stream
from factorion_cli.blueprints.records import Print, Unreadable
from factorion_cli.blueprints.segments import Form, Segment, segments

_LINES = (".jsonl", ".ndjson")
_LIBRARY = re.compile(r"blueprint-storage.*\.dat$")
_HOW_TO_EXPORT = (
    "is the game's own library, whose format its makers do not publish and change with every version; in the game, "
    "open the library (B), open a blueprint or book, choose Export string, and save the text to a file"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One file, or a share of it.

    Attributes:
        name: what the sources of its prints begin with.
        path: the file; "" for text from elsewhere, which `data` holds.
        member: of the archive at `path`.
        stamp: size and time of change of the file, to tell whether it is still the same.
        form: of the share that `start` and `end` bound; None for a whole file.
        first: the number of the first string or record of the share.
        start: first byte of the share.
        end: byte behind it.
        data: the text itself.
    """

    name: str
    path: str = ""
    member: str = ""
    stamp: tuple[int, int] = (0, 0)
    form: Form | None = None
    first: int = 0
    start: int = 0
    end: int = 0
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Block:
    """Parts of one input that are read together."""

    parts: tuple[Part, ...]


def input_blocks(inputs: Iterable[str | Path]) -> Iterator[Block]:
    """The blocks of inputs, in order; no file but large ones is opened for it.

    Args:
        inputs: files, folders, patterns such as `prints/**/*.txt`, zip files, `-` for standard input, or blueprint
            text. A str that names an existing path is that path.

    Raises:
        BlueprintError: an input is not there.
    """
    for source in inputs:
        gathered: list[Part] = []
        size = 0
        for part, weight in _parts(source):
            if gathered and (size + weight > BLOCK_BYTES or len(gathered) == BLOCK_FILES):
                yield Block(tuple(gathered))
                gathered, size = [], 0
            gathered.append(part)
            size += weight
        if gathered:
            yield Block(tuple(gathered))


def _parts(source: str | Path) -> Iterator[tuple[Part, int]]:
    """The parts of an input, each with about how many bytes it has."""
    path = source if isinstance(source, Path) else existing_path(source) if source != STDIN else None
    if path is not None:
        for file, name in files_of(path):
            yield from _file_parts(file, name)
    elif source == STDIN:
        yield from _stream_parts(sys.stdin.buffer, STDIN)
    else:
        yield from _stream_parts(io.BytesIO(str(source).encode("utf-8", errors="replace")), "string")


def _file_parts(file: Path, name: str) -> Iterator[tuple[Part, int]]:
    damage = DAMAGE if is_archive(name) else (OSError,)
    try:
        about = file.stat()
        stamp = (about.st_size, about.st_mtime_ns)
        if is_archive(name):
            yield from _archive_parts(file, name, stamp)
        elif about.st_size > BLOCK_BYTES:
            yield from _shares(file, name, stamp)
        else:
            yield Part(name, str(file), stamp=stamp), about.st_size
    except damage:
        yield Part(name, str(file)), 0  # reading it says what is wrong


def _archive_parts(file: Path, name: str, stamp: tuple[int, int]) -> Iterator[tuple[Part, int]]:
    found = False
    for info in members(file):
        found = True
        weight = BLOCK_BYTES if is_archive(info.filename) else info.file_size
        yield Part(f"{name}/{info.filename}", str(file), info.filename, stamp), weight
    if not found:
        yield Part(name, str(file), stamp=stamp), 0


def _shares(file: Path, name: str, stamp: tuple[int, int]) -> Iterator[tuple[Part, int]]:
    with file.open("rb") as stream:
        for segment in segments(stream, _is_lines(name)):
            length = len(segment.data)
            if segment.form in ("whole", "binary"):
                yield Part(name, str(file), stamp=stamp), length
            else:
                end = segment.start + length
                yield Part(name, str(file), "", stamp, segment.form, segment.first, segment.start, end), length


def _stream_parts(stream: BinaryIO, name: str) -> Iterator[tuple[Part, int]]:
    for segment in segments(stream):
        part = Part(name, form=segment.form, first=segment.first, start=segment.start, data=segment.data)
        yield part, len(segment.data)


def _is_lines(name: str) -> bool:
    return name.lower().endswith(_LINES)


def read_prints(source: Path | str) -> Iterator[Print | Unreadable]:
    """Every blueprint in `source`, books flattened, and a reason for all that is none.

    Args:
        source: see `input_blocks`.

    Yields:
        Print or Unreadable in the order in which they stand. `source` of what is yielded starts with the file's path
        below the folder given (its name, for a file), `-` or `string`.

    Raises:
        BlueprintError: `source` is a path, or looks like one, and nothing is there.
    """
    for block in input_blocks([source]):
        yield from read_block(block)


def read_block(block: Block) -> Iterator[Print | Unreadable]:
    """Every blueprint in a block, books flattened, and a reason for all that is none, in order."""
    for part in block.parts:
        damage = DAMAGE if is_archive(part.path) else (OSError,)
        try:
            yield from _read(part)
        except damage as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            yield Unreadable(part.name, "unreadable-file", f"cannot be read: {reason}")


def _read(part: Part) -> Iterator[Print | Unreadable]:
    if _LIBRARY.search(part.name):
        yield Unreadable(part.name, "library", _HOW_TO_EXPORT)
    elif not part.path:
        yield from read_segment(Segment(part.form or "whole", part.first, part.start, part.data), part.name)
    elif part.member:
        with zipfile.ZipFile(part.path) as archive:
            yield from _read_member(archive, archive.getinfo(part.member), part.name, inside=False)
    elif is_archive(part.name):
        with zipfile.ZipFile(part.path):
            yield Unreadable(part.name, "no-string", "is an archive without files")
    else:
        yield from _read_file(part)


def _read_file(part: Part) -> Iterator[Print | Unreadable]:
    with Path(part.path).open("rb") as stream:
        if part.form is None:
            yield from read_stream(stream, part.name, _is_lines(part.name))
            return
        stream.seek(part.start)
        data = stream.read(part.end - part.start)
        yield from read_segment(Segment(part.form, part.first, part.start, data), part.name)


def _read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, inside: bool
) -> Iterator[Print | Unreadable]:
    """The blueprints of a member, or of the members of one that is an archive; `inside`: it is in such a one."""
    if reason := refusal(info):
        yield Unreadable(name, "unreadable-file", reason)
    elif _LIBRARY.search(name):
        yield Unreadable(name, "library", _HOW_TO_EXPORT)
    elif not is_archive(name):
        with archive.open(info) as stream:
            yield from read_stream(stream, name, _is_lines(name))  # type: ignore[arg-type]
    elif inside:
        yield Unreadable(name, "unreadable-file", "is an archive in an archive in an archive; unpack the outer one")
    else:
        with spooled(archive, info) as copy:
            yield from _read_inner(copy, name)


def _read_inner(copy: IO[bytes], name: str) -> Iterator[Print | Unreadable]:
    with zipfile.ZipFile(copy) as archive:
        for info in members(copy):
            yield from _read_member(archive, info, f"{name}/{info.filename}", inside=True)
