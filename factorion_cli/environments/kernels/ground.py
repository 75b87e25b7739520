"""Where there is room, as bits: the rules of placement on many states at once, compiled.

Of each row of tiles a word has a bit per column, set where nothing stands and something may: WORD columns to a word,
so that two words side by side fit into one integer. `masks` states the same rules for one state.
"""

from factorion_cli.factory.tensor import BOUNDS, PART
from factorion_cli.simulation.kernels.compiled import entry, helper

WORD = 32
_FULL = (1 << WORD) - 1


def words(width: int) -> int:
    """How many words a row of so many tiles takes."""
    return -(-width // WORD)


@helper
def take(free, x, y, wide, tall):
    """Something stands there now."""
    for row in range(y, y + tall):
        for column in range(x, x + wide):
            free[row, column // WORD] &= ~(1 << (column % WORD))


@helper
def fits(free, y, k, wide, tall):
    """The columns of a word at which a footprint with its top-left corner in row y has room."""
    if y + tall > free.shape[0]:
        return 0
    found = _FULL
    for row in range(y, y + tall):
        room = free[row, k]
        if k + 1 < free.shape[1]:
            room |= free[row, k + 1] << WORD
        for dx in range(wide):
            found &= room >> dx
    return found


@helper
def fits_at(free, sizes, entity, turn, x, y):
    """Whether an entity, turned so, has room with its top-left corner there."""
    if x < 0 or y < 0 or y >= free.shape[0] or x >= WORD * free.shape[1]:
        return False
    found = fits(free, y, x // WORD, sizes[entity, turn % 2], sizes[entity, 1 - turn % 2])
    return found >> (x % WORD) & 1 == 1


@helper
def fits_facing(free, rules, entity, y, k):
    """The columns of a word at which an entity has room facing some way."""
    sizes, directions = rules[0], rules[1]
    found = 0
    if directions[entity, 0] or directions[entity, 2]:
        found = fits(free, y, k, sizes[entity, 0], sizes[entity, 1])
    if (directions[entity, 1] or directions[entity, 3]) and (found == 0 or sizes[entity, 0] != sizes[entity, 1]):
        found |= fits(free, y, k, sizes[entity, 1], sizes[entity, 0])
    return found


@helper
def fits_somewhere(free, rules, entity):
    """Whether an entity has room anywhere."""
    for y in range(free.shape[0]):
        for k in range(free.shape[1]):
            if fits_facing(free, rules, entity, y, k):
                return True
    return False


@helper
def count_bits(bits):
    """How many bits of a word are set."""
    bits -= bits >> 1 & 0x55555555
    bits = (bits & 0x33333333) + (bits >> 2 & 0x33333333)
    return ((bits + (bits >> 4) & 0x0F0F0F0F) * 0x01010101 & _FULL) >> 24


@helper
def nth_bit(bits, n):
    """The place of the set bit of a word that has n set ones below it."""
    for _ in range(n):
        bits &= bits - 1
    return count_bits((bits & -bits) - 1)


@entry
def survey(grids, free, first, end):
    """Find the room of the (N, C, H, W) `grids` from `first` up to `end`."""
    for i in range(first, end):
        for y in range(free.shape[1]):
            for k in range(free.shape[2]):
                free[i, y, k] = 0
        for y in range(grids.shape[2]):
            for x in range(grids.shape[3]):
                if grids[i, PART, y, x] == 0 and grids[i, BOUNDS, y, x] > 0:
                    free[i, y, x // WORD] |= 1 << (x % WORD)
