"""Transport lines: items in a row that move together, front first.

Stored positions are relative to the line's shift, so a line that flows freely moves all its items by one addition.
"""

from factorion_cli.simulation.decisions import DROP_WINDOW, SPACING, STRAIGHT_LENGTH
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.layout import ITEM_BITS, ITEM_MASK

CLOSED, TO_LINE, TO_SINK, TO_SPLITTER = 0, 1, 2, 3
RING_LEADER, RING_MEMBER = 1, 2
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
    """Position of the nearest item at or ahead of `position`, just past the end of the line included, or FAR."""
    index = first_behind(lines, slots, n, position)
    if index > 0:
        return position_of(lines, slots, n, index - 1)
    line = lines[n]
    if line.end == TO_LINE and line.entry == 0 and position > line.length - 2 * SPACING:
        count = lines[line.next_line].count
        if count > 0:
            return line.length + position_of(lines, slots, line.next_line, count - 1)
    return FAR


@helper
def put_at(lines, slots, n, index, position, item):
    """Put an item in as the one at `index` from the front; False when the line's list is full."""
    line = lines[n]
    count = line.count
    if count >= line.room:
        return False
    if line.head + count >= line.base + 2 * line.room:
        for i in range(count):
            slots[line.base + i].position = slots[line.head + i].position
            slots[line.base + i].item = slots[line.head + i].item
        line.head = line.base
    place = line.head + index
    for i in range(line.head + count, place, -1):
        slots[i].position = slots[i - 1].position
        slots[i].item = slots[i - 1].item
    slots[place].position = position - line.shift
    slots[place].item = item
    line.count = count + 1
    line.resting = 0
    return True


@helper
def put(lines, slots, n, position, item):
    """Put an item in by position, where nothing is too near; False when the line's list is full."""
    return put_at(lines, slots, n, first_behind(lines, slots, n, position), position, item)


@called
def _push_back(lines, slots, n, position, act):
    """Push what lies below `position` to a spacing below it, and those behind to where they keep the spacing.

    It goes on along the lines that come straight from behind, and on a closed ring all the way round to what lies ahead
    of the place. Without `act` nothing moves: it only says whether all of them find room.
    """
    first, limit = n, position - SPACING
    start = first_behind(lines, slots, n, position)
    index, last = start, lines[n].count
    while True:
        line = lines[n]
        over = 0
        for i in range(line.head + index, line.head + last):
            if slots[i].position + line.shift <= limit:
                return True
            if limit < 0:
                over += 1
            elif act:
                slots[i].position = limit - line.shift
                line.resting = 0
            limit -= SPACING
        behind = line.behind
        if over == 0 and (behind < 0 or limit >= 0):
            return True
        if behind < 0:
            return False
        limit += lines[behind].length
        if over > 0 and (lines[behind].count + over > lines[behind].room or limit + SPACING < 0):
            return False
        if act:
            for k in range(over, 0, -1):
                line.count -= 1
                item = slots[line.head + line.count].item
                put_at(lines, slots, behind, 0, limit + SPACING * (over - k + 1), item)
            line.resting = 0
        n, index, last = behind, over if act else 0, lines[behind].count
        if n == first:
            # Once around: those ahead of the place come last, and none of them may come nearer to it than the spacing.
            last = start + index
            return _fits_ahead(lines, slots, n, index, last, limit, position, act)


@helper
def _fits_ahead(lines, slots, n, index, last, limit, position, act):
    """Push the items from `index` to `last` of a ring's line back behind `limit`, as long as `position` stays free."""
    line = lines[n]
    for i in range(line.head + index, line.head + last):
        if slots[i].position + line.shift <= limit:
            return True
        if limit < position + SPACING:
            return False
        if act:
            slots[i].position = limit - line.shift
            line.resting = 0
        limit -= SPACING
    return limit >= position


@helper
def has_room(lines, slots, n, position):
    """Whether an item can be pushed in at `position`, with nothing too near ahead: those behind can make room."""
    line = lines[n]
    if line.count >= line.room:
        return False
    if position >= SPACING and (line.count == 0 or position_of(lines, slots, n, line.count - 1) >= position):
        return True
    return _push_back(lines, slots, n, position, False)


