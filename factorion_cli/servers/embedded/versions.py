"""Versions as the game compares them."""

from __future__ import annotations

from factorion_cli.servers.embedded.values import ApiError


def parts_of(version: str) -> tuple[int, ...]:
    """The three numbers of a version; missing ones are 0."""
    parts = version.split(".")
    if len(parts) > 3 or not all(part.isdigit() for part in parts):
        raise ApiError(f"{version!r} is no version like 2.0.76")
    return tuple(int(part) for part in [*parts, "0", "0"][:3])


def compared(first: str, second: str) -> int:
    """1, 0 or -1 as the first version is newer than, the same as or older than the second.

    >>> compared("2.1.7", "2.1.0"), compared("2.0", "2.0.0"), compared("2.0.75", "2.1.0")
    (1, 0, -1)
    """
    one, other = parts_of(first), parts_of(second)
    return (one > other) - (one < other)
