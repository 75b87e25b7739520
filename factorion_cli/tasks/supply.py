"""Which item each inlet of a design brings, so that every machine gets what the design does not make itself.

A belt has two lanes, so an inlet can bring two items at most, a chest one. Every ingredient of every machine has to
come by some inlet that reaches it; inlets that reach the same machines bring the same. Where only one inlet can bring
an ingredient there is no choice; the rest is a greedy cover that prefers one item to a belt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.tasks.flows import ANY, FUEL, NOTHING, Flows, Place
from factorion_cli.tasks.layout import Opening

Need = tuple[int, str]
"""A machine and an item that it needs from outside."""

Ground = Literal["only", "chosen", "spare", "named", "anything"]
"""Why an inlet brings an item: it is the only way in for it; chosen among ways; it is left over and brings more of what
its machines take; a filter names the item; nothing cares what it is."""


class Load(NamedTuple):
    """An item that an inlet brings, and why."""

    item: str
    ground: Ground


Cargo = tuple[tuple[Load | None, ...], ...]
"""What each start of each inlet brings (None: nothing)."""


@dataclass(frozen=True, slots=True)
class Inlet:
    """A way into the design: an open belt head, or a chest (`opening` None) that is only taken from.

    `starts` are the places that it fills: the left and the right lane, or the chest.
    """

    entity: int
    starts: tuple[Place, ...]
    opening: Opening | None


@dataclass(slots=True)
class _Channel:
    """Inlets that reach the same arms by the same lanes.

    `arrivals[i]` are the places at the arms from start i. `lanes` are those in use: its `own`, and where nothing else
    can bring an item the `shared` ones too, on which the design's own products travel.
    """

    needs: frozenset[Need]
    arrivals: tuple[frozenset[Place], ...]
    own: tuple[int, ...]
    shared: tuple[int, ...]
    lanes: tuple[int, ...] = ()
    loads: list[Load] = field(default_factory=list)
    inlets: int = 0
    mixed: bool = False

    @property
    def full(self) -> bool:
        return len(self.loads) >= len(self.lanes) * (self.inlets if self.mixed else 1)

    def cargo(self, inlet: int = 0) -> tuple[Load | None, ...]:
        """The load of each start of one of its inlets, by the lane that it arrives on; each mixed inlet has others."""
        first = inlet * len(self.lanes) if len(self.loads) > len(self.lanes) else 0
        loads = [self.loads[min(first + rank, len(self.loads) - 1)] for rank in range(len(self.lanes))]
        by_lane = dict(zip(self.lanes, loads, strict=True))
        lanes = (_lane_of(start, places, self.lanes) for start, places in enumerate(self.arrivals))
        return tuple(None if lane is None else by_lane[lane] for lane in lanes)


def _lane_of(start: int, places: Iterable[Place], lanes: Iterable[int]) -> int | None:
    """The lane among these on which a start's items arrive at the arms: its own, if they may come on either."""
    able = _lanes(places).intersection(lanes)
    return min(able, key=lambda lane: (lane != start, lane), default=None)


@dataclass(frozen=True, slots=True)
class Supply:
    """What comes in, and the needs that nothing can bring."""

    cargo: Cargo
    unmet: frozenset[Need]


def assign(flows: Flows, inlets: Iterable[Inlet]) -> Supply:
    """Give each inlet its items; inlets that reach no machine bring nothing."""
    channels: dict[object, _Channel] = {}
    keys: list[object] = []
    for inlet in inlets:
        channel = _channel(flows, inlet)
        key = (channel.needs, channel.arrivals)
        channels.setdefault(key, channel).inlets += 1
        keys.append(key)
    feeding = [channel for channel in channels.values() if channel.needs]
    reachable = {need for channel in feeding for need in channel.needs}
    out_of_reach = {(machine, item) for machine, items in flows.needs.items() for item in items} - reachable
    unmet = _load(feeding, reachable)
    hopeless = {machine for machine, _ in unmet | out_of_reach}
    if hopeless:
        # What can work comes first; the others get what there is room for.
        first = {need for need in reachable if need[0] not in hopeless}
        unmet = _load(feeding, first, reachable - first)
    _fill_idle(feeding)
    cargo: list[tuple[Load | None, ...]] = []
    number: Counter[object] = Counter()
    for name in keys:
        channel = channels[name]
        cargo.append(channel.cargo(number[name]) if channel.loads else (None,) * len(channel.arrivals))
        number[name] += 1
    return Supply(tuple(cargo), frozenset(unmet | out_of_reach))


