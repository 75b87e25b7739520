"""Machines, chests and pipes: crafts from what arms bring, and what they want brought."""

from factorion_cli.simulation.flow_layout import (
    BEYOND,
    COULD,
    ELEMENTS,
    FREE,
    INFLOW,
    ROOM,
    SUPPLY,
    TAKES,
)
from factorion_cli.simulation.kernels.compiled import called, helper
from factorion_cli.simulation.kernels.flow_marks import CLOSE_ENOUGH, TINY, allows, tell
from factorion_cli.simulation.kernels.flow_waiting import held_up, share_out


@helper
def _delivered(s, e, n, k):
    """(what arms bring of an item, what they could bring) to a machine or chest."""
    got, could = 0.0, 0.0
    drop = s.elements[e].drops
    while drop >= 0:
        got += s.flows[TAKES, 2 * drop * n + k] + s.flows[TAKES, (2 * drop + 1) * n + k]
        could += min(s.hands[drop].rate, s.flows[COULD, 2 * drop * n + k] + s.flows[COULD, (2 * drop + 1) * n + k])
        drop = s.hands[drop].next_drop
    return got, could


@helper
def _needs(rows, plans, s, e):
    """How many ingredients a machine has to be brought: those of its plan, then its fuel."""
    element = s.elements[e]
    return plans[element.plan].inputs + (1 if rows[element.row].fuel >= 0 else 0)


@helper
def _item_of(plans, s, e, i):
    """Local number of ingredient i, -1 for what is there anyway or cannot come."""
    element = s.elements[e]
    plan = plans[element.plan]
    if i == plan.inputs:
        return element.burns
    if element.free_fluids == 1 and plan.in_fluid[i] == 1:
        return -1
    return s.local[plan.in_item[i]]


@helper
def _amount_of(plans, s, e, i):
    """Pieces of ingredient i for one craft."""
    element = s.elements[e]
    plan = plans[element.plan]
    return element.burnt if i == plan.inputs else plan.in_amount[i]


@helper
def _could(s, h, k, n):
    """What a hand could bring of an item."""
    return s.flows[COULD, 2 * h * n + k] + s.flows[COULD, (2 * h + 1) * n + k] if k >= 0 else 0.0


@called
def _carried(rows, plans, s, e, n):
    """Most crafts for which the arms at a machine can bring what they have to share their swings for.

    For each arm the items that it could bring are a set; whatever arms reach items of the set have to bring all of it.
    """
    needs = _needs(rows, plans, s, e)
    crafts = FREE
    h = s.elements[e].drops
    while h >= 0:
        pieces, kinds = 0.0, 0
        for i in range(needs):
            if _could(s, h, _item_of(plans, s, e, i), n) > TINY:
                pieces += _amount_of(plans, s, e, i)
                kinds += 1
        if kinds > 1:
            most = 0.0
            other = s.elements[e].drops
            while other >= 0:
                could = 0.0
                for i in range(needs):
                    k = _item_of(plans, s, e, i)
                    if _could(s, h, k, n) > TINY:
                        could += _could(s, other, k, n)
                most += min(s.hands[other].rate, could)
                other = s.hands[other].next_drop
            crafts = min(crafts, most / pieces)
        h = s.hands[h].next_drop
    return crafts


@called
def _choose(rows, choices, names, s, e, n):
    """A furnace takes up what could come most."""
    best = 0.0
    choice = rows[s.elements[e].row].choice
    for k in range(n):
        if choices[choice + names[k]] >= 0:
            _, could = _delivered(s, e, n, k)
            if could > best:
                best = could
                s.elements[e].plan = choices[choice + names[k]]


@called
def _choose_fuel(rows, plans, fuels, names, s, e, n):
    """A burner burns what could come first by name; how much of it a craft takes."""
    element = s.elements[e]
    row = rows[element.row]
    for k in range(n):
        if element.burns < 0 and fuels[row.fuel, names[k]] > 0.0:
            _, could = _delivered(s, e, n, k)
            if could > 0.0:
                element.burns = k
                element.burnt = row.power / plans[element.plan].crafts / fuels[row.fuel, names[k]]


