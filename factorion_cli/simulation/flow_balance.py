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
from factorion_cli.simulation.flow_trial import LEAST_SHARE, Outcome, Settings, Shares, Solve, Trial, Watts

Mean = Callable[[list[NDArray[np.float64]]], NDArray[np.float64]]

CLOSE = 5e-4
"""Shares that differ by less are the same."""

MOST_TRIALS, LIVELY_TRIALS = 80, 10
"""Trials after which the search is given up, and after which a share goes only half of the way."""

DARK = 1e-3
"""The share of a network that has power at times and none now."""

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
    """Watts beside what generators give: `free` is there, `stored` can be taken out, `wish` is what stores take in."""

    free: Watts
    stored: Watts
    wish: Watts


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
            settled = self._settle(Supply(stores.sun(NOON), np.zeros(len(networks)), np.zeros(len(networks))))
            return _mean([(1.0, settled)])
        while True:
            parts = [(hour.ticks, self._hour(stores, hour)) for hour in DAY]
            if stores.repeats():
                return _mean(parts)

    def _hour(self, stores: Stores, hour: Hour) -> Settled:
        supply = Supply(stores.sun(hour), stores.most_out(hour), stores.most_in(hour))
        settled = self._settle(supply)
        stores.change(hour, settled.made_w - settled.wanted_w)
        return settled

    def _settings(self, shares: Shares, asked: Shares, heat: Shares) -> Settings:
        # What has begun to work before it got dark goes on drawing power.
        return Settings(
            np.where(self._lit[:, None], np.maximum(shares, DARK), 0.0), np.where(self._lit, asked, 1.0), heat
        )

    def _full(self) -> Settings:
        count = max((heater.network for heater in self.energy.heaters), default=-1) + 1
        networks = len(self.energy.networks)
        return self._settings(np.ones((networks, 2)), np.ones(networks), np.ones(count))

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
        wanted = outcome.drawn_w.sum(axis=1)
        asked, made = self._generate(settings, outcome, np.maximum(0.0, wanted + supply.wish - supply.free))
        there = supply.free + made
        served = np.minimum(wanted, there + np.where(there < wanted, supply.stored, 0.0))
        urgent = np.minimum(served, outcome.drawn_w[:, 1])
        shares = np.stack(
            [_share(served - urgent, outcome.drawn_w[:, 0]), _share(urgent, outcome.drawn_w[:, 1])], axis=1
        )
        warmth = settings.heat * np.where(outcome.cooled_w > 0, outcome.heated_w / np.maximum(outcome.cooled_w, 1), 1.0)
        # Without any heat there is nothing to go by; with some, exchangers come back from a low share.
        heat = np.clip(np.maximum(warmth, np.where(outcome.heated_w > 0, LEAST_SHARE, 0.0)), 0.0, 1.0)
        answer = self._settings(shares, asked, heat)
        sun = np.minimum(supply.free, wanted + supply.wish)
        return answer, Settled(outcome, wanted, np.where(self._lit, served, 0.0), sun + made)

    def _generate(self, settings: Settings, outcome: Outcome, short: Watts) -> tuple[Shares, Watts]:
        """What part of the most steam generators should ask for, and what they make of it."""
        networks = len(short)
        could = outcome.worth * self._most
        asked_for = self._most * settings.asked[self._owner]
        got = outcome.got * outcome.worth
        starved = outcome.got < STARVED * asked_for
        at_limit = np.bincount(self._owner[starved], got[starved], networks)
        free = np.bincount(self._owner[~starved], could[~starved], networks)
        asked = np.where(free > 0, np.clip((short - at_limit) / np.maximum(free, 1.0), 0.0, 1.0), settings.asked)
        return asked, np.minimum(short, at_limit + free * asked)


def _share(served: Watts, wanted: Watts) -> Shares:
    return np.where(wanted > 0, served / np.maximum(wanted, 1e-9), 1.0)


def _distance(one: Settings, other: Settings) -> float:
    pairs = ((one.shares, other.shares), (one.asked, other.asked), (one.heat, other.heat))
    return max((float(np.abs(a - b).max(initial=0.0)) for a, b in pairs), default=0.0)


def _between(one: Settings, other: Settings) -> Settings:
    return Settings((one.shares + other.shares) / 2, (one.asked + other.asked) / 2, (one.heat + other.heat) / 2)


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
