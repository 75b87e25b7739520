"""Lines of a recording, on disk and damaged."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from factorion_cli.errors import DataError, UsageError
from factorion_cli.recording import takes
from factorion_cli.recording.events import CHAIN_START, read_lines
from factorion_cli.recording.takes import Take, TakeHead, TakeWriter, chosen, new_take, takes_in


def lines(count: int) -> list[str]:
    """Lines as the mod writes them."""
    found, check = [], CHAIN_START
    for number in range(1, count + 1):
        body = json.dumps({"k": "move", "n": number, "t": 10 * number, "x": 0.5}, separators=(",", ":"))
        check = f"{zlib.crc32((check + body).encode()):08x}"
        found.append(f'{body[:-1]},"c":"{check}"}}')
    return found


@pytest.fixture
def take(tmp_path: Path) -> Take:
    made = new_take(tmp_path / "demo", TakeHead("abc", "rcon://somewhere:1"))
    with TakeWriter(made) as writer:
        writer.append(lines(5))
    return made


def segment(take: Take) -> Path:
    (path,) = take.segments()
    return path


def test_what_is_written_is_read(take: Take):
    assert [(event.number, event.tick, event.kind) for event in take] == [(n, 10 * n, "move") for n in range(1, 6)]
    assert take.head == TakeHead("abc", "rcon://somewhere:1")


@pytest.mark.parametrize("index", range(4))
def test_a_line_that_is_changed_missing_or_doubled_is_found(index: int):
    whole = lines(5)
    changed = [line.replace('"x":0.5', '"x":0.6') if at == index else line for at, line in enumerate(whole)]
    missing = whole[:index] + whole[index + 1 :]
    doubled = [*whole[: index + 1], *whole[index:]]
    for wrong in (changed, missing, doubled):
        with pytest.raises(DataError, match="event"):
            list(read_lines(wrong))


@pytest.mark.parametrize("cut", [1, 2, 30])
def test_a_torn_last_line_is_left_out_and_cut_off_when_the_take_goes_on(take: Take, cut: int):
    path = segment(take)
    path.write_bytes(path.read_bytes()[:-cut])
    assert [event.number for event in take] == [1, 2, 3, 4]
    assert take.torn_bytes > 0
    with TakeWriter(take) as writer:
        assert writer.chain.next == 5
        writer.append(lines(6)[4:])
    assert [event.number for event in take] == [1, 2, 3, 4, 5, 6]
    assert take.torn_bytes == 0


def test_damage_before_the_end_is_never_cut_off(take: Take):
    path = segment(take)
    content = path.read_bytes().replace(b'"t":20', b'"t":21')
    path.write_bytes(content)
    with pytest.raises(DataError, match="event 2 is damaged"):
        list(take)
    with pytest.raises(DataError, match="event 2 is damaged"):
        TakeWriter(take)
    assert path.read_bytes() == content


def test_lines_that_do_not_follow_are_not_written(take: Take):
    before = segment(take).read_bytes()
    with TakeWriter(take) as writer, pytest.raises(DataError, match="event 6"):
        writer.append(lines(9)[6:])
    assert segment(take).read_bytes() == before


def test_long_takes_are_in_segments_named_by_their_first_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(takes, "SEGMENT_LINES", 4)
    take, all_lines = new_take(tmp_path, TakeHead("abc", "")), lines(11)
    for part in (all_lines[:3], all_lines[3:10], all_lines[10:]):
        with TakeWriter(take) as writer:  # each time gone on with
            writer.append(part)
    assert [path.name for path in take.segments()] == ["000000001.jsonl", "000000005.jsonl", "000000009.jsonl"]
    assert [event.number for event in take] == list(range(1, 12))
    first = take.segments()[0]
    first.write_bytes(first.read_bytes()[:-3])
    with pytest.raises(DataError, match="another segment comes after it"):
        list(take)


def test_what_is_no_recording_is_said(tmp_path: Path, take: Take):
    with pytest.raises(DataError, match="holds no recording"):
        takes_in(tmp_path / "nothing")
    with pytest.raises(UsageError, match="has 1 takes"):
        chosen(take.folder.parent, 2)
    (take.folder / "take.json").write_text('{"id": "abc", "server": "", "skill": null, "format": 2}')
    with pytest.raises(DataError, match="format 2, expected 1"):
        _ = take.head
