"""Drawing packed tasks into tensors, compiled: Python takes some fifty times as long."""

from factorion_cli.factory.tensor import (
    BOUNDS,
    CHEST_SINK,
    CHEST_SOURCE,
    DIRECTION,
    ENDPOINT,
    ENTITY,
    FILTER,
    ITEM,
    ITEM_RIGHT,
    LEFT_SOURCE,
    PART,
    RECIPE,
    RIGHT_SOURCE,
    TWO_SOURCES,
    VARIANT,
)
from factorion_cli.simulation.kernels.compiled import entry, helper

FIXED, TURNS, TURNS_ON_DIAGONAL = 0, 1, 2
"""How an entity turns with its factory: not at all, as it is, or it is symmetric about a diagonal (a storage tank)."""

_FIRST_SPLITTER = 3


@helper
def _mirrored_variant(variant):
    """The sides of a splitter change places."""
    if variant < _FIRST_SPLITTER:
        return variant
    inputs, outputs = (variant - _FIRST_SPLITTER) // 3, (variant - _FIRST_SPLITTER) % 3
    return _FIRST_SPLITTER + 3 * ((3 - inputs) % 3) + (3 - outputs) % 3


@helper
def _draw_entity(grid, look, row, x, y, width, height, quarter, variant):
    """`look` is one packed entity; what turns with the factory is given beside it."""
    part = 0
    for tile_y in range(y, y + height):
        for tile_x in range(x, x + width):
            part += 1
            if 0 <= tile_x < grid.shape[3] and 0 <= tile_y < grid.shape[2]:
                grid[row, ENTITY, tile_y, tile_x] = look[4]
                grid[row, PART, tile_y, tile_x] = part
                grid[row, DIRECTION, tile_y, tile_x] = 1 + quarter
                grid[row, RECIPE, tile_y, tile_x] = look[6]
                grid[row, FILTER, tile_y, tile_x] = look[7]
                grid[row, VARIANT, tile_y, tile_x] = variant


@helper
def _draw_endpoint(grid, look, row, x, y, quarter, mirrored):
    code, item, right = look[4], look[5], look[6]
    if mirrored and code in (LEFT_SOURCE, RIGHT_SOURCE):
        code = LEFT_SOURCE + RIGHT_SOURCE - code
    if mirrored and code == TWO_SOURCES:
        item, right = right, item
    if 0 <= x < grid.shape[3] and 0 <= y < grid.shape[2]:
        grid[row, ENTITY, y, x] = look[2]
        grid[row, PART, y, x] = 1
        grid[row, DIRECTION, y, x] = 1 + quarter
        grid[row, ENDPOINT, y, x] = code
        grid[row, ITEM, y, x] = item
        grid[row, ITEM_RIGHT, y, x] = right


@entry
def draw_tasks(
    picks,
    symmetries,
    size,
    entity_code,
    entity_first,
    entities,
    endpoint_code,
    endpoint_first,
    endpoints,
    missing_first,
    missing,
    turning,
    grid,
    hand,
    target,
):
    """Draw the tasks `picks` into `grid`, count what is missing in `hand` and list it in `target`.

    Args:
        picks: (B,) int64 task numbers.
        symmetries: (B,) int64; turned clockwise by `symmetry % 4` quarters, mirrored before (east and west exchanged)
            from 4 on, as `factory.symmetry` does to whole factories.
        size: (N, 2) int64 width and height of each task.
        entity_code: (N,) int64 which reference a task has.
        entity_first: (R + 1,) int64 the first of `entities` of each reference.
        entities: (E, 9) int16 rows of `factory.tensor.entity_rows`.
        endpoint_code: as `entity_code`, for `endpoints`.
        endpoint_first: as `entity_first`.
        endpoints: (K, 7) int16 rows of `factory.tensor.endpoint_rows`.
        missing_first: (N + 1,) int64 the first of `missing` of each task.
        missing: indices of entities within their reference, ascending.
        turning: (n_entities,) how each entity id turns.
        grid: (B, C, H, W) int16 zeros.
        hand: (B, n_entities) int16 zeros.
        target: (B, M, 7) int16 zeros: entity, x, y, quarter turn, recipe, filter, variant of each missing entity.
    """
    for row in range(picks.shape[0]):
        task = picks[row]
        mirrored, turns = symmetries[row] >= 4, symmetries[row] % 4
        width, height = size[task, 0], size[task, 1]
        rows, columns = (width, height) if turns % 2 else (height, width)
        for y in range(min(rows, grid.shape[2])):
            for x in range(min(columns, grid.shape[3])):
                grid[row, BOUNDS, y, x] = 1
        gone, last = missing_first[task], missing_first[task + 1]
        first = entity_first[entity_code[task]]
        for index in range(first, entity_first[entity_code[task] + 1]):
            look = entities[index]
            x, y, wide, high = int(look[0]), int(look[1]), int(look[2]), int(look[3])
            quarter, variant, turn = look[5] - 1, int(look[8]), turning[look[4]]
            if mirrored:
                x = width - x - wide
                quarter = ((1 if turn == TURNS_ON_DIAGONAL else 0) - quarter) % 4
                variant = _mirrored_variant(variant)
            across, down = width, height
            for _ in range(turns):
                x, y = down - y - high, x
                across, down = down, across
                if turn != FIXED:
                    wide, high, quarter = high, wide, (quarter + 1) % 4
            if gone < last and missing[gone] == index - first:
                place = gone - missing_first[task]
                hand[row, look[4]] += 1
                if place < target.shape[1]:
                    target[row, place, 0] = look[4]
                    target[row, place, 1] = x
                    target[row, place, 2] = y
                    target[row, place, 3] = quarter
                    target[row, place, 4] = look[6]
                    target[row, place, 5] = look[7]
                    target[row, place, 6] = variant
                gone += 1
            else:
                _draw_entity(grid, look, row, x, y, wide, high, quarter, variant)
        for index in range(endpoint_first[endpoint_code[task]], endpoint_first[endpoint_code[task] + 1]):
            look = endpoints[index]
            x, y, quarter = int(look[0]), int(look[1]), look[3] - 1
            stays = look[4] == CHEST_SOURCE or look[4] == CHEST_SINK
            if mirrored:
                x = width - x - 1
                quarter = quarter if stays else -quarter % 4
            across, down = width, height
            for _ in range(turns):
                x, y = down - y - 1, x
                across, down = down, across
                quarter = quarter if stays else (quarter + 1) % 4
            _draw_endpoint(grid, look, row, x, y, quarter, mirrored)
