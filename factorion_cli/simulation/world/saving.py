"""Snapshots as bytes: what stands there, and the state that the same things do not have by themselves.

    magic (8) | version (2, little-endian) | bytes of the payload (8) | blake2b of all the rest (16) | payload, zlib

The payload is a line of JSON (the factory, ids, what is not an array) and then 64-bit integers, column by column. A
world is built afresh from its things, so bytes say nothing about rows, and what was saved on one machine or by an older
engine of the same version runs on to the same bits elsewhere. No pickle is ever read.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from hashlib import blake2b
from typing import Any

import numpy as np

from factorion_cli.arrays import LongArray
from factorion_cli.errors import DataError, FactorionError
from factorion_cli.factory import Entity, Sink, Source, factory_from_json, factory_to_json
from factorion_cli.simulation.world.digests import digest_of
from factorion_cli.simulation.world.site import Site, Thing

MAGIC, VERSION = b"FWORLD\r\n", 1
LARGEST = 1 << 31
"""Bytes of a payload beyond which nothing is unpacked."""

_HEAD = len(MAGIC) + 2 + 8 + 16
_NEXT = "save it again with `snapshot().to_bytes()`"

_STATE = {
    "lines": ("made", "passed", "resting"),
    "splitters": ("prefer_in", "prefer_out", "swap"),
    "arms": ("moved", "busy", "starved", "stuck", "picked", "energy", "state", "timer", "patience", "held_item",
             "held", "speed"),
    "drills": ("seen", "turn"),
    "machines": ("progress", "bar", "energy", "busy", "crafts", "micro", "waits", "crafting", "blocked", "stock",
                 "ready", "fuel_item", "fuel_count", "speed"),
    "chests": ("given", "used"),
    "segments": ("amount", "temperature", "fluid"),
    "pumps": ("moved", "speed", "flowing"),
    "networks": ("stored", "demand", "urgent", "available", "given", "target", "wanted", "served", "sun", "short",
                 "clock", "share", "urgent_share"),
    "generators": ("energy", "available", "made", "used"),
    "heats": ("energy",),
}  # fmt: skip
"""What a run changes, by array; everything else follows from what stands there."""


class _Columns:
    """Columns of integers that are written one after the other, or read back in the same order."""

    def __init__(self, data: bytes | None = None, lengths: list[int] | None = None) -> None:
        self.reads = data is not None
        self.lengths = lengths or []
        self._data, self._at, self._number = data or b"", 0, 0
        self._parts: list[bytes] = []

    def bytes(self) -> bytes:
        return b"".join(self._parts)

    def pass_on(self, values: LongArray) -> LongArray:
        """The values as they were saved: themselves when writing."""
        if not self.reads:
            self.lengths.append(values.size)
            self._parts.append(np.ascontiguousarray(values, "<i8").tobytes())
            return values
        found = self.take()
        if found.size != values.size:
            raise DataError(f"a saved world has {found.size} figures where {values.size} belong; {_NEXT}")
        return found.reshape(values.shape)

    def take(self) -> LongArray:
        """The next column, however long it is."""
        length, self._number = self.lengths[self._number], self._number + 1
        found = np.frombuffer(self._data, "<i8", length, self._at).astype(np.int64)
        self._at += 8 * length
        return found

    def put(self, values: Any) -> LongArray:
        """A column of any length: written as it is, or read."""
        return self.take() if self.reads else self.pass_on(np.asarray(values, np.int64).reshape(-1))


def _rows(site: Site) -> dict[str, list[int]]:
    """Rows of each array in an order that only what stands there decides."""
    stations, arrays = site.stations, site.tables.arrays
    ids = sorted(site.things)
    arms, drills = stations.in_order()
    rows = {
        "lines": site.belts.rows_in_order(),
        "splitters": [site.belts.splitters[2 * number] for number in ids if 2 * number in site.belts.splitters],
        "arms": arms,
        "drills": drills,
        "machines": [stations.machines[number] for number in ids if number in stations.machines],
        "chests": [stations.chests[number] for number in ids if number in stations.chests],
    }
    for name in ("segments", "pumps", "networks", "generators", "heats"):
        rows[name] = list(range(int(getattr(arrays, f"first_{name[:-1]}")[1])))
    return rows


def _pass_state(site: Site, columns: _Columns) -> None:
    """All state of a site through the columns, out of it or into it."""
    arrays, rows = site.tables.arrays, _rows(site)
    _pass_lying(site, columns, rows["lines"])
    for name, fields in _STATE.items():
        for field in fields:
            column = getattr(arrays, name)[field]
            column[rows[name]] = columns.pass_on(column[rows[name]].astype(np.int64))
    _pass_plans(site, columns)
    blocks = [("made", int(arrays.machines["made_base"][row])) for row in rows["machines"]]
    blocks += [("content", int(arrays.chests["content_base"][row])) for row in _holding(site)]
    for name, base in blocks:
        table, held = getattr(arrays, name), slice(base, base + len(site.tables.ids))
        table[held] = columns.pass_on(table[held].astype(np.int64))
    for number in sorted(site.sink_blocks):
        for lane in range(len(site.sink_blocks[number])):
            held = slice(site.sink_block(number, lane), site.sink_block(number, lane) + len(site.tables.ids))
            for field in ("taken", "weighted"):
                arrays.tallies[field][held] = columns.pass_on(arrays.tallies[field][held].astype(np.int64))
    deposits = list(site.stations.deposits.at.values())
    arrays.deposits[deposits] = columns.pass_on(arrays.deposits[deposits].astype(np.int64))
    _pass_waits(site, columns, rows["machines"])


def _holding(site: Site) -> list[int]:
    """Rows of the chests that hold something of their own."""
    return [row for number, row in sorted(site.stations.chests.items()) if isinstance(site.things[number], Entity)]


def _pass_lying(site: Site, columns: _Columns, lines: list[int]) -> None:
    """What lies on each line."""
    lying = [] if columns.reads else [site.belts.items_on(row) for row in lines]
    counts = columns.put([len(items) for items in lying])
    places = columns.put([place for items in lying for place, _ in items])
    codes = columns.put([code for items in lying for _, code in items])
    if columns.reads:
        if len(counts) != len(lines) or counts.sum() != len(places) or (counts < 0).any() or len(places) != len(codes):
            raise DataError(f"a saved world has {len(counts)} lines where {len(lines)} belong; {_NEXT}")
        ends = np.cumsum(counts)
        for row, first, last in zip(lines, ends - counts, ends, strict=True):
            if last - first > site.tables.arrays.lines["room"][row]:
                raise DataError(f"a saved world has more items on a belt than fit; {_NEXT}")
            site.belts.lay(row, list(zip(places[first:last].tolist(), codes[first:last].tolist(), strict=True)))


def _pass_plans(site: Site, columns: _Columns) -> None:
    """Which of its plans each machine is at."""
    arrays, plan_of = site.tables.arrays, site.tables.plan
    for number in sorted(site.stations.machines):
        row = site.stations.machines[number]
        known = [-1, *(plan_of(plan) for plan in site.stations.specs[number].plans)]
        at = columns.pass_on(np.asarray([known.index(arrays.machines["plan"][row])]))[0]
        if not 0 <= at < len(known):
            raise DataError(f"a saved world has a machine at plan {at} of {len(known) - 1}; {_NEXT}")
        arrays.machines["plan"][row] = known[at]


def _pass_waits(site: Site, columns: _Columns, machines: list[int]) -> None:
    """How long each machine had waited before the last tick; nothing before the first."""
    waits = site.tables.arrays.machines["waits"]
    before = np.zeros_like(waits)
    if site.waits_before is not None:
        before[: len(site.waits_before)] = site.waits_before[: len(before)]
    before[machines] = columns.pass_on(before[machines])
    site.waits_before = before if site.tick else None


def _ids(site: Site) -> dict[str, list[int]]:
    """Ids of what stands there, in the order in which a factory lists it."""
    kinds = {"entities": Entity, "sources": Source, "sinks": Sink}
    return {name: [n for n in sorted(site.things) if isinstance(site.things[n], kind)] for name, kind in kinds.items()}


def save(site: Site) -> bytes:
    """The bytes of a settled site."""
    columns = _Columns()
    _pass_state(site, columns)
    note = {
        "factory": factory_to_json(site.factory()),
        "ids": _ids(site),
        "next_id": site.next_id,
        "tick": site.tick,
        "started": site.started,
        "items": list(site.tables.ids),
        "deposits": [list(tile) for tile in site.stations.deposits.at],
        "spilled": sorted(site.spilled.items()),
        "made": sorted(site.belts.made.items()),
        "digest": digest_of(site),
        "lengths": columns.lengths,
    }
    payload = json.dumps(note, separators=(",", ":")).encode() + b"\n" + columns.bytes()
    head = MAGIC + VERSION.to_bytes(2, "little") + len(payload).to_bytes(8, "little")
    packed = zlib.compress(payload, 1)
    return head + _checksum(head, packed) + packed


def _checksum(head: bytes, packed: bytes) -> bytes:
    return blake2b(head + packed, digest_size=16).digest()


def _payload(data: bytes) -> bytes:
    """The checked payload."""
    if len(data) < _HEAD or not data.startswith(MAGIC):
        raise DataError(f"these {len(data)} bytes are no saved world (they do not begin with {MAGIC!r})")
    version = int.from_bytes(data[8:10], "little")
    if version != VERSION:
        raise DataError(f"a saved world of version {version} cannot be read, expected {VERSION}; {_NEXT}")
    if _checksum(data[:18], data[_HEAD:]) != data[18:_HEAD]:
        raise DataError(f"a saved world is damaged: its checksum does not fit what is in it; {_NEXT}")
    length = int.from_bytes(data[10:18], "little")
    if length > LARGEST:
        raise DataError(f"a saved world unpacks to {length} bytes; at most {LARGEST} are read")
    payload = zlib.decompressobj().decompress(data[_HEAD:], length + 1)
    if len(payload) != length:
        raise DataError(f"a saved world is damaged: it does not unpack to {length} bytes; {_NEXT}")
    return payload


def load(data: bytes) -> Site:
    """The site of these bytes.

    Raises:
        DataError: they are damaged, of another version or no saved world at all.
    """
    try:
        text, _, rest = _payload(data).partition(b"\n")
        note = json.loads(text)
        if 8 * sum(note["lengths"]) != len(rest):
            raise DataError(f"a saved world is damaged: {len(rest)} bytes of figures; {_NEXT}")
        site = _built(note)
        _pass_state(site, _Columns(rest, note["lengths"]))
    except FactorionError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, zlib.error) as error:
        raise DataError(f"a saved world is damaged ({type(error).__name__}: {error}); {_NEXT}") from None
    if digest_of(site) != note["digest"]:
        raise DataError(f"a saved world does not come to the state that was saved (digest {note['digest']}); {_NEXT}")
    return site


def _built(note: dict[str, Any]) -> Site:
    """What stood there, as new, with items and deposits numbered as they were."""
    factory = factory_from_json(note["factory"])
    site = Site(factory)
    for name in note["items"]:
        site.tables.number(name)
    for x, y in note["deposits"]:
        site.stations.deposits.number((x, y), None)
    things: dict[int, Thing] = {}
    for name, found in (("entities", factory.entities), ("sources", factory.sources), ("sinks", factory.sinks)):
        things.update(zip(note["ids"][name], found, strict=True))
    for number in sorted(things):
        site.put(number, things[number])
    site.settle()
    known = site.tables.used.get("deposits", 0)
    site.tables.extend("deposits", max(0, len(site.stations.deposits.amounts) - known))
    site.next_id, site.tick, site.started = note["next_id"], note["tick"], note["started"]
    site.spilled = Counter(dict(note["spilled"]))
    site.belts.made = Counter(dict(note["made"]))
    return site
