"""Players' and servers' hands: items put into things and taken out of them."""

from __future__ import annotations

from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity
from factorion_cli.prototypes import load_table
from factorion_cli.simulation.belt_rules import LEFT, RIGHT
from factorion_cli.simulation.decisions import SPACING
from factorion_cli.simulation.layout import ITEM_BITS
from factorion_cli.simulation.world.belts import pieces_of
from factorion_cli.simulation.world.site import Site, name_of


def _known(item: str, count: int) -> None:
    if item not in load_table().items:
        raise UsageError(f"no vanilla item is called {item!r}")
    if count < 0:
        raise UsageError(f"{count} items cannot be moved; expected 0 or more")


def insert_items(site: Site, number: int, item: str, count: int) -> int:
    """Put up to `count` items into a thing of a settled site; returns how many found room."""
    _known(item, count)
    thing, stations = site.things[number], site.stations
    if not isinstance(thing, Entity):
        raise UsageError(f"{name_of(thing)} takes nothing by hand; put the items into a chest or onto a belt")
    which = site.tables.number(item)
    if 2 * number in site.belts.nodes:
        return _insert_on_belt(site, number, which, count)
    if number in stations.chests:
        return _insert_in_chest(site, stations.chests[number], which, count)
    if number in stations.machines:
        return _insert_in_machine(site, stations.machines[number], which, count)
    if number in stations.arms:
        return _fuel_arm(site, stations.arms[number], which, count)
    raise UsageError(f"{name_of(thing)} holds no items; expected a chest, a machine, a burner inserter or a belt")


def _insert_on_belt(site: Site, number: int, which: int, count: int) -> int:
    done = 0
    for node in (2 * number, 2 * number + 1):
        for lane in (LEFT, RIGHT) if node in site.belts.nodes else ():
            row, offset, length = site.belts.place_of(node, lane)
            lying = site.belts.items_on(row)
            # A spacing from both ends of the line nothing on the next one can be too near.
            first = max(offset, SPACING)
            last = min(offset + length, int(site.tables.arrays.lines["length"][row]) - SPACING) - 1
            place = last
            while place >= first and done < count:
                near = [there for there, _ in lying if abs(there - place) < SPACING]
                if near:
                    place = min(near) - SPACING
                    continue
                lying.append((place, which))
                done += 1
            site.belts.lay(row, sorted(lying, reverse=True))
    return done


def _insert_in_chest(site: Site, row: int, which: int, count: int) -> int:
    arrays = site.tables.arrays
    chest, size = arrays.chests[row], int(arrays.stack[which])
    held = int(arrays.content[chest["content_base"] + which])
    room = (int(chest["slots"]) - int(chest["used"])) * size + (-held) % size
    done = max(0, min(count, room))
    _change_chest(site, row, which, done)
    return done


