"""Where the parties of a flow picture stand: columns from left to right, in an order with few crossings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from factorion_cli.simulation.pictures.trade import Flow, Party

_SWEEPS = 8


def columns_of(flows: Sequence[Flow]) -> list[list[Party]]:
    """Parties by column: each right of what it is made from, sources first, sinks and what piles up last."""
    weights: dict[tuple[Party, Party], float] = {}
    for flow in flows:
        if flow.origin != flow.target:
            key = (flow.origin, flow.target)
            weights[key] = weights.get(key, 0.0) + flow.rate
    parties = sorted({party for pair in weights for party in pair} | {flow.origin for flow in flows})
    forward = _without_cycles(parties, weights)
    column = dict.fromkeys(parties, 0)
    for _ in parties:
        for origin, target in forward:
            column[target] = max(column[target], column[origin] + 1)
    last = 1 + max((column[party] for party in parties if party.role in ("machine", "source")), default=0)
    for party in parties:
        if party.role in ("sink", "store"):
            column[party] = last
        elif party.role == "source":
            # As near to where it goes as it can be: fewer long ribbons.
            column[party] = min([column[target] for origin, target in forward if origin == party], default=1) - 1
    rows = [[party for party in parties if column[party] == index] for index in range(last + 1)]
    return _ordered([row for row in rows if row], weights)


def _without_cycles(
    parties: Sequence[Party], weights: Mapping[tuple[Party, Party], float]
) -> list[tuple[Party, Party]]:
    """The pairs, heaviest first, less those that would close a circle."""
    kept: list[tuple[Party, Party]] = []
    after: dict[Party, set[Party]] = {party: set() for party in parties}

    def leads_to(start: Party, goal: Party) -> bool:
        seen, waiting = {start}, [start]
        while waiting:
            for party in after[waiting.pop()]:
                if party == goal:
                    return True
                if party not in seen:
                    seen.add(party)
                    waiting.append(party)
        return False

    for origin, target in sorted(weights, key=lambda pair: (-weights[pair], pair)):
        if not leads_to(target, origin):
            after[origin].add(target)
            kept.append((origin, target))
    return kept


def _ordered(rows: list[list[Party]], weights: Mapping[tuple[Party, Party], float]) -> list[list[Party]]:
    """Each column sorted by the middle of its neighbours, to and fro."""
    neighbours: dict[Party, list[tuple[Party, float]]] = {}
    for (origin, target), weight in weights.items():
        neighbours.setdefault(origin, []).append((target, weight))
        neighbours.setdefault(target, []).append((origin, weight))
    for _ in range(_SWEEPS):
        place = {party: (index + 0.5) / len(row) for row in rows for index, party in enumerate(row)}

        def middle(party: Party, place: Mapping[Party, float] = place) -> float:
            near = neighbours.get(party, [])
            whole = sum(weight for _, weight in near)
            return sum(place[other] * weight for other, weight in near) / whole if whole else place[party]

        rows = [sorted(row, key=lambda party: (middle(party), party)) for row in rows]
    return rows
