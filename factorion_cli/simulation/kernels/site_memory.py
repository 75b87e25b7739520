"""What was found of states of sites, kept by what they are: those that come again are not solved again.

A state has one place, where the next one that belongs there takes over. It is known by its site and all that was put
down, in any order, not by a digest of that.
"""

from factorion_cli.simulation.kernels.compiled import entry, helper
from factorion_cli.simulation.kernels.site_judging import PIECE_NUMBER, PIECE_X, PIECE_Y

PLACES = 1 << 15
"""How many states are kept."""

MOST_PUT = 6
"""States with more put down than this hardly ever come again."""

_MIX = 0x9E3779B97F4A7C1
_LOW = (1 << 32) - 1


@helper
def _write(placed, count, put):
    """What was put down as sorted numbers, a piece and its tile each."""
    for p in range(count):
        number = (placed[p, PIECE_NUMBER] << 32) + (placed[p, PIECE_Y] << 16) + placed[p, PIECE_X]
        hole = p
        while hole > 0 and put[hole - 1] > number:
            put[hole] = put[hole - 1]
            hole -= 1
        put[hole] = number


@helper
def _place_of(site, put, count):
    """Where a state belongs."""
    mixed = site * _MIX
    for p in range(count):
        mixed = ((mixed ^ put[p]) * _MIX) ^ ((mixed >> 32) & _LOW)
    return (mixed >> 32) & (PLACES - 1)


@entry
def recall(memory, states, asked, put, rates, least, known):
    """(M,): which of the states `asked` were found before; `rates` and `least` of those.

    `memory` (PLACES,) are MEMORY (`site_scoring`), `put` (MOST_PUT,) int64 is for comparing, `states` as for
    `flow_joining.join`.
    """
    site_of, placed, n_placed = states
    for j in range(len(asked)):
        i = asked[j]
        count = n_placed[i]
        known[j] = False
        if count > MOST_PUT:
            continue
        _write(placed[i], count, put)
        kept = memory[_place_of(site_of[i], put, count)]
        known[j] = kept.site == site_of[i] and kept.count == count
        for p in range(count):
            known[j] = known[j] and kept.put[p] == put[p]
        if known[j]:
            rates[j], least[j] = kept.rate, kept.least


@entry
def remember(memory, states, asked, put, rates, least, apart):
    """Keep what was found of the states `asked` (M,), but of those `apart`; arguments are as for `recall`."""
    site_of, placed, n_placed = states
    for j in range(len(asked)):
        i = asked[j]
        count = n_placed[i]
        if count > MOST_PUT or apart[j]:
            continue
        _write(placed[i], count, put)
        kept = memory[_place_of(site_of[i], put, count)]
        kept.site, kept.count, kept.rate, kept.least = site_of[i], count, rates[j], least[j]
        for p in range(count):
            kept.put[p] = put[p]