def _change_chest(site: Site, row: int, which: int, change: int) -> None:
    """Add (or take) items and keep count of the slots in use."""
    arrays = site.tables.arrays
    size, place = int(arrays.stack[which]), int(arrays.chests["content_base"][row]) + which
    before = int(arrays.content[place])
    arrays.content[place] = before + change
    arrays.chests["used"][row] += -(-(before + change) // size) + (-before // size)


def _insert_in_machine(site: Site, row: int, which: int, count: int) -> int:
    """A player may fill a slot up to a stack, where arms stop much earlier."""
    arrays = site.tables.arrays
    machines, size = arrays.machines, int(arrays.stack[which])
    machine = machines[row]
    done = 0
    if machine["burns"] and arrays.fuel_value[machine["fuel_base"] + which] > 0:
        if machine["fuel_count"] == 0 or machine["fuel_item"] == which:
            done = max(0, min(count, size - int(machine["fuel_count"])))
            machines["fuel_item"][row] = which
            machines["fuel_count"][row] += done
        return done
    plan = int(machine["plan"])
    if plan < 0 and machine["choice"] >= 0:
        plan = int(arrays.choices[machine["choice"] + which])
    if plan < 0 or machine["drains"]:
        return 0
    for k in range(int(arrays.plans["n_inputs"][plan])):
        if arrays.plans["in_item"][plan, k] == which and not arrays.plans["in_fluid"][plan, k]:
            done = max(0, min(count, size - int(machine["stock"][k])))
            if done:
                machines["plan"][row] = plan
                machines["stock"][row, k] += done
    return done


def _fuel_arm(site: Site, row: int, which: int, count: int) -> int:
    """Burn fuel in an inserter, which keeps its energy only: up to what a stack would give."""
    arrays = site.tables.arrays
    arm, value = arrays.arms[row], _fuel_value(site, row, which)
    if value <= 0:
        return 0
    done = max(0, min(count, int(arrays.stack[which]) - int(arm["energy"]) // value))
    arrays.arms["energy"][row] += done * value
    return done


def _fuel_value(site: Site, row: int, which: int) -> int:
    arrays = site.tables.arrays
    arm = arrays.arms[row]
    return int(arrays.fuel_value[arm["fuel_base"] + which]) if arm["cycle_energy"] > 0 else 0


def _take_from_arm(site: Site, row: int, which: int, count: int) -> int:
    """Fuel that it has the energy of, then what it holds in its hand."""
    arms, value = site.tables.arrays.arms, _fuel_value(site, row, which)
    fuel = min(count, int(arms["energy"][row]) // value) if value > 0 else 0
    arms["energy"][row] -= fuel * value
    held = min(count - fuel, int(arms["held"][row])) if arms["held_item"][row] == which else 0
    arms["held"][row] -= held
    return fuel + held


def take_items(site: Site, number: int, item: str, count: int) -> int:
    """Take up to `count` items out of a thing of a settled site; returns how many were there."""
    _known(item, count)
    thing, stations = site.things[number], site.stations
    which = site.tables.number(item)
    if 2 * number in site.belts.nodes:
        return _take_from_belt(site, number, which, count)
    if not isinstance(thing, Entity):
        raise UsageError(f"{name_of(thing)} gives nothing by hand; take the items from a chest or a belt")
    if number in stations.chests:
        row = stations.chests[number]
        held = int(site.tables.arrays.content[site.tables.arrays.chests["content_base"][row] + which])
        done = min(count, held)
        _change_chest(site, row, which, -done)
        return done
    if number in stations.machines:
        return _take_from_machine(site, stations.machines[number], which, count)
    if number in stations.arms:
        return _take_from_arm(site, stations.arms[number], which, count)
    raise UsageError(f"{name_of(thing)} holds no items; expected a chest, a machine, an inserter or a belt")


def _take_from_belt(site: Site, number: int, which: int, count: int) -> int:
    done = 0
    for node in (2 * number, 2 * number + 1):
        for part in range(4 * node, 4 * node + 4):
            if part not in site.belts.parts:
                continue
            found = site.belts.parts[part]
            kept = []
            for place, slot_item in site.belts.items_on(found.line):
                item, pieces = pieces_of(slot_item)
                if item == which and found.offset <= place < found.offset + found.length:
                    part_of = min(pieces, count - done)
                    done += part_of
                    pieces -= part_of
                if pieces > 0:
                    kept.append((place, item | (pieces - 1) << ITEM_BITS))
            site.belts.lay(found.line, kept)
    return done


def _take_from_machine(site: Site, row: int, which: int, count: int) -> int:
    """Products first, then ingredients, then fuel."""
    arrays = site.tables.arrays
    machines, plan = arrays.machines, int(arrays.machines["plan"][row])
    done = 0
    if plan >= 0:
        for slots, names, fluids in (("ready", "out_item", "out_fluid"), ("stock", "in_item", "in_fluid")):
            for k in range(int(arrays.plans["n_outputs" if slots == "ready" else "n_inputs"][plan])):
                if arrays.plans[names][plan, k] == which and not arrays.plans[fluids][plan, k]:
                    part = min(count - done, int(machines[slots][row, k]))
                    machines[slots][row, k] -= part
                    done += part
    if machines["fuel_item"][row] == which:
        part = min(count - done, int(machines["fuel_count"][row]))
        machines["fuel_count"][row] -= part
        done += part
    return done
