"""Where the flow engine knows that it cannot know: rates that moments decide, and the sinks that hang on them.

Two kinds of structures are doubted. Arms whose pace depends on when things come and not only on how many: whether that
matters to a sink is found by solving again with some of them faster and others slower. And places at which a moment
decides once for all, such as a mixture that has jammed: all sinks of the part that they are in are doubted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from factorion_cli.arrays import LongArray, MaskArray
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.batch import FactoryBatch, item_names
from factorion_cli.simulation.decisions import ENDLESS_SLOTS, PICK_PATIENCE
from factorion_cli.simulation.flow_layout import LIVE, STORE, SWITCH, UNEVEN, WORKER, FlowState
from factorion_cli.simulation.flow_trial import Solve, alone
from factorion_cli.simulation.solved import Flows, Solved, kinds, parts, sinks_of, solved

Doubts = dict[int, tuple[str, ...]]
"""Why sinks are in doubt, by number of the sink; those that are not are left out."""

PACES = ((1.6, 0.6), (0.6, 1.6))
"""What the turns of doubted arms are made longer by, every other arm by the first: twice, each way round.

Arms that were found to be off were off by up to about that; all of them faster together would hide who takes from whom.
"""

MATTERS, LEAST = 0.01, 0.005
"""By how much of its rate, and by how many items per second at least, a sink has to change for an arm to matter."""

HALF_FULL = 0.5
"""From that part of what a lane carries on, an arm with a hand of several waits for gaps."""

LONG_TICKS = 60_000
"""A chest that is full sooner than that does not fill for ever."""


def doubts(batch: FactoryBatch, number: int, rates: Flows, state: FlowState, solve: Solve) -> Doubts:
    """Why rates of one factory are in doubt; `rates` and `state` are those that it was just solved with.

    Afterwards the working memory holds something else.
    """
    found = solved(batch, number, state)
    span = batch.spans[number]
    arms = {name: np.flatnonzero(mask) for name, mask in doubted_arms(found, _room(found, batch, number)).items()}
    places = {name: np.flatnonzero(mask) for name, mask in doubted_places(found).items()}
    if not any(map(len, (*arms.values(), *places.values()))):
        return {}
    part = parts(found)
    if number in batch.energies:
        # Networks of power and heat join what passes no items.
        part[:] = 0
    rows = np.unique(np.concatenate([found.hands["row"][hands] for hands in arms.values()]))
    here = {name: set(part[elements].tolist()) for name, elements in places.items()}
    by_arms = {name: set(part[found.hands["to"][hands]].tolist()) for name, hands in arms.items()}
    sinks = sinks_of(found, int(span["first"]), int(span["end"]))
    own = {sink: int(part[element]) for sink, element in sinks.items()}
    hang = _hang_on(batch, number, rates, rows, solve) if len(rows) else np.zeros(int(span["sinks"]), bool)
    told = {sink: _names(here, of) + (_names(by_arms, of) if hang[sink] else ()) for sink, of in own.items()}
    return {sink: tuple(sorted(set(names))) for sink, names in told.items() if names}


def _names(reasons: Mapping[str, set[int]], part: int) -> tuple[str, ...]:
    return tuple(name for name, within in reasons.items() if part in within)


def doubted_arms(found: Solved, room: Flows) -> dict[str, MaskArray]:
    """(H,) which arms at work go at a pace that moments decide, by reason.

    `room`: (E,) seconds until a chest is full.
    """
    elements, hands, arms, belt = found.elements, found.hands, found.arms, found.belt
    near, to, several = hands["near"], hands["to"], hands["holds"] > 1
    from_belt, onto_belt = belt[near], belt[to]
    uneven = belt & (elements["burst"] > UNEVEN)
    flow = found.inflow.sum(axis=1)[to]
    busy = (flow > HALF_FULL * elements["most"][to]) & (elements["gives"][near] < 0)
    passing = hands["passing"].sum(axis=1)
    patient = found.rows["full_hand"][hands["row"]] == 1
    waits = several & (patient | (passing < 60.0 / PICK_PATIENCE))
    choosy = ((elements["kind"][near] == WORKER) & (kinds(found.could) > 1)) | (
        (elements["kind"][to] == STORE) & (kinds(found.offers) > 1)
    )
    mixed = found.picks_at(belt & (kinds(found.supply) > 1)) | (from_belt & several & (kinds(found.could) > 1))
    return {
        # What it catches depends on where in its turn things come, which swings before it have decided.
        "catching": arms & (passing > LIVE) & (onto_belt | found.picks_at(uneven) | waits),
        # Gaps are where earlier hands left them: its wait is a matter of phase.
        "laying": arms & onto_belt & (flow - found.laid.sum(axis=1) > LIVE) & (from_belt | (found.stores[near] & busy)),
        # A source fills its tile anew behind the last item that was taken.
        "source": arms & several & found.picks_at(belt & (elements["gives"] >= 0) & (found.room > LIVE)),
        # Which item comes next is the order in which they lie; a hand takes one kind.
        "mixture": arms & mixed,
        # What is laid on a ring meets itself again.
        "ring": arms & found.picks_at(belt & (elements["loops"] > 0)),
        # Products or ingredients come through it in bursts, not as shares of its time.
        "several": arms & choosy,
        # The flow of rates never fills a chest.
        "filling": arms & (room[to] < LONG_TICKS / 60),
    }


def doubted_places(found: Solved) -> dict[str, MaskArray]:
    """(E,) where a moment decides once for all, by reason."""
    elements, belt = found.elements, found.belt
    possible, live = kinds(found.supply), kinds(found.inflow)
    mixed = np.zeros(len(elements), bool)
    switches = np.flatnonzero(elements["kind"] == SWITCH)
    sides = np.stack([elements["in_left"][switches], elements["in_right"][switches]])
    mixed[switches] = kinds(found.supply[sides].sum(axis=0)) > 1
    return {
        # Whether it blocks depends on what came round when there was room.
        "mixed ring": belt & (elements["loops"] > 0) & (possible > 1),
        # What came first to where only one of them goes on, and how much before all stood still.
        "jam": belt & (live <= 1) & (possible > 1),
        # Which of the items goes which way is the order in which they come.
        "mixed splitter": mixed,
        # Of a hand that comes close together an arm gets what those before it happen to leave.
        "bursts": belt & (elements["burst"] > UNEVEN) & found.picked,
    }


def _room(found: Solved, batch: FactoryBatch, number: int) -> Flows:
    """(E,) seconds until a chest that gets more than is taken from it is full; without end for all others."""
    elements, hands = found.elements, found.hands
    seconds = np.full(len(elements), np.inf)
    chests = (elements["kind"] == STORE) & (elements["sink"] < 0) & (elements["gives"] < 0) & (elements["row"] >= 0)
    for chest in np.flatnonzero(chests).tolist():
        grows = found.inflow[chest] - found.takes[hands["near"] == chest].sum(axis=0)
        index = int(found.rows["index"][elements["row"][chest]])
        slots = _slots(batch, number, index) if (grows > LIVE).any() else ENDLESS_SLOTS
        seconds[chest] = slots / max(float(np.maximum(grows, 0.0) @ _slots_each(batch, number)), LIVE / ENDLESS_SLOTS)
    return seconds


def _slots(batch: FactoryBatch, number: int, index: int) -> int:
    """Slots of a chest that may be filled."""
    entity = batch.factories[number].entities[index]
    slots = entity.prototype.slots or ENDLESS_SLOTS
    return slots if entity.bar is None else min(slots, max(0, entity.bar))


def _slots_each(batch: FactoryBatch, number: int) -> Flows:
    """(items,) part of a slot that one piece takes; fluids are not in chests."""
    base, count = int(batch.spans[number]["item_base"]), int(batch.spans[number]["items"])
    items = load_table().items
    names = [item_names()[item] for item in batch.items[base : base + count]]
    return np.array([1.0 / items[name].stack_size if name in items else 0.0 for name in names])


def _hang_on(batch: FactoryBatch, number: int, rates: Flows, arms: LongArray, solve: Solve) -> MaskArray:
    """(sinks,) which sinks get more or less when the turns of these arms, rows of the batch, take another time."""
    span = batch.spans[number]
    sinks, base = int(span["sinks"]), int(span["rates"])
    size = 2 * sinks * int(span["items"])
    before = rates[base : base + size].reshape(sinks, -1).sum(axis=1)
    changed = np.zeros(sinks, bool)
    one, mine = alone(batch, number), arms - int(span["first"])
    usual = one.rows[mine]
    for pace in PACES:
        turns = np.resize(pace, len(mine))
        one.rows["half_ticks"][mine] = usual["half_ticks"] * turns
        one.rows["catch_ticks"][mine] = usual["catch_ticks"] * turns
        flow, _ = solve(one)
        after = flow.rates[:size].reshape(sinks, -1).sum(axis=1)
        changed |= (np.abs(after - before) > np.maximum(LEAST, MATTERS * before)) | (flow.rounds[0] == 0)
    return changed
