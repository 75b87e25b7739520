"""From the tensors that networks see to the arrays of a batch, without a Factory in between: tiles are look-ups."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from factorion_cli.arrays import AnyArray, GridArray, IntArray, LongArray, MaskArray
from factorion_cli.errors import FactoryError
from factorion_cli.factory.footprints import cover
from factorion_cli.factory.tensor import CHANNELS, DIRECTION, ENTITY, PART, from_tensor
from factorion_cli.simulation.batch import MACHINE, SPAN, FactoryBatch, LazyFactories, item_names, measure_spans, take
from factorion_cli.simulation.batch_building import BatchBuilder
from factorion_cli.simulation.batch_palette import BITS, Palette, the_palette
from factorion_cli.simulation.layout import RecordArray


class Tiles(NamedTuple):
    """The M tiles of a batch at which something begins, all (M,): whose they are, where, and which look."""

    factory: LongArray
    y: LongArray
    x: LongArray
    look: LongArray


def batch_of_tensors(tensors: GridArray) -> FactoryBatch:
    """See `FactoryBatch.from_tensor`."""
    if tensors.ndim != 4 or tensors.shape[1] != len(CHANNELS):
        raise FactoryError(f"the tensors have shape {tensors.shape}, expected (N, {len(CHANNELS)}, height, width)")
    kept_tensors = tensors.copy()
    factories = LazyFactories(
        len(tensors), lambda number: replace(from_tensor(kept_tensors[number]), id=f"tensor-{number}")
    )
    palette, lock = the_palette()
    with lock:
        tiles, strange = _tiles(tensors, palette)
        alone = strange | _one_by_one(tiles, palette, tensors.shape)
        builder = BatchBuilder(palette.stock)
        for number in np.flatnonzero(alone).tolist():
            builder.add(factories[number])
        kept = ~alone[tiles.factory]
        plain = _plain_arrays(Tiles(*(part[kept] for part in tiles)), palette, len(tensors))
        return _joined(builder, plain, alone, factories)


def _tiles(tensors: GridArray, palette: Palette) -> tuple[Tiles, MaskArray]:
    """Where something begins, and which factories have numbers that no look has (their tiles are left out)."""
    factory, y, x = np.nonzero(tensors[:, PART] == 1)
    count, channels, height, width = tensors.shape
    at = (factory * channels * height + y) * width + x
    flat = np.ascontiguousarray(tensors).reshape(-1)
    columns: list[AnyArray] = [flat[at + channel * height * width] for channel in range(channels)]
    strange = np.zeros(count, bool)
    for channel, bits in BITS.items():
        strange[factory[(columns[channel] < 0) | (columns[channel] >> bits > 0)]] = True
    strange[factory[(columns[ENTITY] == 0) | (columns[DIRECTION] == 0)]] = True
    if strange.any():
        kept = ~strange[factory]
        factory, y, x, columns = factory[kept], y[kept], x[kept], [column[kept] for column in columns]
    return Tiles(factory, y, x, palette.find(columns)), strange


def _one_by_one(tiles: Tiles, palette: Palette, shape: tuple[int, ...]) -> MaskArray:
    """Which factories have to be read as such, or hold things that overlap (which that will say)."""
    count, _, height, width = shape
    looks = take(palette.looks, tiles.look)
    found = np.zeros(count, bool)
    found[tiles.factory[looks["one_by_one"] > 0]] = True
    if len(looks):
        # Entities may reach beyond the right and lower side.
        rows, columns = height + int(looks["height"].max()), width + int(looks["width"].max())
        rectangles = np.stack([tiles.x, tiles.y, looks["width"], looks["height"]], axis=1)
        owner, x, y, _ = cover(rectangles)
        cells = (tiles.factory[owner] * rows + y) * columns + x
        twice = np.bincount(cells, minlength=count * rows * columns) > 1
        found[np.flatnonzero(twice) // (rows * columns)] = True
    return found


def _plain_arrays(tiles: Tiles, palette: Palette, count: int) -> tuple[RecordArray, RecordArray, IntArray]:
    """`rows`, `spans` and `items` of all factories that consist of nothing but their looks."""
    looks = take(palette.looks, tiles.look)
    spans = np.zeros(count, SPAN)
    for name in ("nodes", "elements", "hands", "sinks"):
        spans[name] = np.bincount(tiles.factory, looks[name], count)
    has_row = looks["has_row"] > 0
    rows = take(palette.rows, tiles.look[has_row])
    rows["index"] = _indices(tiles, looks, count)[has_row]
    has_outlet = np.flatnonzero(looks["has_outlet"][has_row])
    for side, place in (("x", tiles.x[has_row]), ("y", tiles.y[has_row])):
        rows[side] += place
        rows[f"outlet_{side}"][has_outlet] += place[has_outlet]
    factory = tiles.factory[has_row]
    # Loaders begin at the tile of their chest, and their rows are those of their belts.
    if (rows["kind"][has_outlet] != MACHINE).any():
        rows = take(rows, np.lexsort((rows["x"], rows["y"], factory)))
    measure_spans(spans, rows, factory)
    items = _items(tiles, looks, palette, count)
    spans["items"] = items.sum(axis=1)
    spans["item_base"] = np.cumsum(spans["items"]) - spans["items"]
    return rows, spans, np.nonzero(items)[1].astype(np.int32)


def _indices(tiles: Tiles, looks: RecordArray, count: int) -> LongArray:
    """The place of what begins at each tile among the entities, sources or sinks of its factory."""
    first = np.searchsorted(tiles.factory, np.arange(count))
    index = np.zeros(len(looks), np.int64)
    for name in ("is_entity", "sources", "sinks"):
        before = np.concatenate([[0], np.cumsum(looks[name], dtype=np.int64)])
        own = looks[name] > 0
        index[own] = (before[:-1] - before[first[tiles.factory]])[own]
    return index


def _items(tiles: Tiles, looks: RecordArray, palette: Palette, count: int) -> MaskArray:
    """(N, items) what can turn up in which factory: what sources give and recipes handle, furnaces what can come."""
    known = np.zeros((count, len(item_names())), bool)
    amounts = looks["items"].astype(np.int64)
    owner = np.repeat(np.arange(len(looks)), amounts)
    part = np.arange(len(owner)) - np.repeat(np.cumsum(amounts) - amounts, amounts)
    known[tiles.factory[owner], palette.items[looks["item_base"][owner] + part]] = True
    furnaces = _furnaces(tiles, palette)
    while True:
        before = np.count_nonzero(known)
        for factories, taken, made in furnaces:
            factory, step = np.nonzero(known[np.ix_(factories, taken)])
            known[factories[factory], made[step]] = True
        if np.count_nonzero(known) == before:
            return known


def _furnaces(tiles: Tiles, palette: Palette) -> list[tuple[LongArray, LongArray, LongArray]]:
    """By kind of furnace: the factories that have it, and pairs of items that it takes and then makes."""
    plans, choices, _ = palette.stock.arrays()
    choice_of = np.where(palette.rows["kind"] == MACHINE, palette.rows["choice"], -1)[tiles.look]
    found = []
    for choice in np.unique(choice_of[choice_of >= 0]).tolist():
        plan_of = choices[choice : choice + len(item_names())]
        taken = np.flatnonzero(plan_of >= 0)
        outputs = plans["outputs"][plan_of[taken]]
        products = plans["out_item"][plan_of[taken]]
        step, slot = np.nonzero(np.arange(products.shape[1]) < outputs[:, None])
        factories = np.unique(tiles.factory[choice_of == choice])
        found.append((factories, taken[step], products[step, slot]))
    return found


def _joined(
    read: BatchBuilder,
    plain: tuple[RecordArray, RecordArray, IntArray],
    alone: MaskArray,
    factories: LazyFactories,
) -> FactoryBatch:
    """One batch of the factories that were read one by one (`alone`), whose rows come first, and the others."""
    rows, spans, items = plain
    batch = read.batch(())
    spans["first"] += len(read.rows)
    spans["end"] += len(read.rows)
    spans["item_base"] += len(read.items)
    spans[alone] = batch.spans
    rates = 2 * spans["sinks"].astype(np.int64) * spans["items"]
    spans["rates"] = np.cumsum(rates) - rates
    if not len(rows):
        # Compiled code is given at least one record.
        rows = batch.rows
    elif read.rows:
        rows = np.concatenate([batch.rows, rows])
    items = np.concatenate([np.array(read.items, np.int32), items])
    numbers = np.flatnonzero(alone).tolist()
    return replace(
        batch,
        rows=rows,
        spans=spans,
        items=items if len(items) else batch.items,
        factories=factories,
        energies={numbers[number]: energy for number, energy in batch.energies.items()},
    )
