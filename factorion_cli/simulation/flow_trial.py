"""One factory solved by the flow engine at given shares of power and heat, and what it then draws and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray, LongArray
from factorion_cli.simulation.batch import ARM, FactoryBatch, item_names
from factorion_cli.simulation.flow_energy import Energy, Generator
from factorion_cli.simulation.flow_layout import COULD, HANDS, STRETCH, TAKES, FlowState
from factorion_cli.simulation.grids import Draw
from factorion_cli.simulation.layout import RecordArray

if TYPE_CHECKING:
    from factorion_cli.simulation.flowing import FlowRates

Watts = NDArray[np.float64]
Shares = NDArray[np.float64]
Solve = Callable[[FactoryBatch], "tuple[FlowRates, FlowState]"]
"""Solves a batch of one factory; the working memory still holds its flows."""

LEAST_SHARE = 1e-4
"""At less power than that nothing moves."""

STINTED = 0.01
"""Part by which more has to be there than an arm takes if it leaves something behind."""

TEMPERATURE_ROUNDS = 8
"""How often pools that are pumped into each other are mixed."""


@dataclass(frozen=True, slots=True, eq=False)
class Settings:
    """At which shares a factory is solved.

    Attributes:
        shares: (consumers,) share of its full power that each gets while it works.
        full: (consumers,) share of that time in which it gets all of it.
        asked: (networks,) share of what they could take in that generators ask for.
        heat: (heat networks,) share of their full heat that exchangers get.
    """

    shares: Shares
    full: Shares
    asked: Shares
    heat: Shares


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What a factory does at these settings.

    Attributes:
        rates: as in FlowRates, of this factory.
        crafts: (rows,) per second.
        plans: (rows,) what is crafted, a plan of the batch; -1 for nothing, and for generators.
        rounds: how many it took; 0: too many.
        busy: (rows,) share of the time that a machine crafts.
        working: (consumers,) share of the time that each draws its power.
        got: (generators,) units per second that generators got.
        worth: (generators,) watts from a unit per second.
        heated_w, cooled_w: (heat networks,) what reactors give and what exchangers take.
    """

    rates: NDArray[np.float64]
    crafts: NDArray[np.float64]
    plans: IntArray
    rounds: int
    busy: NDArray[np.float64]
    working: NDArray[np.float64]
    got: NDArray[np.float64]
    worth: NDArray[np.float64]
    heated_w: Watts
    cooled_w: Watts


