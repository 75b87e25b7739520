"""How far two engines agree, factory by factory and sink by sink, and what the rest have in common.

    python -m tests.bench.compare_engines [--truth DIR] [--corpus DIR] [--tasks N] [--random N | --seeds A:B]
        [--engine flow|rates] [--ticks WARMUP:MEASURE] [--cache DIR] [--out FILE] [--shrink N]

A sink agrees when the engine's rate is within 3 % of what `ticks` counts (or within 0.005 items per second), a factory
when all its sinks do. `ticks` runs long, since the steady state is what is asked for; its answers are kept in the cache
by the content of the factory. `--engine ticks:1800:3600` compares the tick simulator with itself over a shorter window.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import factorion_cli.simulation
from factorion_cli.factory import Factory
from factorion_cli.factory.files import factory_to_json
from factorion_cli.scheduling import local_pool
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.islands import islands
from tests.bench.comparison_causes import bottleneck_kind, traits
from tests.bench.comparison_sets import batches, content_key, mined_tasks, random_factories, truth_cases
from tests.bench.shrinking import shrink

TOLERANCE = 0.03
LEAST = 0.005
BATCH = 16
SHOWN = 24


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine as it is asked: its name and, for `ticks`, its windows."""

    name: str
    warmup: int = 0
    measure: int = 0

    @classmethod
    def parse(cls, text: str) -> Engine:
        """From `flow` or `ticks:WARMUP:MEASURE`."""
        name, *windows = text.split(":")
        return cls(name, *map(int, windows))

    def ask(self, factories: Sequence[Factory]) -> list[dict[str, Any]]:
        """Total per sink of each factory, and what else is worth keeping."""
        windows: dict[str, Any] = {"warmup_ticks": self.warmup, "measure_ticks": self.measure} if self.measure else {}
        return [_kept(result) for result in throughput(factories, engine=self.name, threads=1, **windows)]


def _kept(result: SimulationResult) -> dict[str, Any]:
    return {
        "sinks": {sink: result.rate(sink) for sink in result.sinks},
        "bottleneck": result.bottleneck,
        "error": result.error,
        "period": getattr(result, "period_ticks", None),
        "metrics": {name: float(value) for name, value in result.metrics.items()},
        "not_simulated": list(result.not_simulated),
    }


def _job(work: tuple[Engine, Sequence[Factory]]) -> tuple[list[dict[str, Any]], float]:
    started = time.process_time()
    return work[0].ask(work[1]), time.process_time() - started


class Answers:
    """Answers of an engine by content of the factory, kept in a file of JSON lines."""

    def __init__(self, engine: Engine, folder: Path | None) -> None:
        self.engine, self.known = engine, dict[str, dict[str, Any]]()
        self.path = None if folder is None else folder / f"{engine.name}-{engine.warmup}-{engine.measure}.jsonl"
        code = _code_digest()
        if self.path is not None and self.path.exists():
            rows = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
            self.known = {row["key"]: row["answer"] for row in rows}
            old = sum(row["code"] != code for row in rows)
            if old:
                print(f"note: {old} of {len(rows)} answers in {self.path} are of other code; delete it to refresh")  # noqa: T201
        self.code = code

    def of(self, factories: Sequence[Factory], processes: int) -> list[dict[str, Any]]:
        """An answer for each factory."""
        keys = [content_key(factory) for factory in factories]
        new = {key: factory for key, factory in zip(keys, factories, strict=True) if key not in self.known}
        # Large factories first: the last batches are short, so that no process waits long for the other.
        order = sorted(new, key=lambda key: -len(new[key].entities))
        started, spent = time.monotonic(), 0.0
        work = [(self.engine, [new[key] for key in part]) for part in batches(order, BATCH)]
        with local_pool(min(processes, len(work))) as pool:
            run = map if pool is None else pool.map
            for part, (answers, seconds) in zip(batches(order, BATCH), run(_job, work), strict=True):
                spent += seconds
                self._keep(part, answers)
        if order:
            wall = time.monotonic() - started
            print(f"  {self.engine.name}: {len(order)} factories, {spent:.1f} s of processor, {wall:.1f} s")  # noqa: T201
        return [self.known[key] for key in keys]

    def _keep(self, keys: Sequence[Any], answers: list[dict[str, Any]]) -> None:
        self.known.update(zip(keys, answers, strict=True))
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            for key, answer in zip(keys, answers, strict=True):
                file.write(json.dumps({"key": key, "code": self.code, "answer": answer}) + "\n")


