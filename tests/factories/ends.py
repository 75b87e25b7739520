"""Where goods end for good: labs and the rocket silo."""

from __future__ import annotations

from functools import partial

from factorion_cli.factory import Entity
from factorion_cli.factory.geometry import NORTH
from factorion_cli.prototypes import load_table
from tests.factories import choices, machines
from tests.factories.canvas import SIDES, Canvas, Tile, beside


def laboratory(canvas: Canvas) -> bool:
    """A lab with a few kinds of packs, which often passes them on to a second one."""
    name = canvas.rng.choice([name for name, found in load_table().entities.items() if found.lab is not None])
    data = load_table().entity(name).lab
    assert data is not None
    modules = choices.modules(canvas, data.module_slots, False)
    lab = Entity(name, *canvas.spot(), modules=modules, quality=choices.quality(canvas))
    if not canvas.put(lab):
        return False
    packs = canvas.rng.sample(data.inputs, canvas.rng.randint(1, 3))
    if not all(canvas.attempt(partial(machines.supply, canvas, lab, pack, 1)) for pack in packs):
        return False
    if canvas.chance(0.5):
        canvas.attempt(lambda: _next_lab(canvas, lab))
    return True


def _next_lab(canvas: Canvas, lab: Entity) -> bool:
    side = canvas.rng.choice(SIDES)
    width, height = lab.size
    arm: Tile = {0: (lab.x + 1, lab.y - 1), 4: (lab.x + width, lab.y + 1), 8: (lab.x + 1, lab.y + height)}.get(
        side, (lab.x - 1, lab.y + 1)
    )
    x, y = beside((lab.x, lab.y), side, width + 1)
    return canvas.put(Entity("inserter", *arm, (side + 8) % 16)) and canvas.put(Entity(lab.name, x, y, NORTH))


def silo(canvas: Canvas) -> bool:
    """A rocket silo; what it makes is counted where it stands."""
    (recipe,) = load_table().recipes_for("rocket-silo")
    model = choices.machine(canvas, "rocket-silo", recipe, canvas.spot())
    grown = machines.grow_machine(canvas, model, recipe, 1)
    return grown is not None and canvas.sink("output", (0, 0), of=(grown.x, grown.y))
