"""All questions put to a game, the known cases built in it, and the report of both."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from factorion_cli import __version__
from factorion_cli.doctor.calibration import behaviour, wire
from factorion_cli.doctor.calibration.bench import Answer, Bench
from factorion_cli.errors import FactorionError
from factorion_cli.factory import Factory
from factorion_cli.servers.modding import write_whole
from factorion_cli.servers.parity import WRONG, Parity, compare

QUESTIONS: tuple[Callable[[Bench], Answer], ...] = (
    wire.round_trips,
    wire.long_command,
    wire.large_reply,
    wire.order_of_commands,
    wire.ticks_to_run,
    behaviour.walking,
    behaviour.crafting,
    behaviour.mining,
    behaviour.item_counts,
    behaviour.json_forms,
    behaviour.error_texts,
    behaviour.texts,
    behaviour.surfaces,
    behaviour.destroyed_while_paused,
)
WARMUP_TICKS, MEASURE_TICKS = 3600, 7200
FILES = ("calibration.md", "calibration.json")
_MARKS = {True: "yes", False: "**NO**", None: ""}


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a game did.

    Attributes:
        game: which.
        answers: to the questions.
        cases: known cases, built and measured there.
    """

    game: str
    answers: tuple[Answer, ...]
    cases: tuple[Parity, ...]

    @property
    def disagreements(self) -> list[str]:
        """What is not as this project takes it to be."""
        answered = [f"question {each.number}: {each.question}" for each in self.answers if each.agrees is False]
        return answered + [f"case {case.id}" for case in self.cases if case.verdict in WRONG]


def calibrate(bench: Bench, cases: Sequence[Factory], tell: Callable[[str], None] = lambda _text: None) -> Calibration:
    """Put all questions and cases to a game.

    Args:
        bench: the game; its labs and its character are used.
        cases: factories to build, measure and compare with the simulator.
        tell: told what comes next.
    """
    answers = []
    for question in QUESTIONS:
        tell((question.__doc__ or "").partition("\n")[0])
        answers.append(_asked(question, bench))
    found = []
    bench.live.clean()
    for number, case in enumerate(compare(bench.live, cases, WARMUP_TICKS, MEASURE_TICKS), start=1):
        found.append(case)
        tell(f"case {number} of {len(cases)}: {case.id}")
    bench.live.clean()
    return Calibration(bench.name, tuple(answers), tuple(found))


def _asked(question: Callable[[Bench], Answer], bench: Bench) -> Answer:
    """An answer, or what went wrong: one question must not cost the others."""
    try:
        return question(bench)
    except (FactorionError, LookupError, ValueError, StopIteration) as error:
        words = (question.__doc__ or "").rstrip(".")
        number, _, rest = words.partition(": ")
        return Answer(int(number), rest, f"failed: {type(error).__name__}: {error}", "an answer", False)


def write_calibration(found: Calibration, folder: Path) -> list[Path]:
    """Write the report as Markdown and as JSON; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = ("\n".join(_markdown(found)) + "\n", json.dumps(_document(found), indent=1) + "\n")
    paths = [folder / name for name in FILES]
    for path, text in zip(paths, texts, strict=True):
        write_whole(path, text.encode())
    return paths


def _document(found: Calibration) -> dict[str, object]:
    return {
        "schema_version": 1,
        "factorion": __version__,
        "game": found.game,
        "answers": [asdict(answer) for answer in found.answers],
        "cases": [case.to_json() for case in found.cases],
        "disagreements": found.disagreements,
    }


def _markdown(found: Calibration) -> Iterator[str]:
    yield f"# Calibration of {found.game}"
    yield ""
    yield f"By factorion {__version__}. What is relied on and is not so: {len(found.disagreements)}."
    yield ""
    yield "| | question | found | relied on | so |"
    yield "|---|---|---|---|---|"
    for answer in found.answers:
        cells = (answer.question, answer.found, answer.relied_on, _MARKS[answer.agrees])
        yield f"| {answer.number} | " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    yield ""
    counts = Counter(case.verdict for case in found.cases)
    yield f"## Known cases: {len(found.cases)}"
    yield ""
    yield ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "none was built"
    for case in found.cases:
        if case.verdict in WRONG:
            yield f"- **{case.id}** {case.verdict}: {'; '.join([*map(str, case.sinks), *case.reasons])}"
