"""Chests: room by slots and stacks; endless ones at the borders of a factory."""

from factorion_cli.simulation.kernels.compiled import helper

CHEST_FINITE, CHEST_SOURCE, CHEST_SINK = 0, 1, 2
PLENTY = 1 << 30


@helper
def chest_room(world, c, item):
    """How many of an item fit into a chest."""
    chest = world.chests[c]
    if chest.kind == CHEST_SINK:
        return PLENTY
    if chest.kind == CHEST_SOURCE:
        return 0
    size = world.stack[chest.stack_base + item]
    held = world.content[chest.content_base + item]
    return (chest.slots - chest.used) * size + (size - held % size) % size


@helper
def chest_change(world, c, item, amount):
    """Add (or take) items of a finite chest and keep count of its slots."""
    chest = world.chests[c]
    size = world.stack[chest.stack_base + item]
    place = chest.content_base + item
    before = (world.content[place] + size - 1) // size
    world.content[place] += amount
    chest.used += (world.content[place] + size - 1) // size - before


@helper
def put_into_chest(world, c, item, most, weight):
    """Put up to `most` of an item into a chest or sink; how many went in."""
    chest = world.chests[c]
    amount = min(most, chest_room(world, c, item))
    if amount > 0:
        if chest.kind == CHEST_SINK:
            world.tallies[chest.taken_base + item].taken += amount
            world.tallies[chest.taken_base + item].weighted += amount * weight
        else:
            chest_change(world, c, item, amount)
    return amount