def _code_digest() -> str:
    """Hash of the simulator's source."""
    assert factorion_cli.simulation.__file__ is not None
    files = sorted(Path(factorion_cli.simulation.__file__).parent.rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Verdict:
    """One factory: rates of both engines by sink and the worst relative difference among those that disagree."""

    factory: Factory
    truth: dict[str, Any]
    found: dict[str, Any]
    worst: float
    wrong: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether every sink does."""
        return not self.wrong and self.found["error"] is None


def judge(factory: Factory, truth: dict[str, Any], found: dict[str, Any]) -> Verdict:
    """Hold one answer against the other."""
    wrong, worst = [], 0.0
    for sink, rate in truth["sinks"].items():
        difference = abs(found["sinks"].get(sink, 0.0) - rate)
        if difference > max(TOLERANCE * rate, LEAST):
            wrong.append(sink)
            worst = max(worst, difference / max(rate, LEAST))
    return Verdict(factory, truth, found, worst, tuple(wrong))


def _print_set(name: str, verdicts: list[Verdict]) -> None:
    judged = [verdict for verdict in verdicts if verdict.truth["error"] is None]
    agreeing = sum(verdict.agrees for verdict in judged)
    sinks = [verdict.truth["sinks"] for verdict in judged]
    total = sum(map(len, sinks))
    good = total - sum(len(verdict.wrong) for verdict in judged)
    moving = sum(any(rate > 0 for rate in rates.values()) for rates in sinks)
    print(f"\n{name}: {len(verdicts)} factories, {len(verdicts) - len(judged)} that ticks cannot simulate")  # noqa: T201
    if not judged:
        return
    print(f"  factories that agree   {agreeing:6d} of {len(judged):6d}   {100 * agreeing / len(judged):6.2f} %")  # noqa: T201
    print(f"  sinks that agree       {good:6d} of {total:6d}   {100 * good / max(1, total):6.2f} %")  # noqa: T201
    periodic = sum(verdict.truth.get("period") is not None for verdict in judged)
    print(f"  with an exact period   {periodic:6d} of {len(judged):6d}   {100 * periodic / len(judged):6.2f} %")  # noqa: T201
    print(f"  that move items        {moving:6d} of {len(judged):6d}   {100 * moving / len(judged):6.2f} %")  # noqa: T201
    failed = Counter(verdict.found["error"] for verdict in judged if verdict.found["error"] is not None)
    for error, count in failed.most_common(3):
        print(f"  the engine fails       {count:6d}: {error}")  # noqa: T201
    asked = [verdict.found["metrics"].get("by_ticks", 0.0) for verdict in judged]
    if any(asked):
        print(f"  that asked ticks       {sum(map(bool, asked)):6d}, about {sum(asked):.0f} parts")  # noqa: T201
    high = sum(_total(v.found) > _total(v.truth) for v in judged if not v.agrees)
    print(f"  of the rest, too high  {high:6d} of {len(judged) - agreeing:6d}")  # noqa: T201


def _total(answer: dict[str, Any]) -> float:
    return float(sum(answer["sinks"].values()))


def _print_causes(verdicts: list[Verdict]) -> None:
    """By trait and by bottleneck: how many parts disagree, out of how many, and how much more often than others.

    A large factory has every trait, so factories are taken apart into what exchanges nothing.
    """
    parts = [
        (part, not set(verdict.wrong).isdisjoint(sink.id for sink in part.sinks), verdict)
        for verdict in verdicts
        if verdict.truth["error"] is None
        for part, _ in islands(verdict.factory)
    ]
    failing = sum(wrong for _, wrong, _ in parts)
    print(f"  parts that agree       {len(parts) - failing:6d} of {len(parts):6d}")  # noqa: T201
    if not failing:
        return
    _print_labels("trait", [(traits(part), wrong) for part, wrong, _ in parts])
    says = [({bottleneck_kind(verdict.truth["bottleneck"])}, not verdict.agrees) for verdict in verdicts]
    _print_labels("ticks says", says)


def _print_labels(title: str, rows: list[tuple[set[str], bool]]) -> None:
    present, wrong = Counter[str](), Counter[str]()
    for labels, is_wrong in rows:
        present.update(labels)
        wrong.update(labels if is_wrong else ())
    common = sum(is_wrong for _, is_wrong in rows) / max(1, len(rows))
    print(f"\n{title:46} wrong    of   share   lift")  # noqa: T201
    for label in sorted(wrong, key=lambda label: -wrong[label] * (wrong[label] / present[label]))[:SHOWN]:
        share = wrong[label] / present[label]
        print(f"{label:46} {wrong[label]:5d} {present[label]:5d} {100 * share:5.1f} % {share / common:6.2f}")  # noqa: T201


def _record(verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.factory.id,
        "entities": len(verdict.factory.entities),
        "size": [verdict.factory.width, verdict.factory.height],
        "worst": round(verdict.worst, 4),
        "period": verdict.truth.get("period"),
        "sinks": {
            sink: {"ticks": rate, "engine": verdict.found["sinks"].get(sink), "wrong": sink in verdict.wrong}
            for sink, rate in verdict.truth["sinks"].items()
        },
        "error": verdict.found["error"],
        "metrics": {"ticks": verdict.truth["metrics"], "engine": verdict.found["metrics"]},
        "bottleneck": {"ticks": verdict.truth["bottleneck"], "engine": verdict.found["bottleneck"]},
        "traits": sorted(traits(verdict.factory)),
        "source": verdict.factory.metadata.get("source"),
    }


def _write_worst(path: Path, sets: dict[str, list[Verdict]], most: int) -> None:
    """The worst factories of each set with the rates of every sink."""
    raw = {}
    for name, verdicts in sets.items():
        bad = sorted((v for v in verdicts if not v.agrees and v.truth["error"] is None), key=lambda v: -v.worst)
        raw[name] = [_record(verdict) for verdict in bad[:most]]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(raw, indent=1), encoding="utf-8")


def _write_small(folder: Path, sets: dict[str, list[Verdict]], most: int, engines: tuple[Engine, Engine]) -> None:
    """Smallest factories on which the engines still disagree, from the parts that are smallest to begin with."""

    def disagrees(factory: Factory) -> bool:
        if not factory.sinks:
            return False
        truth, found = (engine.ask([factory])[0] for engine in engines)
        return truth["error"] is None and found["error"] is None and not judge(factory, truth, found).agrees

    folder.mkdir(parents=True, exist_ok=True)
    for name, verdicts in sets.items():
        parts = [
            part
            for verdict in verdicts
            if verdict.wrong
            for part, _ in islands(verdict.factory)
            if not set(verdict.wrong).isdisjoint(sink.id for sink in part.sinks)
        ]
        small = []
        for part in sorted(parts, key=lambda part: len(part.entities))[:most]:
            if disagrees(part):
                shrunk = shrink(part, disagrees)
                rates = [engine.ask([shrunk])[0]["sinks"] for engine in engines]
                small.append({**factory_to_json(shrunk), "ticks": rates[0], "engine": rates[1]})
        path = folder / f"small-{name.replace(' ', '-')}.jsonl"
        path.write_text("".join(json.dumps(raw) + "\n" for raw in small), encoding="utf-8")
        print(f"{len(small)} of the smallest disagreements are in {path}")  # noqa: T201


def _sets(options: argparse.Namespace) -> dict[str, list[Factory]]:
    sets = {}
    if options.truth is not None:
        sets["truth cases without fluids"] = truth_cases(options.truth)
    if options.corpus is not None:
        store = options.cache / f"tasks-{options.tasks}.jsonl"
        sets["mined tasks"] = mined_tasks(options.corpus, options.tasks, store, options.processes)
    first, last = 0, options.random
    if options.seeds is not None:
        first, last = map(int, options.seeds.split(":"))
    if last > first:
        sets["random factories"] = random_factories(first, last)
    return sets


def main(arguments: Sequence[str] | None = None) -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--truth", type=Path, help="folder of the known cases (*.yaml)")
    parser.add_argument("--corpus", type=Path, help="folder of blueprints to mine tasks from")
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--random", type=int, default=0, help="this many random factories")
    parser.add_argument("--seeds", help="A:B, random factories of these seeds")
    parser.add_argument("--engine", type=Engine.parse, default=Engine("flow"))
    parser.add_argument("--ticks", default="160000:40000", help="WARMUP:MEASURE of the tick simulator")
    parser.add_argument("--cache", type=Path, default=Path("build/compare"))
    parser.add_argument("--out", type=Path, default=Path("build/compare/worst.json"))
    parser.add_argument("--most", type=int, default=200, help="factories of each set in --out")
    parser.add_argument("--shrink", type=int, default=0, help="write this many of each set, made as small as can be")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    ticks = Answers(Engine.parse(f"ticks:{options.ticks}"), options.cache)
    other = Answers(options.engine, None)
    sets: dict[str, list[Verdict]] = {}
    for name, factories in _sets(options).items():
        truth = ticks.of(factories, options.processes)
        found = other.of(factories, 1)
        sets[name] = [judge(*row) for row in zip(factories, truth, found, strict=True)]
        _print_set(name, sets[name])
        _print_causes(sets[name])
    _write_worst(options.out, sets, options.most)
    print(f"\nThe worst are in {options.out}.")  # noqa: T201
    if options.shrink:
        _write_small(options.out.parent, sets, options.shrink, (ticks.engine, options.engine))


if __name__ == "__main__":
    main()
