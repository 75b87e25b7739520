"""What is kept of the designs, so that no split shows what is in another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from factorion_cli.blueprints.likeness import HASHES
from factorion_cli.datasets.assembly import kept_rows, parts_of
from factorion_cli.datasets.choosing import Chooser, designs_of
from factorion_cli.datasets.mining import Counts, Design, MiningJob, load_counts, mine_job
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.datasets.split import split_of
from factorion_cli.factory import factory_to_json
from factorion_cli.tasks import Provenance
from tests.datasets.test_build import bare_line

FAMILIES = {split_of(name): name for name in map(str, range(100))}
TRAIN, TEST = FAMILIES["train"], FAMILIES["test"]
OTHER_TRAIN = next(name for name in map(str, range(100)) if split_of(name) == "train" and name != TRAIN)


def look(seed: int, like: int | None = None) -> bytes:
    """A signature; nearly that of another seed."""
    hashes = np.random.default_rng(seed).integers(0, 60000, (2, HASHES)).astype(np.uint16)
    if like is not None:
        hashes[:, :110] = np.frombuffer(look(like), np.uint16).reshape(2, HASHES)[:, :110]
    return hashes.tobytes()


def rows(*pieces: tuple[str, bytes], each: int = 2, kind: str = "throughput") -> list[dict[str, Any]]:
    return [
        {"kind": kind, "reference_key": key, "reference_signature": signature}
        for key, signature in pieces
        for _ in range(each)
    ]


def choose(chooser: Chooser, family: str, found: list[dict[str, Any]]) -> tuple[tuple[int, ...], dict[str, int]]:
    choice = chooser.choose(Counts("design", len(found), {}), family, found)
    return choice.rows, {reason: count for reason, count in choice.dropped.items() if count}


def test_piece_stays_with_the_family_that_came_first() -> None:
    chooser = Chooser(None)
    assert choose(chooser, TRAIN, rows(("a", look(1)), ("b", look(2))))[0] == (0, 1, 2, 3)
    assert choose(chooser, OTHER_TRAIN, rows(("b", look(2)), ("c", look(3)))) == (
        (2, 3),
        {"piece of another family": 2},
    )
    assert choose(chooser, TRAIN, rows(("b", look(2))))[0] == (0, 1)


def test_near_copy_of_a_piece_in_another_split_is_left_out() -> None:
    chooser = Chooser(None)
    choose(chooser, TRAIN, rows(("a", look(1))))
    found = rows(("a2", look(5, like=1)), ("b", look(2)))
    assert choose(chooser, TEST, found) == ((2, 3), {"like a piece in another split": 2})
    assert choose(chooser, OTHER_TRAIN, found[:2]) == ((0, 1), {})


def test_piece_that_was_left_out_owns_nothing() -> None:
    chooser = Chooser(None)
    choose(chooser, TRAIN, rows(("a", look(1))))
    choose(chooser, TEST, rows(("a2", look(5, like=1))))
    assert choose(chooser, TRAIN, rows(("a2", look(5, like=1))))[0] == (0, 1)


def test_cap_keeps_as_many_of_each_kind_evenly_spaced() -> None:
    found = rows(("a", look(1)), ("b", look(2)), each=4) + rows(("c", look(3)), each=3, kind="structural")
    assert choose(Chooser(2), TRAIN, found) == ((0, 4, 8, 9), {"beyond --per-design": 7})


def mined(path: Path, lengths: tuple[int, ...]) -> Path:
    designs = [
        Design(
            f"key {length}", TRAIN, Provenance(f"lines.txt#{length}"), json.dumps(factory_to_json(bare_line(length)))
        )
        for length in lengths
    ]
    path.write_bytes(mine_job(MiningJob(tuple(designs), BuildSettings(window=16, per_window=1))))
    return path


def test_rows_are_counted_from_the_first_of_each_design(tmp_path: Path) -> None:
    path = mined(tmp_path / "mine.parquet", (5, 9))
    (first, of_first), (second, of_second) = designs_of(path)
    assert (first.key, second.key) == ("key 5", "key 9")
    assert len(of_first) == first.tasks > 1
    assert len(of_second) == second.tasks > 1
    kept = kept_rows(path, [(0,), (1,)])
    assert kept["design"].to_pylist() == ["key 5", "key 9"]
    assert {config for config, split, _ in parts_of(kept) if split == "train"} >= {"throughput"}


def test_file_of_which_nothing_is_kept_gives_nothing(tmp_path: Path) -> None:
    path = mined(tmp_path / "mine.parquet", (5,))
    assert list(parts_of(kept_rows(path, [()]))) == []


def test_design_that_cannot_be_mined_costs_only_itself(tmp_path: Path) -> None:
    broken = Design("broken", TRAIN, Provenance("broken.txt#0"), '{"size": [1, 1], "entities": [{"name": "nothing"}]}')
    sound = Design("sound", TRAIN, Provenance("sound.txt#0"), json.dumps(factory_to_json(bare_line(4))))
    path = tmp_path / "mine.parquet"
    path.write_bytes(mine_job(MiningJob((broken, sound), BuildSettings(window=16))))
    failed, mined_well = load_counts(path)
    assert failed.tasks == 0
    assert "no vanilla entity is called 'nothing'" in failed.failure
    assert mined_well.tasks > 0
