"""The order in which a tick moves lines and splitters: downstream first, so that a full belt moves as one.

The order follows from what goes on to what and never from where it stands, so a factory that is turned does the same.
Waves go upstream: first what ends, then what goes on to that, and so on. Of the lines that go on to one line the one
that comes straight from behind moves first (the belt that goes straight wins over those from the side), then those from
the side, the furthest downstream first. What else may move at the same time touches nothing in common.

Loops have no end to begin at. A closed ring of belts of one speed moves as one (`kernels.lines`). Other loops are
opened where something has to be decided anyway: splitters on loops do not wait for outputs that are on loops, too; a
loop without splitters is open where it side-loads itself, or else where it goes on to a faster belt.
"""

from factorion_cli.simulation.kernels.compiled import called, entry, helper
from factorion_cli.simulation.kernels.lines import RING_LEADER, RING_MEMBER, TO_LINE, TO_SPLITTER

SCRATCH_ROWS = 7
INTO, OUT_OF, FEEDER, SIBLING, WAITS, MARK, RANK = range(SCRATCH_ROWS)
"""Rows of the scratch table, by line and, beyond all lines, by splitter: the splitter into which a line runs and the
one out of which it comes; the first line that goes on to it, and the next one that goes on to the same; for how many it
waits; its mark; its place among the roots."""
NONE = -1
PLAIN, LOOPED, OPEN = 0, 1, 2
"""Marks: on no loop; on a loop or between two; on a loop and waiting for nobody."""


@called
def _connect(lines, splitters, roots, switches, net):
    """Learn who goes on to whom."""
    for rank in range(roots.shape[0]):
        n = roots[rank]
        net[INTO, n], net[OUT_OF, n], net[FEEDER, n], net[SIBLING, n] = NONE, NONE, NONE, NONE
        net[MARK, n], net[RANK, n] = PLAIN, rank
        lines[n].behind, lines[n].ring = NONE, 0
    for s in switches:
        net[MARK, lines.shape[0] + s] = PLAIN
        for lane in range(2):
            for side in range(2):
                net[INTO, splitters[s].lines[lane, side]] = s
                net[OUT_OF, splitters[s].lines[lane, 2 + side]] = s
    for n in roots:
        if lines[n].end == TO_LINE:
            _feed(lines, net, n, lines[n].next_line)


@called
def _feed(lines, net, n, ahead):
    """Put a line in its place among those that go on to the line ahead."""
    before, after = NONE, net[FEEDER, ahead]
    if lines[n].entry == 0:
        lines[ahead].behind = n
    else:
        while after != NONE and (lines[after].entry == 0 or lines[after].entry >= lines[n].entry):
            before, after = after, net[SIBLING, after]
    net[SIBLING, n] = after
    if before == NONE:
        net[FEEDER, ahead] = n
    else:
        net[SIBLING, before] = n


@helper
def _goes_on(line):
    """Whether anything comes after a line."""
    return line.end == TO_LINE or line.end == TO_SPLITTER


@called
def _await(lines, splitters, roots, switches, net):
    """Count for how many each waits."""
    for n in roots:
        net[WAITS, n] = 1 if _goes_on(lines[n]) and net[MARK, n] != OPEN else 0
    for s in switches:
        place = lines.shape[0] + s
        net[WAITS, place] = 0
        for lane in range(2):
            for side in range(2, 4):
                if net[MARK, place] == PLAIN or net[MARK, splitters[s].lines[lane, side]] == PLAIN:
                    net[WAITS, place] += 1


@called
def _release(net, place, step, steps, end):
    """Something that `place` waits for has moved; it comes next if that was the last. Returns the new end."""
    if net[WAITS, place] > 0:
        net[WAITS, place] -= 1
        if net[WAITS, place] == 0:
            steps[end] = step
            return end + 1
    return end


@called
def _go_upstream(lines, splitters, net, steps, at, end):
    """Write what may move once the steps from `at` to `end` have moved, and so on, in waves; returns the new end."""
    count = lines.shape[0]
    while at < end:
        step = steps[at]
        at += 1
        if step < 0:
            for lane in range(2):
                for side in range(2):
                    n = splitters[-1 - step].lines[lane, side]
                    end = _release(net, n, n, steps, end)
            continue
        n = net[FEEDER, step]
        while n != NONE:
            end = _release(net, n, n, steps, end)
            n = net[SIBLING, n]
        s = net[OUT_OF, step]
        if s != NONE and (net[MARK, count + s] == PLAIN or net[MARK, step] == PLAIN):
            end = _release(net, count + s, -1 - s, steps, end)
    return end


