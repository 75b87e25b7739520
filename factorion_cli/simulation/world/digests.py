"""The digest of a site: a hash of all that decides its future, in canonical order, whatever edits led to it."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from factorion_cli.arrays import LongArray
from factorion_cli.factory import Entity
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK, RecordArray
from factorion_cli.simulation.world.belts import place_key
from factorion_cli.simulation.world.site import Site

_ARM = ("state", "timer", "patience", "held", "energy")
_MACHINE = ("progress", "bar", "energy", "micro", "crafting", "blocked", "stock", "ready", "fuel_count")
_SPLITTER = ("prefer_in", "prefer_out", "swap")
_NETWORK = ("stored", "clock", "share", "urgent_share")
_GENERATOR = ("energy",)
_SEGMENT = ("amount", "temperature")


class _Hash:
    """Takes integers of any shape; their bytes are the same on every machine."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=16)

    def take(self, values: object) -> None:
        array = np.ascontiguousarray(np.asarray(values, np.int64)).astype("<i8")
        self._hash.update(f"{array.shape}".encode())
        self._hash.update(array.tobytes())

    def fields(self, records: RecordArray, rows: NDArray[np.int64], names: tuple[str, ...]) -> None:
        for name in names:
            if name in (records.dtype.names or ()):
                self.take(records[name][rows])

    def hex(self) -> str:
        return self._hash.hexdigest()


def digest_of(site: Site) -> str:
    """The digest of a settled site."""
    hashed, arrays = _Hash(), site.tables.arrays
    codes = _codes(site)
    hashed.take(site.tick)
    things = sorted(site.things.items(), key=lambda pair: (place_key(pair[1].x, pair[1].y), pair[0]))
    order = [number for number, _ in things]
    _take_lines(hashed, site, codes)
    splitters = [site.belts.splitters[2 * number] for number in order if 2 * number in site.belts.splitters]
    hashed.fields(arrays.splitters, _rows(splitters), _SPLITTER)
    arms, drills = (_rows(rows) for rows in site.stations.in_order())
    hashed.fields(arrays.arms, arms, _ARM)
    hashed.take(np.where(arrays.arms["held"][arms] > 0, codes[arrays.arms["held_item"][arms]], 0))
    hashed.fields(arrays.drills, drills, ("turn",))
    _take_machines(hashed, site, [number for number in order if number in site.stations.machines], codes)
    _take_chests(hashed, site, [number for number in order if number in site.stations.chests], codes)
    deposits = sorted((place_key(*tile), row) for tile, row in site.stations.deposits.at.items())
    hashed.take(arrays.deposits[_rows([row for _, row in deposits])])
    for name, first, fields in (
        ("segments", "first_segment", _SEGMENT),
        ("heats", "first_heat", ("energy",)),
        ("generators", "first_generator", _GENERATOR),
    ):
        hashed.fields(getattr(arrays, name), np.arange(int(getattr(arrays, first)[1])), fields)
    # Poles without anything to feed make networks that decide nothing.
    feeding = sorted({network for network in site.pipework.network_of.values() if network >= 0})
    hashed.fields(arrays.networks, _rows(feeding), _NETWORK)
    return hashed.hex()


def _rows(rows: list[int]) -> NDArray[np.int64]:
    return np.asarray(rows, np.int64)


def _codes(site: Site) -> LongArray:
    """A code of each item by number, made from its name: numbers depend on the order in which items turned up."""
    names = [int.from_bytes(blake2b(name.encode(), digest_size=7).digest()) for name in site.tables.ids]
    return np.asarray([*names, 0], np.int64)


def _take_lines(hashed: _Hash, site: Site, codes: LongArray) -> None:
    arrays = site.tables.arrays
    rows = _rows(site.belts.rows_in_order())
    counts = arrays.lines["count"][rows].astype(np.int64)
    line = np.repeat(rows, counts)
    place = arrays.lines["head"][line] + np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    hashed.take(counts)
    hashed.take(arrays.slots["position"][place] + arrays.lines["shift"][line])
    items = arrays.slots["item"][place]
    hashed.take(codes[items & ITEM_MASK])
    hashed.take(items >> ITEM_BITS)


def _take_machines(hashed: _Hash, site: Site, order: list[int], codes: LongArray) -> None:
    arrays, stations = site.tables.arrays, site.stations
    rows = _rows([stations.machines[number] for number in order])
    hashed.fields(arrays.machines, rows, _MACHINE)
    hashed.take(np.where(arrays.machines["fuel_count"][rows] > 0, codes[arrays.machines["fuel_item"][rows]], 0))
    plans = arrays.machines["plan"][rows]
    # Of a machine that chooses: what it has chosen.
    chosen = np.where(plans >= 0, codes[arrays.plans["in_item"][np.maximum(plans, 0), 0]], 0)
    hashed.take(np.where(arrays.machines["choice"][rows] >= 0, chosen, 0))


def _take_chests(hashed: _Hash, site: Site, order: list[int], codes: LongArray) -> None:
    arrays, stride = site.tables.arrays, site.tables.stride
    finite = [number for number in order if isinstance(site.things[number], Entity)]
    for index, number in enumerate(finite):
        base = int(arrays.chests["content_base"][site.stations.chests[number]])
        content = arrays.content[base : base + stride]
        held = np.flatnonzero(content)
        pairs = np.column_stack((codes[held], content[held].astype(np.int64)))
        hashed.take(index)
        hashed.take(pairs[np.argsort(pairs[:, 0], kind="stable")])
