"""A factory brought down to the smallest on which two engines still disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from factorion_cli.factory import Factory


def shrink(factory: Factory, disagrees: Callable[[Factory], bool], most_tries: int = 400) -> Factory:
    """The factory less all entities and endpoints that can go while two engines still disagree, in a few passes."""
    pieces = max(1, len(factory.entities) // 2)
    tries = 0
    while tries < most_tries:
        smaller = None
        for candidate in _less(factory, pieces):
            tries += 1
            if tries > most_tries or disagrees(candidate):
                smaller = candidate if tries <= most_tries else None
                break
        if smaller is not None:
            factory = smaller
            pieces = min(pieces, max(1, len(factory.entities) // 2))
        elif pieces == 1:
            return factory
        else:
            pieces = max(1, pieces // 2)
    return factory


def _less(factory: Factory, pieces: int) -> Iterator[Factory]:
    """The factory without `pieces` entities in a row, wherever; then without one endpoint."""
    for first in range(0, len(factory.entities), pieces):
        yield factory.without(range(first, min(len(factory.entities), first + pieces)))
    if pieces == 1:
        for source in factory.sources:
            yield replace(factory, sources=tuple(other for other in factory.sources if other != source))
        if len(factory.sinks) > 1:
            for sink in factory.sinks:
                yield replace(factory, sinks=tuple(other for other in factory.sinks if other != sink))