@helper
def insert(lines, slots, n, position, item):
    """Push an item in by position: those behind it make room (squashing); False when they cannot."""
    if not has_room(lines, slots, n, position):
        return False
    _push_back(lines, slots, n, position, True)
    return put(lines, slots, n, position, item)


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
def _front_step(lines, slots, n, front):
    """How far the front item moves in this tick: past the end when what follows has room."""
    line = lines[n]
    free = front + line.speed
    if line.end == TO_SINK or free <= line.length - SPACING:
        return line.speed
    if line.end != TO_LINE:
        return min(line.speed, line.length - 1 - front)
    if line.entry > 0:
        return _side_step(lines, slots, n, front)
    ahead = nearest_ahead(lines, slots, line.next_line, 0)
    if ahead < FAR:
        free = min(free, line.length + ahead - SPACING)
    return max(0, free - front)


@helper
def _side_step(lines, slots, n, front):
    """How far an item moves that is about to side-load: it waits at the end of its belt until there is room.

    One that has waited goes in as soon as what passes leaves room, within the tick, and goes on with the belt that it
    is on then: so a slow belt can fill a lane of a fast one.
    """
    line = lines[n]
    late = front + line.speed - line.length
    if late < 0:
        return line.speed
    ahead = nearest_ahead(lines, slots, line.next_line, line.entry)
    if ahead < FAR:
        room = ahead - SPACING - line.entry
        if front == line.length - 1 and room < lines[line.next_line].speed:
            late = room
        late = min(late, room)
    if late < 0 or not has_room(lines, slots, line.next_line, line.entry + late):
        return line.length - 1 - front
    return line.length + late - front


@helper
def _advance(lines, slots, n, step):
    """Move every item: the front by `step`, each other up to the spacing behind the one ahead of it."""
    line = lines[n]
    speed, shift, head = line.speed, line.shift, line.head
    line.shift = shift + speed
    if step == speed:
        return
    slots[head].position -= speed - step
    ahead = slots[head].position + shift + speed
    moved = step > 0
    for i in range(head + 1, head + line.count):
        here = slots[i].position + shift
        step = min(speed, ahead - SPACING - here)
        if step == speed:
            return
        moved = moved or step > 0
        slots[i].position -= speed - step
        ahead = here + step
    line.resting = 0 if moved else 1


@helper
def _hand_on(lines, slots, tallies, n, weight):
    """Move the front item past the end to what follows, which has room: `_front_step` looked."""
    line = lines[n]
    over = position_of(lines, slots, n, 0) - line.length
    item = slots[line.head].item
    pieces = (item >> ITEM_BITS) + 1
    if line.end == TO_SINK:
        tallies[line.taken_base + (item & ITEM_MASK)].taken += pieces
        tallies[line.taken_base + (item & ITEM_MASK)].weighted += pieces * weight
    elif line.entry == 0:
        put(lines, slots, line.next_line, over, item)
    else:
        insert(lines, slots, line.next_line, line.entry + over, item)
    remove(lines, slots, n, 0)
    line.passed += pieces


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


@called
def _move_ring(lines, slots, leader):
    """One tick of a closed ring: everything on it moves, since all that is ahead of anything moves as far."""
    n = leader
    while True:
        line = lines[n]
        line.shift += line.speed
        n = line.next_line
        if n == leader:
            break
    while True:
        line = lines[n]
        while line.count > 0 and position_of(lines, slots, n, 0) >= line.length:
            item = slots[line.head].item
            put(lines, slots, line.next_line, position_of(lines, slots, n, 0) - line.length, item)
            remove(lines, slots, n, 0)
            line.passed += (item >> ITEM_BITS) + 1
        n = line.next_line
        if n == leader:
            break


@helper
def move_line(lines, slots, tallies, n, weight):
    """One tick of one line; a ring moves when its leader does."""
    line = lines[n]
    if line.ring != 0:
        if line.ring == RING_LEADER:
            _move_ring(lines, slots, n)
        return
    if line.count > 0:
        front = position_of(lines, slots, n, 0)
        step = _front_step(lines, slots, n, front)
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
    belt's step in this tick) back. Items behind do not matter: they are pushed back (squashing).
    """
    place = position
    while place >= 0 and place > position - DROP_WINDOW - lines[n].speed:
        ahead = nearest_ahead(lines, slots, n, place)
        if ahead >= place + SPACING:
            return place
        place = ahead - SPACING
    return -1
