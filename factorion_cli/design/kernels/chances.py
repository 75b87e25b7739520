"""Random numbers of the search."""

from factorion_cli.design.kernels.compiled import helper


@helper
def draw(seed, bound):
    """A number from 0 up to (not including) `bound`; `seed` is one word of state (an xorshift generator)."""
    word = seed[0]
    word ^= (word << 13) & 0x7FFFFFFFFFFFFFFF
    word ^= word >> 7
    word ^= (word << 17) & 0x7FFFFFFFFFFFFFFF
    seed[0] = word
    return (word >> 11) % bound


@helper
def chance(seed):
    """A number from 0 to 1."""
    return draw(seed, 1 << 30) / (1 << 30)
