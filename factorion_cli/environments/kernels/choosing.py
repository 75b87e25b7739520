"""Legal choices of many states at once, compiled: head by head as masks, or a whole action drawn evenly."""

from factorion_cli.environments.kernels.ground import WORD, count_bits, fits_at, fits_facing, fits_somewhere, nth_bit
from factorion_cli.simulation.kernels.compiled import entry, helper


@entry
def entity_masks(free, hands, rules, masks, legal, counts, first, end):
    """(N, n_entities): what is in the hand and fits somewhere; "done" is always legal.

    The same as lists: the first `counts` (N,) of `legal` (N, n_entities).
    """
    for i in range(first, end):
        count = 0
        for entity in range(hands.shape[1]):
            masks[i, entity] = False
        for entity in range(hands.shape[1]):
            if entity == 0 or (hands[i, entity] > 0 and fits_somewhere(free[i], rules, entity)):
                masks[i, entity] = True
                legal[i, count] = entity
                count += 1
        counts[i] = count


@entry
def tile_masks(free, entities, rules, width, masks, first, end):
    """(N, H * W): top-left tiles at which the entity chosen in each state fits; the first one for "done"."""
    for i in range(first, end):
        for y in range(free.shape[1]):
            for k in range(free.shape[2]):
                found = int(y == 0 and k == 0) if entities[i] == 0 else fits_facing(free[i], rules, entities[i], y, k)
                for bit in range(min(WORD, width - k * WORD)):
                    masks[i, y * width + k * WORD + bit] = found >> bit & 1 == 1


@helper
def _faces(free, rules, entity, tile, width, turn):
    """Whether an entity can stand at a tile facing so; "done" faces north."""
    if entity == 0:
        return turn == 0
    return rules[1][entity, turn] and fits_at(free, rules[0], entity, turn, tile % width, tile // width)


@entry
def direction_masks(free, entities, tiles, rules, width, masks, first, end):
    """(N, 4): quarter turns in which the entity fits at the tile chosen in each state; north for "done"."""
    for i in range(first, end):
        for turn in range(4):
            masks[i, turn] = _faces(free[i], rules, entities[i], tiles[i], width, turn)


@helper
def _drawn_tile(free, rules, entity, width, chance):
    count = 0
    for y in range(free.shape[0]):
        for k in range(free.shape[1]):
            count += count_bits(fits_facing(free, rules, entity, y, k))
    place = int(chance * count)
    for y in range(free.shape[0]):
        for k in range(free.shape[1]):
            found = fits_facing(free, rules, entity, y, k)
            own = count_bits(found)
            if place < own:
                return y * width + k * WORD + nth_bit(found, place)
            place -= own
    return 0


@helper
def _drawn_turn(free, rules, entity, tile, width, chance):
    count = 0
    for turn in range(4):
        count += _faces(free, rules, entity, tile, width, turn)
    place = int(chance * count)
    for turn in range(4):
        if _faces(free, rules, entity, tile, width, turn):
            if place == 0:
                return turn
            place -= 1
    return 0


@entry
def draw(free, legal, counts, rules, options, width, chances, actions, first, end):
    """(N, 5): a legal action of each state, each head drawn evenly under its mask given those before.

    `free` (N, H, words), `legal` and `counts` as `entity_masks` gives them, `options` all contents by entity and
    (n_entities + 1,) where those of each begin, `width` of the window in tiles, `chances` (N, 5) in [0, 1).
    """
    contents, first_option = options
    for i in range(first, end):
        entity = legal[i, int(chances[i, 0] * counts[i])]
        for head in range(5):
            actions[i, head] = 0
        if entity == 0:
            continue
        tile = _drawn_tile(free[i], rules, entity, width, chances[i, 1])
        count = first_option[entity + 1] - first_option[entity]
        actions[i, 0], actions[i, 1] = entity, tile
        actions[i, 2] = _drawn_turn(free[i], rules, entity, tile, width, chances[i, 2])
        # Either end of an underground is as good; nothing else has a choice.
        actions[i, 3] = 1 + int(2 * chances[i, 3]) if rules[2][entity, 1] else 0
        actions[i, 4] = contents[first_option[entity] + int(chances[i, 4] * count)]
