"""How fast tasks become torch tensors: `python -m tests.bench.bench_loader [DATASET]`.

Tasks of at most 16x16 tiles with one entity missing, of DATASET or else of the starter set, written again and again
until there are enough; by `TaskLoader` with two threads, and by the processes of a DataLoader.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow as pa
from torch.utils.data import DataLoader

from factorion_cli.datasets import DatasetInfo, TaskWriter
from factorion_cli.datasets.build import build_dataset
from factorion_cli.datasets.filters import parse_conditions
from factorion_cli.datasets.loading import TaskBatch, TaskLoader
from factorion_cli.datasets.manifest import content_fingerprint, count_rows
from factorion_cli.datasets.reader import iter_tables
from factorion_cli.datasets.settings import BuildSettings

SIDE, TASKS, BATCH, ROUNDS = 16, 100_000, 512, 3
STARTER = Path(__file__).parents[2] / "datasets/starter/blueprints"
CONDITIONS = parse_conditions([f"width<={SIDE}", f"height<={SIDE}", "n_missing=1"])


def _many_tasks(source: Path, out: Path) -> Path:
    """A dataset of TASKS tasks: those of `source` that fit, over and over."""
    tables = list(iter_tables(source, "train", conditions=CONDITIONS))
    few = pa.concat_tables(tables)
    out.mkdir()
    with TaskWriter(out) as writer:
        for _ in range(-(-TASKS // few.num_rows)):
            writer.append("throughput", "train", few)
    info = replace(DatasetInfo.load(source), path=out, shards=writer.shards, counts=count_rows(writer.shards))
    replace(info, fingerprint=content_fingerprint(writer.shards)).save()
    return out


def _speed(batches: Iterable[TaskBatch], count: int) -> tuple[float, float]:
    """(tasks per second of wall time, tasks per second of this process's time) over `count` batches."""
    stream = iter(batches)
    next(stream)
    tasks, wall, busy = 0, time.perf_counter(), time.process_time()
    for batch in islice(stream, count):
        assert batch.grid[-1, -1, 0, 0] == 1  # in bounds
        tasks += len(batch)
    return tasks / (time.perf_counter() - wall), tasks / (time.process_time() - busy)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "starter"
        if len(sys.argv) == 1:
            build_dataset([str(STARTER)], source, BuildSettings(window=SIDE, per_window=32))
        loader = TaskLoader(_many_tasks(source, Path(folder) / "many"), size=(SIDE, SIDE), batch_size=BATCH)
        batches = loader.tasks // BATCH - 8
        ways = {"TaskLoader, 2 threads": loader, "DataLoader, 2 processes": DataLoader(loader, None, num_workers=2)}
        sys.stdout.write(f"{loader.tasks} tasks of at most {SIDE}x{SIDE}, batches of {BATCH}; best of {ROUNDS}\n")
        for name, way in ways.items():
            best = [0.0, 0.0]
            for _ in range(ROUNDS):
                loader.set_epoch(0)
                best = [max(pair) for pair in zip(best, _speed(way, batches), strict=True)]
            own = f", {best[1]:,.0f} per second of its process" if way is loader else ""
            sys.stdout.write(f"{name:26s}{best[0]:12,.0f} tasks/s{own}\n")


if __name__ == "__main__":
    main()
