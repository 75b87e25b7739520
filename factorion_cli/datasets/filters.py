"""Choosing tasks by what their columns say: `level=3`, `category=smelting,circuits`, `throughput_reference>1`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.arrays import MaskArray
from factorion_cli.datasets.schema import column_table
from factorion_cli.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_SHAPE = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>|~)\s*(.*?)\s*", re.DOTALL)
_KINDS = {name: kind for name, kind, *_ in column_table()}
_WORDS = ("string", "list<string>")
_UNFIT = ("binary", "list<int32>")
_ORDERINGS: dict[str, Callable[[Any, Any], MaskArray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a column; `values` are what it is compared with, of which one has to fit (for != none).

    Attributes:
        column: name in the schema.
        operator: = or != (equal to one of the values), < <= > >= (numbers), ~ (contains, whatever the case).
        values: as written, split at commas; numbers where the column holds such.
    """

    column: str
    operator: str
    values: tuple[Any, ...]

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read `COLUMN OPERATOR VALUE[,VALUE...]`.

        >>> Condition.parse("category=smelting,circuits")
        Condition(column='category', operator='=', values=('smelting', 'circuits'))

        Raises:
            UsageError: another form, an unknown column, or a value that the column cannot hold.
        """
        found = _SHAPE.fullmatch(text)
        if found is None:
            raise UsageError(f"{text!r} is no condition, expected COLUMN=VALUE, or !=, <, <=, >, >= or ~ instead of =")
        column, operator, value = found.groups()
        kind = _KINDS.get(column)
        if kind is None or kind in _UNFIT:
            usable = ", ".join(name for name, kind in _KINDS.items() if kind not in _UNFIT)
            raise UsageError(f"{text!r}: no column to choose by is called {column!r}, expected one of {usable}")
        values = (value,) if operator in ("~", *_ORDERINGS) else tuple(part.strip() for part in value.split(","))
        if (operator == "~") != (kind in _WORDS) and operator not in ("=", "!="):
            meant = "text" if operator == "~" else "a number"
            raise UsageError(f"{text!r}: {operator} compares {meant}, but {column} is {kind}")
        return cls(column, operator, tuple(_value(part, kind, text) for part in values))

    def mask(self, column: pa.ChunkedArray) -> MaskArray:
        """(N,) bool: which rows of the column fit. Of a list, one element has to."""
        if _KINDS[self.column] == "list<string>":
            return self._mask_of_lists(column.combine_chunks())
        return self._mask_of(np.asarray(column.to_numpy()))

    def _mask_of_lists(self, lists: Any) -> MaskArray:
        positive = Condition(self.column, "=" if self.operator == "!=" else self.operator, self.values)
        elements = np.asarray(lists.flatten().to_numpy(zero_copy_only=False), dtype=object)
        owners = np.asarray(lists.value_parent_indices())
        fits: MaskArray = np.zeros(len(lists), np.bool_)
        fits[owners[positive._mask_of(elements)]] = True
        return ~fits if self.operator == "!=" else fits

    def _mask_of(self, values: Any) -> MaskArray:
        if self.operator in _ORDERINGS:
            return _ORDERINGS[self.operator](values, self.values[0])
        if self.operator == "~":
            wanted = str(self.values[0]).lower()
            return np.array([wanted in str(value).lower() for value in values], np.bool_)
        fits = np.isin(values.astype(object) if values.dtype == object else values, self.values)
        return ~fits if self.operator == "!=" else fits

    def __str__(self) -> str:
        return f"{self.column}{self.operator}{','.join(map(str, self.values))}"


def _value(text: str, kind: str, where: str) -> Any:
    if kind in _WORDS:
        return text
    if kind == "bool":
        if text.lower() not in ("true", "false"):
            raise UsageError(f"{where!r}: expected true or false, found {text!r}")
        return text.lower() == "true"
    try:
        number = float(text)
    except ValueError:
        raise UsageError(f"{where!r}: expected a number, found {text!r}") from None
    return int(number) if number.is_integer() else number


def parse_conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """Every condition of a command line; errors as `Condition.parse`."""
    return tuple(Condition.parse(text) for text in texts)


def columns_of(conditions: Sequence[Condition]) -> tuple[str, ...]:
    """The columns that the conditions look at, each once."""
    return tuple(dict.fromkeys(condition.column for condition in conditions))


def matching(table: pa.Table, conditions: Sequence[Condition]) -> MaskArray:
    """(N,) bool: rows that fit all conditions."""
    fits: MaskArray = np.ones(table.num_rows, np.bool_)
    for condition in conditions:
        fits &= condition.mask(table.column(condition.column))
    return fits
