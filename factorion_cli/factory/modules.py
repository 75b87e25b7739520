"""Names of modules with their quality: `speed-module-3`, or `speed-module-3@legendary` for any but normal ones."""

from __future__ import annotations

NORMAL = "normal"


def module_parts(module: str) -> tuple[str, str]:
    """Item name and quality of a module.

    >>> module_parts("speed-module-3@rare"), module_parts("speed-module")
    (('speed-module-3', 'rare'), ('speed-module', 'normal'))
    """
    name, _, quality = module.partition("@")
    return name, quality or NORMAL


def with_quality(name: str, quality: str) -> str:
    """A module of some quality, as factories name it.

    >>> with_quality("speed-module", "normal"), with_quality("speed-module", "epic")
    ('speed-module', 'speed-module@epic')
    """
    return name if quality == NORMAL else f"{name}@{quality}"
