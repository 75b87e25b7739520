"""What a build read, kept and skipped, and why: the table that it prints, report.json and skipped.jsonl."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from factorion_cli.errors import DatasetError

REPORT_NAME = "report.json"
SKIPPED_NAME = "skipped.jsonl"


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that gave no task.

    Attributes:
        source: file, and place in the book.
        stage: "read" (no blueprint), "screen" (a blueprint that is not used), "duplicate" or "mine" (no task in it).
        kind: a short name to count by.
        reason: the whole reason, for a reader.
    """

    source: str
    stage: str
    kind: str
    reason: str


@dataclass(slots=True)
class BuildReport:
    """Counts of a build, filled as it goes.

    Attributes:
        files: files that were opened.
        blueprints: single blueprints found in them, books flattened.
        usable: blueprints that became factories.
        designs: distinct designs among them; rotations and mirrors are one.
        families: families of near-copies among the designs.
        mined: designs that gave at least one task.
        tasks: tasks by config, then split.
        skips: everything that gave nothing, in the order met.
        dropped: candidates inside designs that became no task (windows, removals), by reason.
    """

    files: int = 0
    blueprints: int = 0
    usable: int = 0
    designs: int = 0
    families: int = 0
    mined: int = 0
    tasks: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    def skip(self, source: str, stage: str, kind: str, reason: str) -> None:
        """Note one thing that gave nothing."""
        self.skips.append(Skip(source, stage, kind, reason))

    @property
    def skipped(self) -> dict[str, dict[str, int]]:
        """How many were skipped by stage, then kind, most first."""
        stages: dict[str, Counter[str]] = {}
        for skip in self.skips:
            stages.setdefault(skip.stage, Counter())[skip.kind] += 1
        order = ("read", "screen", "duplicate", "mine")
        return {stage: _by_count(stages[stage]) for stage in order if stage in stages}

    def to_json(self) -> dict[str, Any]:
        """The mapping of report.json and `--json`."""
        return {
            "read": {"files": self.files, "blueprints": self.blueprints},
            "kept": {
                "usable_blueprints": self.usable,
                "designs": self.designs,
                "families": self.families,
                "designs_with_tasks": self.mined,
                "tasks": {config: dict(splits) for config, splits in self.tasks.items()},
            },
            "skipped": self.skipped,
            "dropped_candidates": _by_count(self.dropped),
        }

    @classmethod
    def load(cls, directory: Path) -> BuildReport:
        """What `save` wrote; raises DatasetError when it cannot be read."""
        try:
            raw = json.loads((directory / REPORT_NAME).read_text(encoding="utf-8"))
            lines = (directory / SKIPPED_NAME).read_text(encoding="utf-8").splitlines()
            return cls(
                files=raw["read"]["files"],
                blueprints=raw["read"]["blueprints"],
                usable=raw["kept"]["usable_blueprints"],
                designs=raw["kept"]["designs"],
                families=raw["kept"]["families"],
                mined=raw["kept"]["designs_with_tasks"],
                tasks=raw["kept"]["tasks"],
                skips=[Skip(**json.loads(line)) for line in lines],
                dropped=Counter(raw["dropped_candidates"]),
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DatasetError(f"{directory / REPORT_NAME} or {SKIPPED_NAME} cannot be read: {error}") from error

    def save(self, directory: Path) -> None:
        """Write report.json and skipped.jsonl into the folder."""
        (directory / REPORT_NAME).write_text(json.dumps(self.to_json(), indent=1) + "\n", encoding="utf-8")
        with (directory / SKIPPED_NAME).open("w", encoding="utf-8") as stream:
            for skip in self.skips:
                row = {"source": skip.source, "stage": skip.stage, "kind": skip.kind, "reason": skip.reason}
                stream.write(json.dumps(row, ensure_ascii=False) + "\n")


def _by_count(counter: Mapping[str, int]) -> dict[str, int]:
    return dict(
        sorted(((name, count) for name, count in counter.items() if count), key=lambda pair: (-pair[1], pair[0]))
    )
