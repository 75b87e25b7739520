"""What a glance at the things that were put on a site tells of the whole, before anything is put together."""

from factorion_cli.simulation.batch import ARM, CHEST, LOADER_TIER, MACHINE, POLE
from factorion_cli.simulation.belt_rules import SPLITTER, UNDER_IN, UNDER_OUT
from factorion_cli.simulation.kernels.compiled import entry, helper
from factorion_cli.simulation.kernels.flow_tiles import lights
from factorion_cli.simulation.site_ground import HOLDS, LIES, MET, SPANNED, SUPPLIED, WANTED
from factorion_cli.simulation.sites import APART, BOXED, LIGHTS, MAKES, SLEEPS, STATION

PIECE_NUMBER, PIECE_X, PIECE_Y = range(3)
"""Columns of what stands on a site."""


@helper
def is_apart(site, pieces, placed, count):
    """Whether a state cannot be put together from rows, whatever stands where."""
    if site.marks & APART:
        return True
    for p in range(count):
        marks = pieces[placed[p, PIECE_NUMBER]].marks
        if marks & APART or (site.beacons and marks & (STATION | LIGHTS)):
            return True
    return False


@helper
def _at(site, ground, x, y):
    """The bits of a tile; none beyond the site."""
    if x < 0 or y < 0 or x >= site.width or y >= site.height:
        return 0
    return ground[site.first_tile + y * site.width + x]


@helper
def _under(site, ground, row, x, y, dx, dy):
    """The bits of the tiles that a piece covers, together, moved by so much."""
    found = 0
    for across in range(row.width):
        for down in range(row.height):
            found |= _at(site, ground, x + row.x + across + dx, y + row.y + down + dy)
    return found


@helper
def _ahead(site, ground, row, x, y, far):
    """The bits of the tiles so far ahead of a piece."""
    if row.direction == 0:
        return _under(site, ground, row, x, y, 0, -far)
    if row.direction == 4:
        return _under(site, ground, row, x, y, far, 0)
    if row.direction == 8:
        return _under(site, ground, row, x, y, 0, far)
    return _under(site, ground, row, x, y, -far, 0)


@helper
def _links(site, ground, row, x, y):
    """SUPPLIED if something of the site may come to a thing that stands there, WANTED if it may lead on to a sink."""
    if row.kind == ARM:
        picks, drops = _ahead(site, ground, row, x, y, row.reach), _ahead(site, ground, row, x, y, -row.reach)
        return picks & SUPPLIED | drops & WANTED
    found = _under(site, ground, row, x, y, 0, 0) & (SUPPLIED | WANTED)
    if row.kind <= SPLITTER:
        found |= _ahead(site, ground, row, x, y, 1) & WANTED
    return found


@helper
def _wakes(site_arrays, r, pole, x, y):
    """Whether a row of a site has electricity by a pole that is put down, and by none before."""
    if site_arrays.marks[r] & SLEEPS == 0:
        return False
    return lights(pole, pole.x + x, pole.y + y, site_arrays.rows[r])


@helper
def _is_cut_off(site, site_arrays, piece_arrays, placed, count):
    """Whether nothing can come to the sinks: not by the site alone, and of all that is new nothing is fed or leads on.

    New is what was put down, and what has electricity now.
    """
    if site.passes or site.sinks == 0:
        return False
    found = 0
    for p in range(count):
        number, x, y = placed[p, PIECE_NUMBER], placed[p, PIECE_X], placed[p, PIECE_Y]
        piece, row = piece_arrays.pieces[number], piece_arrays.rows[number]
        if piece.rows == 0:
            continue
        if row.kind <= SPLITTER and row.tier == LOADER_TIER:
            return False
        if row.kind != POLE:
            found |= _links(site, site_arrays.ground, row, x, y) | (SUPPLIED if piece.marks & MAKES else 0)
        elif site.poles:
            for r in range(site.first, site.end):
                if _wakes(site_arrays, r, row, x, y):
                    woken = site_arrays.rows[r]
                    found |= _links(site, site_arrays.ground, woken, 0, 0)
                    found |= SUPPLIED | WANTED if site_arrays.marks[r] & MAKES else 0
        if found == SUPPLIED | WANTED:
            return False
    return True


@helper
def _is_idle(site, site_arrays, piece, row, x, y):
    """Whether a piece meets nothing of the site, so that all there does what it did."""
    ground = site_arrays.ground
    if piece.rows == 0:
        return True
    if piece.marks & BOXED:
        return False
    if row.kind == POLE:
        for r in range(site.first, site.end if site.poles else site.first):
            if _wakes(site_arrays, r, row, x, y):
                return False
        return True
    if row.kind == ARM:
        picks, drops = _ahead(site, ground, row, x, y, row.reach), _ahead(site, ground, row, x, y, -row.reach)
        # At a belt even an arm without another end counts: it divides the stretch.
        return (picks | drops) & LIES == 0 and picks & drops & HOLDS == 0
    own = _under(site, ground, row, x, y, 0, 0)
    if row.kind == MACHINE or row.kind == CHEST:
        return own & MET == 0
    if row.kind > SPLITTER or row.tier == LOADER_TIER:
        return False
    if (row.kind == UNDER_IN or row.kind == UNDER_OUT) and own & SPANNED != 0:
        return False
    return own & MET == 0 and _ahead(site, ground, row, x, y, 1) & LIES == 0


@helper
def _range(row):
    """Tiles around a piece within which it may have to do with another one."""
    return max(row.reach, 1) if row.kind <= SPLITTER or row.kind == ARM else 0


@helper
def _meet(placed, rows, p, q):
    """Whether two pieces are so near that they may have to do with each other."""
    one, other = rows[placed[p, PIECE_NUMBER]], rows[placed[q, PIECE_NUMBER]]
    dx = placed[q, PIECE_X] + other.x - placed[p, PIECE_X] - one.x
    dy = placed[q, PIECE_Y] + other.y - placed[p, PIECE_Y] - one.y
    most = max(_range(one), _range(other))
    return -other.width - most < dx < one.width + most and -other.height - most < dy < one.height + most


@helper
def _are_idle(site, site_arrays, piece_arrays, placed, count):
    """Whether no piece meets anything, another piece included."""
    for p in range(count):
        number = placed[p, PIECE_NUMBER]
        piece, row = piece_arrays.pieces[number], piece_arrays.rows[number]
        if not _is_idle(site, site_arrays, piece, row, placed[p, PIECE_X], placed[p, PIECE_Y]):
            return False
        for q in range(p):
            if _meet(placed, piece_arrays.rows, p, q):
                return False
    return True


@entry
def judge(site_arrays, piece_arrays, states, asked, alike, first, last):
    """(M,): whether the states `asked[first:last]` surely deliver, bit by bit, what their sites do alone.

    Arguments are as for `flow_joining.join`.
    """
    site_of, placed, n_placed = states
    for j in range(first, last):
        i = asked[j]
        site, count = site_arrays.sites[site_of[i]], n_placed[i]
        alike[j] = count == 0
        if count > 0 and not is_apart(site, piece_arrays.pieces, placed[i], count):
            # What is cut off was so before: either way nothing comes to a sink.
            alike[j] = _is_cut_off(site, site_arrays, piece_arrays, placed[i], count) or _are_idle(
                site, site_arrays, piece_arrays, placed[i], count
            )
