"""The order in which a tick moves lines and splitters: downstream first, so that a full belt moves as one."""

from factorion_cli.simulation.kernels.compiled import entry, helper
from factorion_cli.simulation.kernels.lines import TO_LINE, TO_SPLITTER

NEW, OPEN, DONE = 0, 1, 2


@helper
def _follower(lines, splitters, splitter_of, n, k):
    """The k-th line or (as -1 - index) splitter that moves before `n`; `n` itself when there are no more."""
    if n < 0:
        return splitters[-1 - n].lines[k // 2, 2 + k % 2] if k < 4 else n
    if k == 0 and lines[n].end == TO_LINE:
        return lines[n].next_line
    return -1 - splitter_of[n] if k == 0 and lines[n].end == TO_SPLITTER else n


@entry
def order_steps(lines, splitters, roots, switches, scratch, steps):
    """Write the order of all lines and splitters that can be reached from `roots`; returns how many they are.

    Each line also learns which one comes straight from behind it.

    A loop is cut where the walk meets it. Of the lines that go on to the same line, the one that enters at its start
    moves first: the belt that goes straight wins over those from the side, whichever way the factory is turned.

    Args:
        lines: records.
        splitters: records.
        roots: (R,) lines, in the order in which they are walked from.
        switches: (S,) numbers of the splitters.
        scratch: (5, L + all splitters) int32.
        steps: (L + all splitters,) int32, the order; splitters as -1 - number.
    """
    count = lines.shape[0]
    splitter_of, straight, marks, path, tried = scratch[0], scratch[1], scratch[2], scratch[3], scratch[4]
    marks[:] = NEW
    straight[:] = -1
    for s in switches:
        for lane in range(2):
            for side in range(2):
                splitter_of[splitters[s].lines[lane, side]] = s
    for n in roots:
        if lines[n].end == TO_LINE and lines[n].entry == 0:
            straight[lines[n].next_line] = n
    for n in roots:
        lines[n].behind = straight[n]
    length = 0
    for root in roots:
        if marks[root] != NEW:
            continue
        depth = 0
        path[0], tried[0], marks[root] = root, 0, OPEN
        while depth >= 0:
            n = path[depth]
            follower = _follower(lines, splitters, splitter_of, n, tried[depth])
            tried[depth] += 1
            if follower != n:
                place = follower if follower >= 0 else count - 1 - follower
                if marks[place] == NEW:
                    depth += 1
                    path[depth], tried[depth], marks[place] = follower, 0, OPEN
                continue
            if n >= 0 and lines[n].end == TO_LINE and lines[n].entry > 0:
                rival = straight[lines[n].next_line]
                # Within a loop the line ahead may still be open: then nobody waits for anybody.
                if rival >= 0 and marks[rival] == NEW and marks[lines[n].next_line] == DONE:
                    steps[length] = rival
                    marks[rival] = DONE
                    length += 1
            marks[n if n >= 0 else count - 1 - n] = DONE
            steps[length] = n
            length += 1
            depth -= 1
    return length
