"""Transport lines: items in a row that move together, front first.

Stored positions are relative to the line's shift, so a line that flows freely moves all its items by one addition.
"""

from numba import njit

from factorion_cli.simulation.decisions import SPACING

CLOSED, TO_LINE, TO_SINK, TO_SPLITTER = 0, 1, 2, 3
FAR = 1 << 30


@njit(cache=True)
def first_behind(lines, n, position):
    """Index (from the front) of the first item whose position is below `position`; the count if there is none."""
    low, high = 0, lines.count[n]
    head = lines.head[n]
    stored = position - lines.shift[n]
    while low < high:
        middle = (low + high) // 2
        if lines.position[head + middle] < stored:
            high = middle
        else:
            low = middle + 1
    return low


@njit(cache=True)
def position_of(lines, n, index):
    """Position of the item at `index` from the front."""
    return lines.position[lines.head[n] + index] + lines.shift[n]


@njit(cache=True)
def gap_at(lines, n, position):
    """Position of the nearest item at or ahead of `position`, or FAR."""
    index = first_behind(lines, n, position)
    return FAR if index == 0 else position_of(lines, n, index - 1)


@njit(cache=True)
def insert(lines, n, position, item):
    """Put an item in by position; False when the line's list is full."""
    count = lines.count[n]
    if count >= lines.room[n]:
        return False
    base = lines.base[n]
    if lines.head[n] + count >= base + 2 * lines.room[n]:
        head = lines.head[n]
        for i in range(count):
            lines.position[base + i] = lines.position[head + i]
            lines.item[base + i] = lines.item[head + i]
        lines.head[n] = base
    index = first_behind(lines, n, position)
    head = lines.head[n]
    for i in range(head + count, head + index, -1):
        lines.position[i] = lines.position[i - 1]
        lines.item[i] = lines.item[i - 1]
    lines.position[head + index] = position - lines.shift[n]
    lines.item[head + index] = item
    lines.count[n] = count + 1
    lines.resting[n] = 0
    if index < count and position - position_of(lines, n, index + 1) < SPACING:
        lines.squeezed[n] = 1
    return True


@njit(cache=True)
def remove(lines, n, index):
    """Take the item at `index` from the front out."""
    head, count = lines.head[n], lines.count[n]
    if index == 0:
        lines.head[n] = head + 1
    else:
        for i in range(head + index, head + count - 1):
            lines.position[i] = lines.position[i + 1]
            lines.item[i] = lines.item[i + 1]
    lines.count[n] = count - 1
    lines.resting[n] = 0


@njit(cache=True)
def _front_limit(lines, n, front):
    """How far the front item may go: past the end when what follows has room."""
    length, end = lines.length[n], lines.end[n]
    if end == TO_SINK:
        return FAR
    if end != TO_LINE:
        return length - 1
    if front + lines.speed[n] <= length - SPACING:
        return FAR
    ahead = gap_at(lines, lines.next_line[n], lines.entry[n])
    return FAR if ahead == FAR else min(length + ahead - lines.entry[n] - SPACING, FAR)


@njit(cache=True)
def _advance(lines, n, step):
    """Move every item: the front by `step`, each other up to the spacing behind the one ahead of it."""
    speed, shift, head, count = lines.speed[n], lines.shift[n], lines.head[n], lines.count[n]
    lines.shift[n] = shift + speed
    if step == speed and lines.squeezed[n] == 0:
        return
    lines.position[head] -= speed - step
    ahead = lines.position[head] + shift + speed
    moved = step > 0
    squeezed = 0
    for i in range(head + 1, head + count):
        here = lines.position[i] + shift
        step = min(speed, ahead - SPACING - here)
        if step < 0:
            step = 0
        if step == speed and lines.squeezed[n] == 0:
            return
        if ahead - here - step < SPACING:
            squeezed = 1
        moved = moved or step > 0
        lines.position[i] -= speed - step
        ahead = here + step
    lines.squeezed[n] = squeezed
    lines.resting[n] = 0 if moved else 1


@njit(cache=True)
def _hand_on(lines, counters, n):
    """Move the front item past the end to what follows."""
    over = position_of(lines, n, 0) - lines.length[n]
    item = lines.item[lines.head[n]]
    if lines.end[n] == TO_SINK:
        counters.taken[counters.base[lines.sink_row[n]] + item] += 1
        remove(lines, n, 0)
    elif insert(lines, lines.next_line[n], lines.entry[n] + over, item):
        remove(lines, n, 0)
    else:
        lines.position[lines.head[n]] -= over + 1


@njit(cache=True)
def refill(lines, n):
    """Keep a source's first tile full: every free spacing behind the last item gets a new one."""
    item = lines.source_item[n]
    last = 255 + SPACING if lines.count[n] == 0 else position_of(lines, n, lines.count[n] - 1)
    while last >= SPACING:
        last -= SPACING
        if last >= lines.length[n] or not insert(lines, n, last, item):
            return
        lines.made[n] += 1


@njit(cache=True)
def move_line(lines, counters, n):
    """One tick of one line."""
    if lines.count[n] > 0:
        front = position_of(lines, n, 0)
        step = min(lines.speed[n], _front_limit(lines, n, front) - front)
        if step < 0:
            step = 0
        if step > 0 or lines.resting[n] == 0:
            _advance(lines, n, step)
            if position_of(lines, n, 0) >= lines.length[n]:
                _hand_on(lines, counters, n)
    if lines.source_item[n] >= 0:
        refill(lines, n)


@njit(cache=True)
def room_for_drop(lines, n, position):
    """Where near `position` an arm can let go of an item, or -1.

    At the drop point if nothing is within a spacing ahead, else just behind what is there, up to a spacing (and the belt's step
    in this tick) back. Items behind do not matter: they wait (squashing).
    """
    place = position
    while place >= 0 and place >= position - SPACING - (lines.speed[n] - 1):
        ahead = gap_at(lines, n, place)
        if ahead >= place + SPACING:
            return place
        place = ahead - SPACING
    return -1
