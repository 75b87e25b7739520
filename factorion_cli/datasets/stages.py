"""The two stages of a build that are cut into jobs: reading blocks of the inputs, and mining a few designs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from factorion_cli.blueprints import Block, input_blocks
from factorion_cli.datasets.designs import Place, Sieve, load_designs
from factorion_cli.datasets.mining import MiningJob, load_counts, mine_job
from factorion_cli.datasets.reading import ReadingJob, RecordingJob, read_job
from factorion_cli.datasets.report import BuildReport
from factorion_cli.datasets.settings import BuildSettings
from factorion_cli.datasets.workspace import Workspace
from factorion_cli.recording.takes import recorded_in

DESIGNS_PER_JOB = 8


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is.

    Attributes:
        stage: "read" counts blueprints; "mine" and "write" count designs.
        done: how many are done.
        total: of how many; None while reading, which cannot know.
        tasks: tasks found, or kept, so far.
    """

    stage: Literal["read", "mine", "write"]
    done: int
    total: int | None = None
    tasks: int = 0


Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Stages:
    """Runs the jobs of a build.

    Attributes:
        work: keeps the results.
        settings: what shapes the rows.
        executor: where the jobs run; None: in this process.
        tell: is called as they are done.
    """

    work: Workspace
    settings: BuildSettings
    executor: Executor | None
    tell: Tell

    def read(self, inputs: Sequence[str], sieve: Sieve, report: BuildReport) -> Iterator[Place]:
        """The designs that pass the sieve, in reading order."""
        for files, path in self.work.results("read", read_job, self._reading_jobs(inputs), self.executor):
            yield from sieve.places(files, path)
            self.tell(Progress("read", report.blueprints))
            if sieve.is_full:
                return

    def _reading_jobs(self, inputs: Sequence[str]) -> Iterator[tuple[tuple[str, ...], ReadingJob | RecordingJob]]:
        for source in inputs:
            takes = recorded_in(source)
            for name, take in takes:
                yield (name,), RecordingJob.of(take, name, self.settings.mods)
            for block in input_blocks([source]) if not takes else ():
                yield _files(block), ReadingJob(block, self.settings.mods)

    def mine(self, places: Sequence[Place]) -> Iterator[tuple[Path, int]]:
        """The files with the tasks of each few designs, in order, and how many designs each has."""
        done = tasks = 0
        self.tell(Progress("mine", 0, len(places)))
        for designs, path in self.work.results("mine", mine_job, self._mining_jobs(places), self.executor):
            yield path, designs
            done += designs
            tasks += sum(counts.tasks for counts in load_counts(path))
            self.tell(Progress("mine", done, len(places), tasks))

    def _mining_jobs(self, places: Sequence[Place]) -> Iterator[tuple[int, MiningJob]]:
        designs = load_designs(places, self.settings.licence)
        while batch := tuple(islice(designs, DESIGNS_PER_JOB)):
            yield len(batch), MiningJob(batch, self.settings)


def _files(block: Block) -> tuple[str, ...]:
    """What the block's parts are files of; members of an archive count by themselves."""
    return tuple(f"{part.path}/{part.member}" if part.path else part.name for part in block.parts)
