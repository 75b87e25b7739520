"""Whether a factory is in the very state that it was in at a checkpoint: compared word by word, so never by chance.

A factory at work differs from its checkpoint nearly always, and mostly where it differed a tick ago. So what is asked
every tick is one word, the place of the last difference; only when that agrees the rest is gone through from there.
"""

from factorion_cli.simulation.kernels.compiled import entry, helper
from factorion_cli.simulation.kernels.lines import position_of
from factorion_cli.simulation.layout import LINES, SLOT_POSITION

START = -1
"""Table of a cursor that has not met a difference yet."""


@helper
def differs_still(world, watch, f):
    """Whether the place of the last difference still differs; a word, or (numbered from -1 down) a line's item."""
    table, row, word = watch.cursor[f, 0], watch.cursor[f, 1], watch.cursor[f, 2]
    if table == START:
        return False
    if word >= 0:
        return watch.now[table][row, word] != watch.then[table][row, word]
    index = -1 - word
    if index >= world.lines[row].count:
        return True
    return position_of(world.lines, world.slots, row, index) != position_of(watch.lines, watch.slots, row, index)


@helper
def _different_item(lines, watch, n):
    """Index from the front of the first item of a line that lies elsewhere or is another, or -1."""
    now, then = lines[n], watch.lines[n]
    for index in range(now.count):
        for word in range(watch.items_now.shape[1]):
            here = watch.items_now[now.head + index, word]
            there = watch.items_then[then.head + index, word]
            if word == SLOT_POSITION:
                here, there = here + now.shift, there + then.shift
            if here != there:
                return index
    return -1


@helper
def _different_word(now, then, words, row):
    """First word of a row that differs, or -1."""
    for k in range(words.shape[0]):
        if now[row, words[k]] != then[row, words[k]]:
            return words[k]
    return -1


@entry
def is_as_then(lines, watch, f):
    """Compare a factory with its checkpoint, from the last difference on and round; stops at the next difference."""
    tables = len(watch.now)
    first_table, first_row = watch.cursor[f, 0], watch.cursor[f, 1]
    if first_table == START:
        first_table, first_row = 0, watch.first[0, f]
    for turn in range(tables + 1):
        table = (first_table + turn) % tables
        low = first_row if turn == 0 else watch.first[table, f]
        high = first_row if turn == tables else watch.first[table, f + 1]
        for row in range(low, high):
            word = _different_word(watch.now[table], watch.then[table], watch.words[table], row)
            different = word >= 0
            if table == LINES and not different:
                index = _different_item(lines, watch, row)
                different = index >= 0
                word = -1 - index
            if different:
                watch.cursor[f, 0], watch.cursor[f, 1], watch.cursor[f, 2] = table, row, word
                return False
    return True
