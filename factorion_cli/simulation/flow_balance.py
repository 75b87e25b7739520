"""The flow engine's balance of energy: shares of power and heat at which what is drawn is what there is.

A factory is solved at full power, then at the share of its demand that panels and generators cover at the rates found,
and so on until the share stays. A generator asks for no more steam than its part of the demand, so that boilers burn
what is needed. Only factories with a network or heat (`flow_energy.py`) come here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import IntArray, MaskArray
from factorion_cli.simulation.batch import FactoryBatch
from factorion_cli.simulation.flow_days import DAY, NOON, Hour, Stores
from factorion_cli.simulation.flow_energy import Energy
from factorion_cli.simulation.flow_load import Load
from factorion_cli.simulation.flow_trial import LEAST_SHARE, Outcome, Settings, Shares, Solve, Trial, Watts

Mean = Callable[[list[NDArray[np.float64]]], NDArray[np.float64]]

CLOSE = 5e-4
"""Shares that differ by less are the same."""

MOST_TRIALS, LIVELY_TRIALS = 80, 10
"""Trials after which the search is given up, and after which a share goes only half of the way."""

DARK = 1e-3
"""The share of a network that has power at times and none now."""

HALVINGS = 12
"""How often the interval is halved in which accumulators bring the peaks of a load down to what is there."""

STARVED = 0.995
"""A generator that gets less than this part of what it asks for has all the steam that there is for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Balance:
    """A factory at the shares that it settles at.

    Attributes:
        rates: as in FlowRates, of this factory.
        crafts: (rows,) per second.
        plans: (rows,) what is crafted, -1 for nothing.
        busy: (rows,) share of the time that a machine crafts.
        rounds: the most rounds that a trial took; 0: no steady state was found.
        figures: metrics of power, named as the tick engine names them.
    """

    rates: NDArray[np.float64]
    crafts: NDArray[np.float64]
    plans: IntArray
    busy: NDArray[np.float64]
    rounds: int
    figures: dict[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Watts beside what generators give, by network.

    Attributes:
        free: what panels give.
        stored: what accumulators can give.
        wish: what they can take in.
        lasts: whether they can give that without taking it in first.
    """

    free: Watts
    stored: Watts
    wish: Watts
    lasts: bool


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Where the shares stay: what is wanted then, what of it is served, and what panels and generators make."""

    outcome: Outcome
    wanted_w: Watts
    served_w: Watts
    made_w: Watts


class Unsettled(Exception):  # noqa: N818
    """No shares were found that stay."""


def balance(batch: FactoryBatch, number: int, energy: Energy, solve: Solve) -> Balance | None:
    """Find what a factory of the batch does at the power and heat that it has; None if that does not settle."""
    try:
        return _Balancing(Trial(batch, number, energy, solve), energy).day()
    except Unsettled:
        return None


class _Balancing:
    """The search over one factory's shares."""

    def __init__(self, trial: Trial, energy: Energy) -> None:
        self.trial, self.energy = trial, energy
        self._owner = np.array([one.network for one in energy.generators], np.int64)
        self._most = np.array([one.most for one in energy.generators])
        self._known: dict[bytes, Settled] = {}
        self._lit = self._light_up()

    def day(self) -> Balance:
        """Means over a day where there is sun, else over an instant."""
        networks = self.energy.networks
        stores = Stores(networks)
        if not any(network.solar_w for network in networks):
            none, flow = np.zeros(len(networks)), np.array([network.flow_w for network in networks], np.float64)
            settled = self._settle(Supply(stores.sun(NOON), flow, none, lasts=False))
            return _mean([(1.0, settled)])
        while True:
            parts = [(hour.ticks, self._hour(stores, hour)) for hour in DAY]
            if stores.repeats():
                return _mean(parts)

    def _hour(self, stores: Stores, hour: Hour) -> Settled:
        supply = Supply(stores.sun(hour), stores.most_out(hour), stores.most_in(hour), lasts=True)
        settled = self._settle(supply)
        stores.change(hour, settled.made_w - settled.wanted_w)
        return settled

    def _settings(self, shares: Shares, full: Shares, asked: Shares, heat: Shares) -> Settings:
        # What has begun to work before it got dark goes on drawing power.
        lit = self._lit[self.energy.consumers.network]
        return Settings(np.where(lit, np.maximum(shares, DARK), 0.0), full, np.where(self._lit, asked, 1.0), heat)

    def _full(self) -> Settings:
        count = max((heater.network for heater in self.energy.heaters), default=-1) + 1
        consumers = np.ones(len(self.energy.consumers.kind))
        return self._settings(consumers, consumers, np.ones(len(self.energy.networks)), np.ones(count))

    def _light_up(self) -> MaskArray:
        """Networks that ever have power: at the start nothing has any, and what brings the fuel may need some."""
        self._lit = np.array([network.solar_w + network.steady_w > 0 for network in self.energy.networks], np.bool_)
        while not self._lit.all() and len(self._owner):
            outcome = self.trial.run(self._full())
            lit = self._lit.copy()
            lit[self._owner[outcome.got * outcome.worth > 0]] = True
            if (lit == self._lit).all():
                break
            self._lit = lit
        return self._lit

    def _settle(self, supply: Supply) -> Settled:
        """Shares at which demand is what there is; the same supply is settled once."""
        key = np.round(np.concatenate([supply.free, supply.stored, supply.wish]), -1).tobytes()
        if key not in self._known:
            self._known[key] = self._search(supply)
        return self._known[key]

    def _search(self, supply: Supply) -> Settled:
        settings = self._full()
        for number in range(MOST_TRIALS):
            outcome = self.trial.run(settings)
            if outcome.rounds == 0:
                break
            answer, settled = self._answer(settings, outcome, supply)
            if _distance(settings, answer) < CLOSE:
                return settled
            settings = answer if number < LIVELY_TRIALS else _between(settings, answer)
        raise Unsettled

    def _answer(self, settings: Settings, outcome: Outcome, supply: Supply) -> tuple[Settings, Settled]:
        """The shares that follow from what was drawn and made at some shares."""
        at_limit, spare = self._steam(settings, outcome)
        most = supply.free + at_limit + spare
        shares, full = np.ones_like(settings.shares), np.ones_like(settings.shares)
        wanted, served = np.zeros_like(most), np.zeros_like(most)
        for network in range(len(most)):
            load = _Demand(self.energy, outcome, network)
            cap = load.cap(float(most[network]), float(supply.stored[network]), supply.lasts)
            wanted[network], served[network] = load.wanted_w, load.served_w(cap)
            shares[load.members], full[load.members] = load.shares(cap)
        drawn = np.where(self._lit, served, 0.0) + supply.wish
        short = np.maximum(0.0, drawn - supply.free - at_limit)
        asked = np.where(spare > 0, np.clip(short / np.maximum(spare, 1.0), 0.0, 1.0), settings.asked)
        made = np.minimum(drawn, supply.free + at_limit + asked * spare)
        return self._settings(shares, full, asked, _warmth(settings, outcome)), Settled(
            outcome, wanted, np.where(self._lit, served, 0.0), made
        )

    def _steam(self, settings: Settings, outcome: Outcome) -> tuple[Watts, Watts]:
        """What generators make that have all the steam there is for them, and what the others could make."""
        networks = len(self.energy.networks)
        starved = outcome.got < STARVED * self._most * settings.asked[self._owner]
        at_limit, spare = np.zeros(networks), np.zeros(networks)
        np.add.at(at_limit, self._owner[starved], (outcome.got * outcome.worth)[starved])
        np.add.at(spare, self._owner[~starved], (self._most * outcome.worth)[~starved])
        return at_limit, spare


class _Demand:
    """What consumers of one network draw at the rates of an outcome; urgent ones are served first."""

    def __init__(self, energy: Energy, outcome: Outcome, network: int) -> None:
        consumers = energy.consumers
        here = consumers.network == network
        urgent, others = (np.flatnonzero(here & (consumers.urgent == first)) for first in (True, False))
        self.members = np.concatenate([urgent, others])
        self._urgent, self._others = (
            Load(consumers.power_w[some], outcome.working[some], float(consumers.drain_w[some].sum()))
            for some in (urgent, others)
        )
        self.wanted_w = self._urgent.mean_w + self._others.mean_w

    def served_w(self, cap_w: float) -> float:
        """Mean of what is served when no more than that can be."""
        urgent = self._urgent.served_w(cap_w)
        return urgent + self._others.served_w(cap_w - urgent)

    def shares(self, cap_w: float) -> tuple[Shares, Shares]:
        """(members,) shares of full power, and how often it is there in full."""
        urgent = self._urgent.shares(cap_w)
        others = self._others.shares(cap_w - self._urgent.served_w(cap_w))
        return np.concatenate([urgent[0], others[0]]), np.concatenate([urgent[1], others[1]])

    def cap(self, most_w: float, stored_w: float, lasts: bool) -> float:
        """The most that is served at any moment.

        Accumulators help over moments, but those that do not last give no more on average than is left over.
        """
        if lasts or stored_w == 0 or self.served_w(most_w + stored_w) <= most_w:
            return most_w + stored_w
        low, high = most_w, most_w + stored_w
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.served_w(middle) <= most_w else (low, middle)
        return low


def _warmth(settings: Settings, outcome: Outcome) -> Shares:
    """The share of their heat that exchangers get."""
    heat = settings.heat * np.where(outcome.cooled_w > 0, outcome.heated_w / np.maximum(outcome.cooled_w, 1.0), 1.0)
    # Without any heat there is nothing to go by; with some, exchangers come back from a low share.
    return np.clip(np.maximum(heat, np.where(outcome.heated_w > 0, LEAST_SHARE, 0.0)), 0.0, 1.0)


def _distance(one: Settings, other: Settings) -> float:
    pairs = ((one.shares, other.shares), (one.full, other.full), (one.asked, other.asked), (one.heat, other.heat))
    return max((float(np.abs(a - b).max(initial=0.0)) for a, b in pairs), default=0.0)


def _between(one: Settings, other: Settings) -> Settings:
    return Settings(
        shares=(one.shares + other.shares) / 2,
        full=(one.full + other.full) / 2,
        asked=(one.asked + other.asked) / 2,
        heat=(one.heat + other.heat) / 2,
    )


def _mean(parts: list[tuple[float, Settled]]) -> Balance:
    """What was found, weighted by how long it lasts."""
    whole = sum(weight for weight, _ in parts)

    def mean(values: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        weighted = [weight / whole * value for (weight, _), value in zip(parts, values, strict=True)]
        total: NDArray[np.float64] = np.sum(weighted, axis=0)
        return total

    found = [settled for _, settled in parts]
    outcomes = [settled.outcome for settled in found]
    plans = outcomes[0].plans
    for outcome in outcomes[1:]:
        plans = np.where(plans < 0, outcome.plans, plans)
    return Balance(
        rates=mean([outcome.rates for outcome in outcomes]),
        crafts=mean([outcome.crafts for outcome in outcomes]),
        plans=plans,
        busy=mean([outcome.busy for outcome in outcomes]),
        rounds=max(outcome.rounds for outcome in outcomes),
        figures=_figures(mean, found),
    )


def _figures(mean: Mean, found: list[Settled]) -> dict[str, float]:
    """What `metering.py` says of a measured window; nothing without a network."""
    if not len(found[0].wanted_w):
        return {}
    wanted = float(mean([settled.wanted_w for settled in found]).sum())
    served = float(mean([settled.served_w for settled in found]).sum())
    figures = {
        "electric_demand": wanted,
        "electric_output": float(mean([settled.made_w for settled in found]).sum()),
        "satisfaction": served / wanted if wanted else 1.0,
    }
    if len(found[0].outcome.got):
        figures["steam_per_second"] = float(mean([settled.outcome.got for settled in found]).sum())
    return figures
