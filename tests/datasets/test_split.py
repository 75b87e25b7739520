"""Splits go by the family's name alone."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from factorion_cli.datasets.schema import SPLITS
from factorion_cli.datasets.split import split_of


@settings(max_examples=50)
@given(st.text())
def test_every_family_has_one_split(family: str) -> None:
    assert split_of(family) in SPLITS
    assert split_of(family) == split_of(family)


def test_shares_are_eight_one_one() -> None:
    counts = Counter(split_of(f"family-{number}") for number in range(5000))
    assert 0.78 < counts["train"] / 5000 < 0.82
    assert 0.08 < counts["validation"] / 5000 < 0.12
    assert 0.08 < counts["test"] / 5000 < 0.12
