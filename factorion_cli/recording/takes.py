"""Recordings on disk. A folder holds takes; a take is what one server did without a break, in segments of lines.

demos/NAME/
  take-001/
    take.json                  its id, the server, the player's skill
    000000001.jsonl            events 1 to 10,000
    000010001.jsonl            the last segment may end in a torn line, which is cut off when the take is gone on with
  take-002/                    the server was started anew, or went back to an older save
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final

from factorion_cli.errors import DataError, UsageError
from factorion_cli.recording.events import FORMAT, Chain, Event

SEGMENT_LINES: Final = 10_000
HEAD: Final = "take.json"
SKILLS: Final = ("beginner", "intermediate", "expert")


@dataclass(frozen=True, slots=True)
class TakeHead:
    """What is known of a take before its first event.

    Attributes:
        id: the recording's name on the server.
        server: address that it came from.
        skill: of who plays: beginner, intermediate or expert; None: not told.
        format: version of the events.
    """

    id: str
    server: str
    skill: str | None = None
    format: int = FORMAT


class Take:
    """A take on disk: read by iterating over it, or written by `append`.

    Attributes:
        folder: where it is; for a file that the server wrote by itself, that file.
        torn_bytes: what was found cut off or damaged behind the last whole line when it was read last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.torn_bytes = 0

    @property
    def head(self) -> TakeHead:
        """What is known of it; raises DataError for a folder that is no take."""
        if self.folder.is_file():
            return TakeHead(self.folder.stem, "")
        path = self.folder / HEAD
        try:
            head = TakeHead(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError) as error:
            raise DataError(f"{path} is not what `factorion record` writes: {error}") from error
        if head.format != FORMAT:
            raise DataError(f"{path} has format {head.format}, expected {FORMAT}: record again with this version")
        return head

    def last(self) -> Event | None:
        """Its last event; raises DataError as iterating does."""
        return next(iter(deque(self, maxlen=1)), None)

    @classmethod
    def create(cls, folder: Path, head: TakeHead) -> Take:
        """A new take without events, safely on disk."""
        folder.mkdir(parents=True)
        with (folder / HEAD).open("w", encoding="utf-8") as file:
            file.write(json.dumps(asdict(head), indent=1) + "\n")
            _sync(file)
        _sync_folder(folder)
        _sync_folder(folder.parent)
        return cls(folder)

    def segments(self) -> list[Path]:
        """Its files of events, in order."""
        return [self.folder] if self.folder.is_file() else sorted(self.folder.glob("*.jsonl"))

    def __iter__(self) -> Iterator[Event]:
        """Its events; what is torn at the very end is left out.

        Raises:
            DataError: something before the end is damaged or missing.
        """
        chain, self.torn_bytes = Chain(), 0
        segments = self.segments()
        for path in segments:
            events, torn = _read(path, chain, is_last=path == segments[-1])
            yield from events
            self.torn_bytes = torn

    def repaired(self) -> Chain:
        """Cut off what is torn at the end; the place from which the take goes on."""
        chain = Chain()
        segments = self.segments()
        for path in segments:
            _, torn = _read(path, chain, is_last=path == segments[-1])
            if torn:
                with path.open("r+b") as file:
                    file.truncate(path.stat().st_size - torn)
                    _sync(file)
        return chain


class TakeWriter:
    """Appends lines to a take; what `append` was given is on the disk when it returns."""

    def __init__(self, take: Take) -> None:
        self.take = take
        self.chain = take.repaired()
        self._file: IO[bytes] | None = None

    def __enter__(self) -> TakeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, lines: Sequence[str]) -> list[Event]:
        """Check lines and write them; raises DataError, with nothing written, when they do not follow."""
        chain = self.chain.copy()
        events = [chain.follow(line) for line in lines]
        for event, line in zip(events, lines, strict=True):
            if self._file is None or (event.number - 1) % SEGMENT_LINES == 0:
                self._file = self._segment(event.number)
            self._file.write(line.encode() + b"\n")
        if self._file is not None:
            _sync(self._file)
        self.chain = chain
        return events

    def _segment(self, number: int) -> IO[bytes]:
        if self._file is not None:
            _sync(self._file)
            self._file.close()
        first = (number - 1) // SEGMENT_LINES * SEGMENT_LINES + 1
        file = (self.take.folder / f"{first:09d}.jsonl").open("ab")
        _sync_folder(self.take.folder)
        return file


