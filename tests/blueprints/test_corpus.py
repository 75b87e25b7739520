"""Real blueprints, where there are any: FACTORION_CORPUS, or ../shared/blueprints beside the repository."""

import os
from collections import Counter
from pathlib import Path

import pytest

from factorion_cli.blueprints import Print, Unreadable, read_prints
from factorion_cli.blueprints.inputs import as_factory

_BESIDE = Path(__file__).parents[3] / "shared" / "blueprints"
CORPUS = Path(os.environ.get("FACTORION_CORPUS", _BESIDE / "corpus"))
ODDITIES = CORPUS.parent / "oddities"

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus of real blueprints here (set FACTORION_CORPUS)"),
]


def test_99_percent_of_the_vanilla_prints_become_factories_and_the_rest_has_reasons(record_property) -> None:
    counts: Counter[str] = Counter()
    files: set[str] = set()
    for found in read_prints(CORPUS):
        files.add(found.source.split("#")[0])
        if isinstance(found, Unreadable):
            assert found.reason
            counts[found.kind] += 1
        else:
            counts[_outcome(found)] += 1
    record_property("prints", dict(sorted(counts.items())))
    assert files == {path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file()}
    assert counts["understood"] >= 0.99 * (counts["understood"] + counts["not understood"])
    assert counts["damaged"] == counts["malformed"] == counts["no-string"] == 0


def _outcome(found: Print) -> str:
    if found.modded:
        return "modded"
    return "not understood" if isinstance(as_factory(found), Unreadable) else "understood"


@pytest.mark.skipif(not ODDITIES.is_dir(), reason="no folder of oddities beside the corpus")
@pytest.mark.parametrize("path", sorted(ODDITIES.glob("*")), ids=lambda path: path.name)
def test_each_oddity_yields_what_it_holds_or_a_reason(path: Path) -> None:
    outcomes = {found.kind if isinstance(found, Unreadable) else _outcome(found) for found in read_prints(path)}
    expected = {
        "corrupt": "damaged", "deconstruction": "planner", "upgrade": "planner", "empty": "empty",
        "tiles": "tiles-only", "modded": "modded",
    }  # fmt: skip
    assert expected.get(path.name.split("_")[0], "understood") in outcomes