@called
def _waves(lines, splitters, roots, switches, net, steps):
    """Write the steps, as far as loops allow; returns how many they are.

    First what is on loops and waits for nobody, all at once. Then every end with what is upstream of it, one after the
    other: they touch nothing in common, and what lies together in memory is moved together.
    """
    _await(lines, splitters, roots, switches, net)
    end = 0
    for s in switches:
        if net[WAITS, lines.shape[0] + s] == 0:
            steps[end] = -1 - s
            end += 1
    for n in roots:
        if net[MARK, n] == OPEN:
            steps[end] = n
            end += 1
    end = _go_upstream(lines, splitters, net, steps, 0, end)
    for n in roots:
        if not _goes_on(lines[n]):
            steps[end] = n
            end = _go_upstream(lines, splitters, net, steps, end, end + 1)
    return end


@called
def _mark_loops(lines, splitters, roots, switches, net, queue):
    """Mark what waits in vain and is waited for in vain: from what waits, take all that nothing waiting goes on to."""
    count, end, at = lines.shape[0], 0, 0
    for n in roots:
        net[MARK, n] = LOOPED if net[WAITS, n] > 0 else PLAIN
    for s in switches:
        net[MARK, count + s] = LOOPED if net[WAITS, count + s] > 0 else PLAIN
    for n in roots:
        net[WAITS, n] = 0
    for s in switches:
        net[WAITS, count + s] = 0
    # From here on it counts who goes on to each, not for whom it waits.
    for n in roots:
        if net[MARK, n] == LOOPED:
            net[WAITS, lines[n].next_line if lines[n].end == TO_LINE else count + net[INTO, n]] += 1
    for s in switches:
        if net[MARK, count + s] == LOOPED:
            for lane in range(2):
                for side in range(2, 4):
                    net[WAITS, splitters[s].lines[lane, side]] += 1
    for n in roots:
        if net[MARK, n] == LOOPED and net[WAITS, n] == 0:
            queue[end] = n
            end += 1
    for s in switches:
        if net[MARK, count + s] == LOOPED and net[WAITS, count + s] == 0:
            queue[end] = -1 - s
            end += 1
    while at < end:
        step = queue[at]
        at += 1
        net[MARK, step if step >= 0 else count - 1 - step] = PLAIN
        if step < 0:
            for lane in range(2):
                for side in range(2, 4):
                    n = splitters[-1 - step].lines[lane, side]
                    if net[MARK, n] == LOOPED:
                        end = _release(net, n, n, queue, end)
        elif lines[step].end == TO_LINE:
            if net[MARK, lines[step].next_line] == LOOPED:
                end = _release(net, lines[step].next_line, lines[step].next_line, queue, end)
        elif net[MARK, count + net[INTO, step]] == LOOPED:
            end = _release(net, count + net[INTO, step], -1 - net[INTO, step], queue, end)


@called
def _open_loop(lines, net, first):
    """Open the loop of lines on which `first` is, or let it move as one ring."""
    aside, mixed, leader, n = False, False, first, first
    while True:
        aside = aside or lines[n].entry > 0
        mixed = mixed or lines[n].speed != lines[first].speed
        if net[RANK, n] < net[RANK, leader]:
            leader = n
        n = lines[n].next_line
        if n == first:
            break
    while True:
        ahead = lines[n].next_line
        if not aside and not mixed:
            lines[n].ring = RING_LEADER if n == leader else RING_MEMBER
        if lines[n].entry > 0 if aside else (not mixed or lines[n].speed < lines[ahead].speed):
            net[MARK, n] = OPEN
        n = ahead
        if n == first:
            break


@called
def _open_loops(lines, roots, net):
    """Open all loops that have no splitters."""
    for root in roots:
        # Each walk leaves its own number behind, so that it knows where it has been.
        n = root
        while net[MARK, n] == LOOPED and net[WAITS, n] >= 0 and lines[n].end == TO_LINE:
            net[WAITS, n] = -1 - net[RANK, root]
            n = lines[n].next_line
        if net[MARK, n] == LOOPED and net[WAITS, n] == -1 - net[RANK, root]:
            _open_loop(lines, net, n)


@entry
def order_steps(lines, splitters, roots, switches, net, steps):
    """Write the order of one factory's lines and splitters; returns how many they are.

    Each line also learns which one comes straight from behind it, and whether it is on a closed ring.

    Args:
        lines: records.
        splitters: records.
        roots: (R,) numbers of the lines, in canonical order.
        switches: (S,) numbers of the splitters, in canonical order.
        net: (SCRATCH_ROWS, all lines + all splitters) int32.
        steps: (R + S,) int32, the order; splitters as -1 - number.
    """
    _connect(lines, splitters, roots, switches, net)
    length = _waves(lines, splitters, roots, switches, net, steps)
    if length < steps.shape[0]:
        _mark_loops(lines, splitters, roots, switches, net, steps)
        _open_loops(lines, roots, net)
        length = _waves(lines, splitters, roots, switches, net, steps)
    return length