def takes_in(path: Path) -> list[Take]:
    """The takes of a recording's folder, in order; a take's own folder or a server's file is one.

    Raises:
        DataError: there are none.
    """
    if path.is_file() or (path / HEAD).is_file():
        return [Take(path)]
    found = sorted(folder for folder in path.glob("take-*") if (folder / HEAD).is_file())
    if not found:
        raise DataError(
            f"{path} holds no recording: expected take-001 and so on, as `factorion record -o {path}` makes"
        )
    return [Take(folder) for folder in found]


def chosen(path: Path, number: int | None) -> list[Take]:
    """One take of a recording, counted from 1, or all; raises UsageError when there is none of that number."""
    found = takes_in(path)
    if number is not None and number > len(found):
        raise UsageError(f"{path} has {len(found)} takes, so there is no take {number}")
    return found if number is None else [found[number - 1]]


def summary(take: Take) -> dict[str, Any]:
    """What is in a take, for people to see: events, ticks, scenarios, and whether it was ended."""
    first = last = None
    count, scenarios = 0, []
    for last in take:
        first, count = first or last, count + 1
        if last.kind == "scenario":
            scenarios.append(f"{last.told['name']}:{last.told['seed']}")
    return {
        "take": take.folder.name,
        "id": take.head.id,
        "server": take.head.server,
        "skill": take.head.skill,
        "game": first.told.get("factorio") if first else None,
        "mods": first.told.get("mods") if first else None,
        "events": count,
        "ticks": last.tick - first.tick if first and last else 0,
        "scenarios": " ".join(scenarios),
        "ended": last is not None and last.kind == "end",
        "torn_bytes": take.torn_bytes,
    }


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Let nobody else write to a recording meanwhile; raises UsageError when somebody does."""
    from factorion_cli.servers.records import lock  # needs file locks that Windows does not have

    folder.mkdir(parents=True, exist_ok=True)
    file = lock(folder / ".lock")
    if file is None:
        raise UsageError(f"another `factorion record` writes to {folder}: stop it, or give another folder")
    with file:
        yield


def recorded_in(source: str) -> list[tuple[str, Take]]:
    """The takes in a folder, however deep, with their names from that folder on; [] for what is no such folder."""
    folder = Path(source)
    try:
        heads = sorted(folder.rglob(HEAD)) if folder.is_dir() else []
    except (OSError, ValueError):  # a blueprint string, which is no path
        return []
    return [(head.parent.relative_to(folder.parent).as_posix(), Take(head.parent)) for head in heads]


def new_take(folder: Path, head: TakeHead) -> Take:
    """The next take of a recording's folder."""
    folder.mkdir(parents=True, exist_ok=True)
    number = max((int(path.name[5:]) for path in folder.glob("take-[0-9]*")), default=0) + 1
    return Take.create(folder / f"take-{number:03d}", head)


def _read(path: Path, chain: Chain, is_last: bool) -> tuple[list[Event], int]:
    """The events of a segment, and the bytes of a last line that was never written whole.

    Raises:
        DataError: anything else is damaged: whole lines come after it, or segments.
    """
    events: list[Event] = []
    lines = path.read_bytes().split(b"\n")
    for index, raw in enumerate(lines[:-1]):
        try:
            events.append(chain.follow(raw.decode()))
        except (DataError, UnicodeDecodeError) as error:
            if is_last and index == len(lines) - 2 and not lines[-1]:
                return events, len(raw) + 1
            raise DataError(f"{path}: {error}") from error
    if lines[-1] and not is_last:
        raise DataError(f"{path}: its last line is cut off, and another segment comes after it")
    return events, len(lines[-1])


def _sync(file: IO[bytes] | IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make sure that a new file's name is on the disk, too (a matter of POSIX; Windows cannot open folders)."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
