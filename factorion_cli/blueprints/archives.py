"""Zip files as inputs: their members as files, nothing unpacked to disk, and no more memory than a member may take."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from factorion_cli.blueprints.limits import BLOCK_BYTES, MAX_JSON_BYTES, MAX_ZIP_RATIO

SUFFIX = ".zip"
DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError, RuntimeError)
"""What reading a damaged, encrypted or foreign zip file raises."""

_ENCRYPTED = 0x1
_SMALL = 1 << 20


def is_archive(name: str) -> bool:
    """Whether a file of that name is read as a zip file."""
    return name.lower().endswith(SUFFIX)


def members(archive: Path | IO[bytes]) -> Iterator[zipfile.ZipInfo]:
    """The files of an archive by name, without folders, hidden ones and what macOS adds."""
    with zipfile.ZipFile(archive) as opened:
        for info in sorted(opened.infolist(), key=lambda info: info.filename):
            parts = info.filename.split("/")
            if not info.is_dir() and parts[0] != "__MACOSX" and not any(_is_hidden(part) for part in parts):
                yield info


def _is_hidden(part: str) -> bool:
    return part.startswith(".") and part != ".."


def refusal(info: zipfile.ZipInfo) -> str | None:
    """Why a member is not read; None when it is."""
    name = info.filename
    if name.startswith("/") or ".." in name.split("/") or "\\" in name or ":" in name.split("/")[0]:
        return "its name leads out of the archive"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted; unpack it and give the files"
    if info.file_size > max(_SMALL, MAX_ZIP_RATIO * info.compress_size):
        return f"would become {info.file_size:,} bytes of {info.compress_size:,}: no text does"
    if is_archive(name) and info.file_size > MAX_JSON_BYTES:
        return f"is an archive of more than {MAX_JSON_BYTES >> 20} MiB in an archive; unpack the outer one"
    return None


@contextmanager
def spooled(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[IO[bytes]]:
    """An archive in an archive, which must be read from its end, as a file that can be."""
    with tempfile.SpooledTemporaryFile(BLOCK_BYTES) as copy, archive.open(info) as member:
        left = MAX_JSON_BYTES
        while left > 0 and (piece := member.read(min(BLOCK_BYTES, left))):
            copy.write(piece)
            left -= len(piece)
        copy.seek(0)
        yield copy