def _channel(flows: Flows, inlet: Inlet) -> _Channel:
    allowed = [flows.wants.get(start, NOTHING) - {ANY} for start in inlet.starts]
    reached = [flows.reach((start,)) if items else set() for start, items in zip(inlet.starts, allowed, strict=True)]
    needs: set[Need] = set()
    arrivals: list[set[Place]] = [set() for _ in inlet.starts]
    reserved: set[Place] = set()
    for delivery in flows.deliveries:
        wanted = delivery.taken(flows.needs[delivery.machine])
        for start, (places, items) in enumerate(zip(reached, allowed, strict=True)):
            met = places.intersection(delivery.places) if wanted & items else ()
            needs.update((delivery.machine, item) for item in wanted & items if met)
            arrivals[start].update(met)
            reserved.update(place for place in met if flows.carries.get(place))
    both, shared = (LEFT, RIGHT), _lanes(reserved)
    used = {lane for start, places in enumerate(arrivals) if (lane := _lane_of(start, places, both)) is not None}
    shared &= used
    return _Channel(
        frozenset(needs), tuple(map(frozenset, arrivals)), tuple(sorted(used - shared)), tuple(sorted(shared))
    )


def _lanes(places: Iterable[Place]) -> set[int]:
    return {place % 2 for place in places}


def _load(channels: list[_Channel], *needs: set[Need]) -> set[Need]:
    """Load empty channels for some needs after the others; returns those that no channel has room for."""
    for channel in channels:
        channel.loads.clear()
        channel.lanes, channel.mixed = channel.own, False
    unmet: set[Need] = set()
    for wanted in needs:
        unmet |= _cover(channels, wanted)
        for channel in channels:
            if unmet & channel.needs:
                channel.lanes = tuple(sorted({*channel.own, *channel.shared}))
        unmet = _cover(channels, unmet)
        for channel in channels:
            channel.mixed |= bool(unmet & channel.needs)
        unmet = _cover(channels, unmet)
    return unmet


def _cover(channels: list[_Channel], needs: Iterable[Need]) -> set[Need]:
    """Fill the channels' loads; returns the needs that no channel has room for."""
    open_needs = set(needs)
    ways = Counter(need for channel in channels for need in channel.needs)
    unmet: set[Need] = set()
    while open_needs:
        choices = {need: _choices(channels, need) for need in sorted(open_needs)}
        stuck = {need for need, found in choices.items() if not found}
        if stuck:
            unmet |= stuck
            open_needs -= stuck
            continue
        chosen, item = _best(channels, {need: found for need, found in choices.items() if len(found) == 1} or choices)
        met = {need for need in channels[chosen].needs if need[1] == item}
        if item not in [load.item for load in channels[chosen].loads]:
            channels[chosen].loads.append(Load(item, "only" if any(ways[need] == 1 for need in met) else "chosen"))
        open_needs -= met
    return unmet


def _choices(channels: list[_Channel], need: Need) -> list[int]:
    return [index for index, channel in enumerate(channels) if need in channel.needs and not channel.full]


def _best(channels: list[_Channel], choices: Mapping[Need, list[int]]) -> tuple[int, str]:
    """The channel to load next, and with what: on lines of its own, fuel last (little of it is wanted), what serves
    most; of equals by the widest way in.
    """
    gain: Counter[tuple[int, str]] = Counter((index, item) for (_, item), found in choices.items() for index in found)
    return min(
        gain,
        key=lambda option: (
            bool(channels[option[0]].shared),
            len(channels[option[0]].loads),
            option[1] == FUEL,
            -gain[option],
            -channels[option[0]].inlets,
            option,
        ),
    )


def _fill_idle(channels: list[_Channel]) -> None:
    """Channels left over bring what those beside them bring: more of the same, but not among the design's products."""
    for channel in channels:
        if not channel.loads and not channel.shared:
            counts = Counter(item for _, item in channel.needs)
            common = sorted(counts, key=lambda item: (-counts[item], item))
            channel.loads.extend(Load(item, "spare") for item in common[: len(channel.lanes)])


def through_cargo(flows: Flows, inlet: Inlet, default: str) -> tuple[Load | None, ...]:
    """What to send through an inlet that leads out of the design again, by way of no machine.

    Items that filters name come first, then `default`; two kinds share a belt lane by lane. Nothing is sent along lines
    that carry the design's own products.
    """
    wanted = [flows.wants.get(start, NOTHING) for start in inlet.starts]
    reached = flows.reach(inlet.starts)
    if not any(wanted) or any(flows.carries.get(place) for place in reached):
        return (None,) * len(inlet.starts)
    items = sorted(set().union(*wanted) - {ANY})
    loads = [Load(item, "named") for item in items]
    if not items or any(ANY in found for found in wanted):
        named = [load for load in loads if load.item != default]
        loads = [*named[: len(inlet.starts) - 1], Load(default, "anything")]
    cargo = tuple(loads[min(lane, len(loads) - 1)] for lane in (LEFT, RIGHT)[: len(inlet.starts)])
    return tuple(load if found else None for load, found in zip(cargo, wanted, strict=True))
