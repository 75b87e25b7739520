"""TOML files and `key=value` overrides: default < file < key=value < flag, unknown keys refused."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from factorion_cli.errors import UsageError

Config = TypeVar("Config", bound=BaseModel)


def load_config(model: type[Config], sources: Iterable[str] = (), flags: Mapping[str, Any] | None = None) -> Config:
    """A validated configuration.

    Args:
        model: what can be set.
        sources: `--config` values in the order given: paths of TOML files, and `key=value` with dots for tables.
            Overrides win over files wherever they stand.
        flags: dotted keys to values from the command line; None means that the flag was not given.

    Raises:
        UsageError: a file that cannot be read, an unknown key, or a value that does not fit.
    """
    values: dict[str, Any] = {}
    given = list(sources)
    for source in given:
        if "=" not in source:
            _merge(values, _read_toml(Path(source)))
    for source in given:
        if "=" in source:
            key, _, text = source.partition("=")
            _put(values, key.strip(), _value(text.strip()))
    for key, value in (flags or {}).items():
        if value is not None:
            _put(values, key, value)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UsageError(_explain(error, model)) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the configuration {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not TOML: {error}") from error


def _value(text: str) -> Any:
    """A TOML value; what is none (such as a bare word) is a string, and `none` is None."""
    if text.lower() == "none":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merge(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping) and isinstance(values.get(key), dict):
            _merge(values[key], value)
        else:
            values[key] = dict(value) if isinstance(value, Mapping) else value


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    for table in tables:
        values = values.setdefault(table, {})
        if not isinstance(values, dict):
            raise UsageError(f"configuration key {key!r}: {table!r} is a value, not a table")
    values[last] = value


def _explain(error: ValidationError, model: type[BaseModel]) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"no configuration key is called {key!r}; there are {', '.join(model.model_fields)}"
    if not key:
        return f"configuration: {first['msg'].removeprefix('Value error, ')}"
    return f"configuration key {key!r} is {first['input']!r}: {first['msg']}"
