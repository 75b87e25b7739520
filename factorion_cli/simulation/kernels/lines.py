"""Transport lines: items in a row that move together, front first.

Stored positions are relative to the line's shift, so a line that flows freely moves all its items by one addition.
"""

from factorion_cli.simulation.decisions import DROP_WINDOW, SPACING, STRAIGHT_LENGTH
from factorion_cli.simulation.kernels.compiled import helper

CLOSED, TO_LINE, TO_SINK, TO_SPLITTER = 0, 1, 2, 3
FAR = 1 << 30


@helper
def position_of(lines, slots, n, index):
    """Position of the item at `index` from the front."""
    return slots[lines[n].head + index].position + lines[n].shift


@helper
def first_behind(lines, slots, n, position):
    """Index (from the front) of the first item whose position is below `position`; the count if there is none."""
    line = lines[n]
    low, high = line.head, line.head + line.count
    stored = position - line.shift
    while low < high:
        middle = (low + high) // 2
        if slots[middle].position < stored:
            high = middle
        else:
            low = middle + 1
    return low - line.head


@helper
def nearest_ahead(lines, slots, n, position):
    """Position of the nearest item at or ahead of `position`, or FAR."""
    index = first_behind(lines, slots, n, position)
    return FAR if index == 0 else position_of(lines, slots, n, index - 1)


@helper
def insert(lines, slots, n, position, item):
    """Put an item in by position; False when the line's list is full."""
    line = lines[n]
    count = line.count
    if count >= line.room:
        return False
    if line.head + count >= line.base + 2 * line.room:
        for i in range(count):
            slots[line.base + i].position = slots[line.head + i].position
            slots[line.base + i].item = slots[line.head + i].item
        line.head = line.base
    place = line.head + first_behind(lines, slots, n, position)
    for i in range(line.head + count, place, -1):
        slots[i].position = slots[i - 1].position
        slots[i].item = slots[i - 1].item
    slots[place].position = position - line.shift
    slots[place].item = item
    line.count = count + 1
    line.resting = 0
    if place < line.head + count and slots[place].position - slots[place + 1].position < SPACING:
        line.squeezed = 1
    return True


@helper
def remove(lines, slots, n, index):
    """Take the item at `index` from the front out."""
    line = lines[n]
    if index == 0:
        line.head += 1
    else:
        for i in range(line.head + index, line.head + line.count - 1):
            slots[i].position = slots[i + 1].position
            slots[i].item = slots[i + 1].item
    line.count -= 1
    line.resting = 0


@helper
def _front_limit(lines, slots, n, front):
    """How far the front item may go: past the end when what follows has room."""
    line = lines[n]
    if line.end == TO_SINK:
        return FAR
    if line.end != TO_LINE:
        return line.length - 1
    if front + line.speed <= line.length - SPACING:
        return FAR
    ahead = nearest_ahead(lines, slots, line.next_line, line.entry)
    return FAR if ahead == FAR else line.length + ahead - line.entry - SPACING


@helper
def _advance(lines, slots, n, step):
    """Move every item: the front by `step`, each other up to the spacing behind the one ahead of it."""
    line = lines[n]
    speed, shift, head = line.speed, line.shift, line.head
    line.shift = shift + speed
    if step == speed and line.squeezed == 0:
        return
    slots[head].position -= speed - step
    ahead = slots[head].position + shift + speed
    moved = step > 0
    squeezed = 0
    for i in range(head + 1, head + line.count):
        here = slots[i].position + shift
        step = max(0, min(speed, ahead - SPACING - here))
        if step == speed and line.squeezed == 0:
            return
        if ahead - here - step < SPACING:
            squeezed = 1
        moved = moved or step > 0
        slots[i].position -= speed - step
        ahead = here + step
    line.squeezed = squeezed
    line.resting = 0 if moved else 1


@helper
def _hand_on(lines, slots, tallies, n, weight):
    """Move the front item past the end to what follows."""
    line = lines[n]
    over = position_of(lines, slots, n, 0) - line.length
    item = slots[line.head].item
    if line.end == TO_SINK:
        tallies[line.taken_base + item].taken += 1
        tallies[line.taken_base + item].weighted += weight
        remove(lines, slots, n, 0)
    elif insert(lines, slots, line.next_line, line.entry + over, item):
        remove(lines, slots, n, 0)
    else:
        slots[line.head].position -= over + 1
        return
    line.passed += 1


@helper
def refill(lines, slots, n):
    """Keep a source's first tile full: every free spacing behind the last item gets a new one."""
    line = lines[n]
    last = STRAIGHT_LENGTH - 1 + SPACING
    if line.count > 0:
        last = position_of(lines, slots, n, line.count - 1)
    while last >= SPACING:
        last -= SPACING
        if not insert(lines, slots, n, last, line.source_item):
            return
        line.made += 1


@helper
def move_line(lines, slots, tallies, n, weight):
    """One tick of one line."""
    line = lines[n]
    if line.count > 0:
        front = position_of(lines, slots, n, 0)
        step = max(0, min(line.speed, _front_limit(lines, slots, n, front) - front))
        if step > 0 or line.resting == 0:
            _advance(lines, slots, n, step)
            if front + step >= line.length:
                _hand_on(lines, slots, tallies, n, weight)
    if line.source_item >= 0:
        refill(lines, slots, n)


@helper
def room_for_drop(lines, slots, n, position):
    """Where near `position` an arm can let go of an item, or -1.

    At the drop point if nothing is within a spacing ahead, else just behind what is there, up to a spacing (and the
    belt's step in this tick) back. Items behind do not matter: they wait (squashing).
    """
    place = position
    while place >= 0 and place > position - DROP_WINDOW - lines[n].speed:
        ahead = nearest_ahead(lines, slots, n, place)
        if ahead >= place + SPACING:
            return place
        place = ahead - SPACING
    return -1