class Trial:
    """A factory of a batch, with plans of its own for each machine that runs at a share."""

    def __init__(self, batch: FactoryBatch, number: int, energy: Energy, solve: Solve) -> None:
        self.energy, self._solve = energy, solve
        self._alone = alone(batch, number)
        self._items = int(self._alone.spans[0]["items"])
        self._base = self._alone.rows.copy()
        self._owners, self._full, self._origins = self._own_plans()
        consumers = energy.consumers
        machines = np.flatnonzero(consumers.kind == Draw.MACHINE)
        self._machines = machines
        self._arms = np.flatnonzero(consumers.kind == Draw.ARM)
        self._pumps = np.flatnonzero((consumers.kind == Draw.PUMP) & (consumers.place >= 0))
        self._rates = self._alone.links["rate"].copy()

    def _own_plans(self) -> tuple[LongArray, NDArray[np.float64], LongArray]:
        """Give each machine that runs at a share plans of its own: their rows, full speeds and first numbers."""
        energy, rows, plans = self.energy, self._base, self._alone.plans
        consumers = energy.consumers
        shared = [*consumers.place[consumers.kind == Draw.MACHINE].tolist()]
        shared += [heater.row for heater in energy.heaters if heater.takes]
        owners: list[int] = []
        origins: list[int] = []
        choices = self._alone.choices
        for row in shared:
            if rows[row]["plan"] >= 0:
                origins.append(int(rows[row]["plan"]))
                rows[row]["plan"] = len(plans) + len(owners)
                owners.append(row)
            elif rows[row]["choice"] >= 0:
                first = int(rows[row]["choice"])
                own = choices[first : first + len(item_names())].copy()
                taken = np.flatnonzero(own >= 0)
                origins += own[taken].tolist()
                own[taken] = len(plans) + len(owners) + np.arange(len(taken))
                owners += [row] * len(taken)
                rows[row]["choice"] = len(choices)
                choices = np.concatenate([choices, own])
        own_plans = np.concatenate([plans[origins], _generator_plans(energy.generators, plans)])
        for number, generator in enumerate(energy.generators):
            rows[generator.row]["plan"] = len(plans) + len(owners) + number
        full = own_plans["crafts"].copy()
        owners += [generator.row for generator in energy.generators]
        origins += [-1] * len(energy.generators)
        self._alone = replace(self._alone, plans=np.concatenate([plans, own_plans]), choices=choices)
        self._first_own = len(plans)
        return np.array(owners, np.int64), full, np.array(origins, np.int64)

    def run(self, settings: Settings) -> Outcome:
        """Solve it at these shares."""
        speeds = self._set(settings)
        flow, state = self._solve(self._alone)
        busy = np.zeros(len(self._base))
        works = flow.plans >= 0
        busy[works] = np.minimum(1.0, flow.crafts[works] / self._alone.plans["crafts"][flow.plans[works]])
        heated, cooled = self._heat(busy, speeds)
        moved = _moved(state, self._items)
        return Outcome(
            rates=flow.rates,
            crafts=flow.crafts,
            plans=self._batch_plans(flow.plans),
            rounds=int(flow.rounds[0]),
            busy=busy,
            working=self._working(busy, _duties(state, self._alone.rows, self._items), moved),
            got=np.array([flow.crafts[generator.row] for generator in self.energy.generators]),
            worth=self._worth(moved),
            heated_w=heated,
            cooled_w=cooled,
        )

    def _batch_plans(self, plans: IntArray) -> IntArray:
        """Of each plan of its own, the plan that it was made from."""
        known = plans.copy()
        own = plans >= self._first_own
        known[own] = self._origins[plans[own] - self._first_own]
        return known

    def _set(self, settings: Settings) -> NDArray[np.float64]:
        """Bring the arrays to these shares; the share of full speed of each row."""
        energy, rows, consumers = self.energy, self._alone.rows, self.energy.consumers
        shares, speeds = settings.shares, np.ones(len(rows))
        # A beacon helps less at less power, too.
        beacons = consumers.beacon_share * (1 - shares)
        machines, arms = self._machines, self._arms
        speeds[consumers.place[machines]] = (shares * (1 - beacons))[machines]
        speeds[consumers.place[arms]] = shares[arms]
        for heater in energy.heaters:
            if heater.takes:
                speeds[heater.row] = settings.heat[heater.network]
        for generator in energy.generators:
            speeds[generator.row] = settings.asked[generator.network]
        self._alone.plans["crafts"][self._first_own :] = self._full * np.maximum(LEAST_SHARE, speeds[self._owners])
        dark = speeds < LEAST_SHARE
        for name in ("plan", "choice"):
            rows[name] = np.where(dark, -1, self._base[name])
        self._set_arms(settings)
        links = self._alone.links
        pumps = self._pumps
        links["rate"][consumers.place[pumps]] = (self._rates[consumers.place[pumps]]) * shares[pumps]
        return speeds

    def _set_arms(self, settings: Settings) -> None:
        """Swings take longer: whole ticks at less than full power, half a tick more on average; without any no end."""
        places, rows, base = self.energy.consumers.place[self._arms], self._alone.rows, self._base
        share = np.maximum(LEAST_SHARE, settings.shares[self._arms])
        rounding = 0.5 * (1 - settings.full[self._arms])
        half = base["half_ticks"][places] / share + rounding
        shorter = np.maximum(1, base["half_ticks"][places] - base["catch_ticks"][places]) / share + rounding
        rows["half_ticks"][places] = np.where(settings.shares[self._arms] < LEAST_SHARE, 0, half)
        rows["catch_ticks"][places] = half - shorter

    def _working(
        self, busy: NDArray[np.float64], duties: NDArray[np.float64], moved: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        consumers = self.energy.consumers
        working = np.ones(len(consumers.kind))
        working[self._machines] = busy[consumers.place[self._machines]]
        working[self._arms] = duties[consumers.place[self._arms]]
        working[consumers.kind == Draw.PUMP] = 0.0
        hands = _link_hands(self._alone.links)[consumers.place[self._pumps]]
        working[self._pumps] = (moved[hands] > 0) & (hands >= 0)
        return working

    def _worth(self, moved: NDArray[np.float64]) -> NDArray[np.float64]:
        """Watts from a unit per second of what each generator takes in, as hot as what comes into its pool."""
        energy = self.energy
        hands = _link_hands(self._alone.links)
        amount = {inflow.link: float(moved[hands[inflow.link]]) for inflow in energy.inflows}
        degrees: dict[int, float] = {}
        for _ in range(TEMPERATURE_ROUNDS):
            mixed: dict[int, tuple[float, float]] = {}
            for inflow in energy.inflows:
                own = degrees.get(inflow.source) if inflow.degrees is None else inflow.degrees
                # What stands still is as hot as what would come first.
                weight = max(amount[inflow.link], 1e-9)
                if own is not None:
                    heat, whole = mixed.get(inflow.pool, (0.0, 0.0))
                    mixed[inflow.pool] = heat + own * weight, whole + weight
            degrees = {pool: heat / whole for pool, (heat, whole) in mixed.items()}
        return np.array([one.watts(degrees.get(one.pool, 0.0)) for one in energy.generators])

    def _heat(self, busy: NDArray[np.float64], speeds: NDArray[np.float64]) -> tuple[Watts, Watts]:
        count = max((heater.network for heater in self.energy.heaters), default=-1) + 1
        given, taken = np.zeros(count), np.zeros(count)
        for heater in self.energy.heaters:
            if heater.takes:
                taken[heater.network] += heater.power_w * busy[heater.row] * speeds[heater.row]
            else:
                bonus = heater.bonus * sum(busy[other] for other in heater.beside)
                given[heater.network] += heater.power_w * busy[heater.row] * (1 + bonus)
        return given, taken


def alone(batch: FactoryBatch, number: int) -> FactoryBatch:
    """A batch of one factory of this batch, its rows and links counted from 0."""
    span = batch.spans[number]
    rows = batch.rows[int(span["first"]) : int(span["end"])].copy()
    links = batch.links[int(span["first_link"]) : int(span["end_link"])].copy()
    links["machine"] = np.where(links["machine"] >= 0, links["machine"] - span["first"], -1)
    items = batch.items[int(span["item_base"]) : int(span["item_base"]) + int(span["items"])]
    spans = batch.spans[number : number + 1].copy()
    for first, end in (("first", "end"), ("first_link", "end_link")):
        spans[end] -= spans[first]
        spans[first] = 0
    spans["item_base"] = spans["rates"] = 0
    return replace(batch, rows=rows, spans=spans, items=items, links=links, factories=(), energies={})


def _generator_plans(generators: tuple[Generator, ...], plans: RecordArray) -> RecordArray:
    """Plans that take in one unit per craft and make nothing."""
    own = np.zeros(len(generators), plans.dtype)
    for plan, generator in zip(own, generators, strict=True):
        plan["crafts"], plan["inputs"] = generator.most, 1
        plan["in_item"][0], plan["in_amount"][0], plan["in_fluid"][0] = generator.item, 1.0, 1
    return own


def _link_hands(links: RecordArray) -> LongArray:
    """The hand of each link, -1 for those that lead nowhere: hands of pipes come first, in the order of links."""
    leads = (links["machine"] < 0) | (links["pool"] >= 0)
    return np.where(leads, np.cumsum(leads) - 1, -1)


def _moved(state: FlowState, items: int) -> NDArray[np.float64]:
    """(hands,) what each hand takes in all, items per second."""
    hands = int(state.counts[HANDS])
    taken: NDArray[np.float64] = state.flows[TAKES, : 2 * hands * items].reshape(hands, 2 * items).sum(axis=1)
    return taken


def _duties(state: FlowState, rows: RecordArray, items: int) -> NDArray[np.float64]:
    """(rows,) share of the time that an arm swings.

    An arm that leaves something behind fills its hand; one that gets all there is comes for each piece, if it can.
    """
    hands = state.hands[: int(state.counts[HANDS])]
    arms = np.flatnonzero((hands["row"] >= 0) & (rows["kind"][hands["row"]] == ARM))
    sides = (len(hands), 2 * items)
    takes, could = (state.flows[kind, : 2 * len(hands) * items].reshape(sides)[arms] for kind in (TAKES, COULD))
    hands, moved = hands[arms], takes.sum(axis=1)
    own = rows[hands["row"]]
    fills = (could.sum(axis=1) > moved * (1 + STINTED)) | (own["full_hand"] == 1)
    cycles = np.where(fills, moved / hands["holds"], np.minimum(moved, 60.0 / hands["ticks"]))
    on_belt = state.elements["kind"][hands["near"]] == STRETCH
    half = np.where(on_belt, np.maximum(1, own["half_ticks"] - own["catch_ticks"]), own["half_ticks"])
    duties = np.zeros(len(rows))
    duties[hands["row"]] = np.minimum(1.0, cycles * 2 * half / 60)
    return duties
