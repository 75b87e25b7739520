"""Conditions choose exactly the rows that they name, and wrong ones are refused with what is expected."""

from __future__ import annotations

import pyarrow as pa
import pytest

from factorion_cli.datasets.filters import Condition, columns_of, matching, parse_conditions
from factorion_cli.errors import UsageError

TABLE = pa.table(
    {
        "level": pa.array([3, 4, 3, 5], pa.int8()),
        "category": ["smelting", "circuits", "belts", "smelting"],
        "throughput_reference": [0.5, 1.0, 15.0, 30.0],
        "redundant": [False, True, False, False],
        "hand": [["inserter"], ["inserter", "transport-belt"], [], ["fast-inserter"]],
        "title": ["Iron", "Green IRON", "", "Copper"],
    }
)


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        (["level=3"], [0, 2]),
        (["level=3,5"], [0, 2, 3]),
        (["level!=3"], [1, 3]),
        (["category=smelting", "throughput_reference>1"], [3]),
        (["throughput_reference >= 1"], [1, 2, 3]),
        (["throughput_reference<=0.5"], [0]),
        (["redundant=true"], [1]),
        (["hand=inserter"], [0, 1]),
        (["hand!=inserter"], [2, 3]),
        (["hand~inserter"], [0, 1, 3]),
        (["title~iron"], [0, 1]),
        (["title="], [2]),
        ([], [0, 1, 2, 3]),
    ],
)
def test_conditions_choose_rows(texts: list[str], rows: list[int]) -> None:
    conditions = parse_conditions(texts)
    assert matching(TABLE, conditions).nonzero()[0].tolist() == rows
    assert matching(TABLE.slice(1), conditions).nonzero()[0].tolist() == [row - 1 for row in rows if row]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("level", "is no condition"),
        ("levle=3", "no column to choose by is called 'levle', expected one of id, kind, level"),
        ("entities=3", "no column to choose by"),
        ("level=three", "expected a number, found 'three'"),
        ("redundant=1", "expected true or false"),
        ("category>3", "> compares a number, but category is string"),
        ("level~3", "~ compares text, but level is int8"),
    ],
)
def test_wrong_conditions_say_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Condition.parse(text)


def test_columns_are_listed_once() -> None:
    assert columns_of(parse_conditions(["level>2", "category=belts", "level<5"])) == ("level", "category")
