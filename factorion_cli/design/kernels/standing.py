"""Where machines find room: anywhere, in a row with others, or as in a mirror beside them."""

from factorion_cli.design.kernels.chances import draw
from factorion_cli.design.kernels.compiled import called, helper
from factorion_cli.design.kernels.reaching import dx, dy
from factorion_cli.design.layout import FREE, MOST_BLOCKS, REQUIREMENTS


@called
def stands(p, s, block, group, x, y):
    """Whether a block of this group finds room there, itself not counted."""
    w, h = p.group_size[group, 0], p.group_size[group, 1]
    if x < 0 or y < 0 or x + w > p.width or y + h > p.height:
        return False
    for other in range(MOST_BLOCKS):
        g = s.group[other]
        if g < 0 or other == block:
            continue
        aside = x >= s.x[other] + p.group_size[g, 0] or s.x[other] >= x + w
        if not aside and y < s.y[other] + p.group_size[g, 1] and s.y[other] < y + h:
            return False
    for row in range(y, y + h):
        for column in range(x, x + w):
            if p.ground[row * p.width + column] != FREE:
                return False
    return True


@called
def put(p, s, block, group, seed, tries):
    """Put a block where it finds room; whether it did."""
    for _ in range(tries):
        x = draw(seed, p.width - p.group_size[group, 0] + 1)
        y = draw(seed, p.height - p.group_size[group, 1] + 1)
        if stands(p, s, block, group, x, y):
            s.group[block], s.x[block], s.y[block] = group, x, y
            return True
    return False


@called
def unused(s):
    """A block that is none yet, -1: there is no more."""
    for b in range(MOST_BLOCKS):
        if s.group[b] < 0:
            return b
    return -1


@called
def place_after(s, b, other, x, y):
    """Block b becomes one as `other` is, at this place, connected after that one."""
    s.group[b], s.x[b], s.y[b] = s.group[other], x, y
    for k in range(REQUIREMENTS):
        s.urgency[b * REQUIREMENTS + k] = min(0.99, s.urgency[other * REQUIREMENTS + k] + 0.004)


@called
def beside(p, s, b, g, seed):
    """Put block b in a row with another of its group, mostly next to it, and connect it after that one."""
    first = draw(seed, MOST_BLOCKS)
    for number in range(MOST_BLOCKS):
        other = (first + number) % MOST_BLOCKS
        if s.group[other] != g:
            continue
        gap = draw(seed, 8) if draw(seed, 3) == 0 else 0
        side = draw(seed, 4)
        x = s.x[other] + dx(side) * (p.group_size[g, 0] + gap)
        y = s.y[other] + dy(side) * (p.group_size[g, 1] + gap)
        if stands(p, s, b, g, x, y):
            place_after(s, b, other, x, y)
            return True
    return False


@helper
def pitch_gap(seed):
    """Tiles between the machines of a row: mostly none."""
    return draw(seed, 4) if draw(seed, 3) == 0 else 0


@called
def repeat(p, s, other, side, gap):
    """A machine is repeated towards a side until something is in the way; how often."""
    g, x, y, count = s.group[other], s.x[other], s.y[other], 0
    while True:
        b = unused(s)
        x += dx(side) * (p.group_size[g, 0] + gap)
        y += dy(side) * (p.group_size[g, 1] + gap)
        if b < 0 or not stands(p, s, b, g, x, y):
            return count
        place_after(s, b, other, x, y)
        other = b
        count += 1


@called
def mirror(p, s, near, seed):
    """Machines are repeated as in a mirror beside one of them: all of its row, or all there are; how many."""
    g, side, gap, only_row = s.group[near], draw(seed, 4), draw(seed, 7), draw(seed, 2)
    upright = side % 2 == 0
    place, size = (s.y[near], p.group_size[g, 1]) if upright else (s.x[near], p.group_size[g, 0])
    # Twice the mirror's coordinate.
    axis = 2 * place + 2 * size + gap if side == 1 or side == 2 else 2 * place - gap
    count = 0
    for other in range(p.chests, MOST_BLOCKS):
        h = s.group[other]
        if h < 0 or (only_row == 1 and (h != g or (s.y[other] if upright else s.x[other]) != place)):
            continue
        x = s.x[other] if upright else axis - s.x[other] - p.group_size[h, 0]
        y = axis - s.y[other] - p.group_size[h, 1] if upright else s.y[other]
        b = unused(s)
        if b >= 0 and stands(p, s, b, h, x, y):
            place_after(s, b, other, x, y)
            count += 1
    return count
