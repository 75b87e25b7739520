"""What research changes in the hands of arms."""

import pytest

from factorion_cli.factory import Entity, Factory
from factorion_cli.simulation import throughput
from factorion_cli.simulation.research import hand_of


@pytest.mark.parametrize(
    ("name", "research", "hand"),
    [
        ("inserter", {}, 1),
        ("fast-inserter", {"inserter_stack_size_bonus": 2}, 3),
        ("bulk-inserter", {}, 2),
        ("bulk-inserter", {"inserter_stack_size_bonus": 2, "bulk_inserter_capacity_bonus": 11}, 12),
        ("stack-inserter", {"bulk_inserter_capacity_bonus": 1}, 6),
        ("stack-inserter", {"bulk_inserter_capacity_bonus": 11}, 16),
    ],
)
def test_hands_grow_with_research(name: str, research: dict[str, float], hand: int) -> None:
    assert hand_of(Entity(name), research) == hand


def test_an_arms_own_hand_stands_above_research() -> None:
    assert hand_of(Entity("inserter", stack_size=1), {"inserter_stack_size_bonus": 3}) == 1


@pytest.mark.parametrize(
    ("research", "word"),
    [
        ({"speed": 1}, "'speed' is unknown"),
        ({"mining_productivity": -1}, "expected 0"),
        ({"mining_productivity": float("nan")}, "nan"),
    ],
)
def test_unknown_and_impossible_research_is_named(research: dict[str, float], word: str) -> None:
    assert word in (throughput([Factory(2, 2, research=research)])[0].error or "")