@called
def worker_in(rows, plans, choices, fuels, names, s, e, n):
    """Crafts of a machine from what it gets; its products are then there for arms."""
    element = s.elements[e]
    row = rows[element.row]
    for k in range(element.first, element.end):
        s.flows[INFLOW, e * n + k] = 0.0
        s.flows[SUPPLY, e * n + k] = 0.0
    element.rate = 0.0
    if element.plan < 0 and element.powered == 1 and row.choice >= 0:
        _choose(rows, choices, names, s, e, n)
        element.up = 1
    if element.plan < 0:
        return
    if row.fuel >= 0 and element.burns < 0:
        _choose_fuel(rows, plans, fuels, names, s, e, n)
        element.up = 1
        if element.burns < 0:
            return
    plan = plans[element.plan]
    crafts = possible = plan.crafts
    if row.drains == 0:
        for i in range(_needs(rows, plans, s, e)):
            k = _item_of(plans, s, e, i)
            if k >= 0:
                brought, available = _delivered(s, e, n, k)
                crafts = min(crafts, brought / _amount_of(plans, s, e, i))
                possible = min(possible, available / _amount_of(plans, s, e, i))
        possible = min(possible, _carried(rows, plans, s, e, n))
        crafts = min(crafts, element.limit)
    element.rate = crafts
    for i in range(plan.outputs):
        if plan.out_fluid[i] == 0 or row.free_fluids == 0:
            s.flows[INFLOW, e * n + s.local[plan.out_item[i]]] = crafts * plan.out_amount[i]
            s.flows[SUPPLY, e * n + s.local[plan.out_item[i]]] = possible * plan.out_amount[i]
    if element.picks >= 0 and s.hands[element.picks // 2].next_near >= 0:
        share_out(rows, plan, s, e, n, crafts)


@called
def store_in(s, e, n):
    """A chest passes on what it gets, or gives without end."""
    element = s.elements[e]
    for k in range(element.first, element.end):
        got, could = _delivered(s, e, n, k)
        s.flows[INFLOW, e * n + k] = FREE if element.gives == k else got
        s.flows[SUPPLY, e * n + k] = FREE if element.gives == k else could


@helper
def _want(s, e, n, k, rate):
    """Tell the arms into a machine how much of an item it wants: those that can share what is missing."""
    able, brought = 0, 0.0
    drop = s.elements[e].drops
    while drop >= 0:
        mine = s.flows[TAKES, 2 * drop * n + k] + s.flows[TAKES, (2 * drop + 1) * n + k]
        could = s.flows[COULD, 2 * drop * n + k] + s.flows[COULD, (2 * drop + 1) * n + k]
        able += min(s.hands[drop].rate, could) > mine + TINY
        brought += mine
        drop = s.hands[drop].next_drop
    drop = s.elements[e].drops
    while drop >= 0:
        mine = s.flows[TAKES, 2 * drop * n + k] + s.flows[TAKES, (2 * drop + 1) * n + k]
        wants = mine * rate / brought if brought > rate else mine + (rate - brought) / max(1, able)
        tell(s, s.counts[ELEMENTS] + drop, k, n, wants)
        drop = s.hands[drop].next_drop


@helper
def _outlet(rows, names, s, e, n, k):
    """Most of a product that the arms at a machine carry away."""
    most = 0.0
    pick = s.elements[e].picks
    while pick >= 0:
        h = pick // 2
        place = s.counts[ELEMENTS] + h
        if allows(rows, s.hands[h], names[k]):
            most += min(min(s.hands[h].rate, s.flows[ROOM, place]), s.flows[BEYOND, place * n + k])
        pick = s.hands[h].next_near
    return most


@helper
def _takes(rows, s, n, h, plan, i):
    """Most that a hand would take of product i."""
    k = s.local[plan.out_item[i]]
    place = s.counts[ELEMENTS] + h
    if plan.out_amount[i] <= 0.0 or not allows(rows, s.hands[h], plan.out_item[i]):
        return 0.0
    return min(min(s.hands[h].rate, s.flows[ROOM, place]), s.flows[BEYOND, place * n + k])


@called
def _cleared(rows, plans, s, e, n):
    """Most crafts whose products the arms at a machine can take away together; as `_carried`, for the other side."""
    element = s.elements[e]
    plan = plans[element.plan]
    free = rows[element.row].free_fluids
    crafts = FREE
    pick = element.picks
    while pick >= 0:
        h = pick // 2
        pieces, kinds = 0.0, 0
        for i in range(plan.outputs):
            if (plan.out_fluid[i] == 0 or free == 0) and _takes(rows, s, n, h, plan, i) > TINY:
                pieces += plan.out_amount[i]
                kinds += 1
        if kinds > 1:
            most = 0.0
            other = element.picks
            while other >= 0:
                takes = 0.0
                for i in range(plan.outputs):
                    if _takes(rows, s, n, h, plan, i) > TINY:
                        takes += _takes(rows, s, n, other // 2, plan, i)
                most += min(min(s.hands[other // 2].rate, s.flows[ROOM, s.counts[ELEMENTS] + other // 2]), takes)
                other = s.hands[other // 2].next_near
            crafts = min(crafts, most / pieces)
        pick = s.hands[h].next_near
    return crafts


@helper
def _open(rows, choices, fuels, names, s, e, n):
    """Until it has settled on a plan and a fuel, a machine takes whatever starts one; once it has, nothing else."""
    element = s.elements[e]
    row = rows[element.row]
    settled = (element.plan + 1) * 2 + (1 if row.fuel < 0 or element.burns >= 0 else 0)
    if element.settled == settled:
        return
    element.settled = settled
    drop = element.drops
    while drop >= 0:
        for k in range(n):
            free = element.plan < 0 and element.powered == 1 and row.choice >= 0 and choices[row.choice + names[k]] >= 0
            free = free or (row.fuel >= 0 and element.burns < 0 and fuels[row.fuel, names[k]] > 0.0)
            tell(s, s.counts[ELEMENTS] + drop, k, n, FREE if free else 0.0)
        drop = s.hands[drop].next_drop


@called
def expect(rows, plans, s, e, n):
    """Before anything is known, a machine wants of each arm its part of what all of them can carry, or it can use."""
    element = s.elements[e]
    row = rows[element.row]
    if element.plan < 0 or row.fuel >= 0 or row.drains == 1:
        return
    element.settled = (element.plan + 1) * 2 + 1
    hands, carried, pieces = 0, 0.0, 0.0
    drop = element.drops
    while drop >= 0:
        hands += 1
        carried += s.hands[drop].rate
        drop = s.hands[drop].next_drop
    plan = plans[element.plan]
    for i in range(plan.inputs):
        pieces += plan.in_amount[i]
    crafts = min(plan.crafts, carried / max(pieces, TINY)) / max(1, hands)
    drop = element.drops
    while drop >= 0:
        place = (s.counts[ELEMENTS] + drop) * n
        for k in range(n):
            s.flows[BEYOND, place + k] = 0.0
        for i in range(plan.inputs):
            k = _item_of(plans, s, e, i)
            if k >= 0:
                s.flows[BEYOND, place + k] = crafts * plan.in_amount[i]
        drop = s.hands[drop].next_drop


@called
def worker_up(rows, plans, choices, fuels, names, s, e, n):
    """How fast a machine may run for its products, and what it therefore wants."""
    element = s.elements[e]
    row = rows[element.row]
    _open(rows, choices, fuels, names, s, e, n)
    if element.plan < 0 or (row.fuel >= 0 and element.burns < 0):
        return
    plan = plans[element.plan]
    limit = plan.crafts
    if row.drains == 0:
        for i in range(plan.outputs):
            if plan.out_amount[i] > 0.0 and (plan.out_fluid[i] == 0 or row.free_fluids == 0):
                limit = min(limit, _outlet(rows, names, s, e, n, s.local[plan.out_item[i]]) / plan.out_amount[i])
        limit = min(limit, _cleared(rows, plans, s, e, n))
        if plan.tight == 1 and row.reach == 0:
            limit = min(limit, held_up(rows, plan, s, e, n))
    if abs(limit - element.limit) > CLOSE_ENOUGH:
        element.down = 1
    element.limit = limit
    if row.drains == 1:
        return
    limit = min(limit, _carried(rows, plans, s, e, n))
    slowest, first, second = -1, limit, limit
    for i in range(_needs(rows, plans, s, e)):
        k = _item_of(plans, s, e, i)
        if k >= 0:
            _, could = _delivered(s, e, n, k)
            could /= _amount_of(plans, s, e, i)
            if could < first:
                second = first
                first = could
                slowest = i
            elif could < second:
                second = could
    for i in range(_needs(rows, plans, s, e)):
        k = _item_of(plans, s, e, i)
        if k >= 0:
            _want(s, e, n, k, (second if i == slowest else first) * _amount_of(plans, s, e, i))


@called
def pool_up(rows, names, s, e, n):
    """Pipes take in what is taken out of them."""
    for k in range(n):
        _want(s, e, n, k, _outlet(rows, names, s, e, n, k))
