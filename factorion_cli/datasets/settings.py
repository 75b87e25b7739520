"""The options of a build that shape its rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from factorion_cli.errors import UsageError
from factorion_cli.tasks.settings import REMOVALS_PER_WINDOW, MiningSettings

Mods = Literal["skip", "keep", "strip"]
Form = Literal["parquet", "hdf5", "both"]
FORMS: tuple[Form, ...] = ("parquet", "hdf5", "both")
MODS: tuple[Mods, ...] = ("skip", "keep", "strip")
_LEAST = {"window": 4, "seed": 0, "per_window": 1, "max_windows": 1, "per_design": 1, "limit": 1}


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What decides the rows of a dataset, apart from its input.

    Attributes:
        window: largest width and height of a task's factory, in tiles.
        seed: of every random draw; each design has its own stream, so designs do not disturb one another.
        per_window: most throughput tasks with one entity missing per window.
        max_windows: most windows of one design, drawn at random when it has more.
        per_design: most tasks of one design in each config, spread over its windows; None: all.
        limit: use the first so many distinct designs, in reading order; None: all.
        mods: "skip" leaves prints with entities or recipes of mods alone; "keep" uses them, and pieces that hold such a
            one give structural tasks only; "strip" uses them as if those had never been there.
        test_sources: patterns of sources, `*` for anything, whose designs make up the test split; none: families are
            drawn for it by chance.
        licence: licence of the sources that state none, stated in every row.
        form: "parquet", "hdf5" (the dense form only) or "both".
    """

    window: int = 32
    seed: int = 0
    per_window: int = 8
    max_windows: int = 8
    per_design: int | None = None
    limit: int | None = None
    mods: Mods = "skip"
    test_sources: tuple[str, ...] = ()
    licence: str = "unknown"
    form: Form = "parquet"

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise UsageError(f"{name.replace('_', '-')} is {value}, expected {least} or more")
        if self.form not in FORMS:
            raise UsageError(f"format is {self.form!r}, expected one of {', '.join(FORMS)}")
        if self.mods not in MODS:
            raise UsageError(f"mods is {self.mods!r}, expected one of {', '.join(MODS)}")

    def recorded(self) -> dict[str, Any]:
        """What the manifest keeps beside the seed; the form changes no row and is left out."""
        values = asdict(self) | {"test_sources": list(self.test_sources) or None}
        del values["seed"], values["form"]
        return values

    def mining(self) -> MiningSettings:
        """How each design is mined."""
        return MiningSettings(
            window=self.window,
            removals={**REMOVALS_PER_WINDOW, "one": self.per_window},
            max_windows=self.max_windows,
            seed=self.seed,
        )
