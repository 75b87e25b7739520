"""The prototypes agree with figures that were collected from the game by others (tests/golden/facts.yaml)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from factorion_cli.prototypes import RESOURCES, EntityPrototype, load_table

TABLE = load_table()
ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "facts.yaml"
TRUTH = ROOT.parent / "shared" / "truth"

Finding = tuple[str, Any, Any]
"""What was compared, what we have, what it should be."""


def belts(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["tiers"].items():
        underground = TABLE.entity(fact["underground"]).belt
        for member in (name, fact["underground"], fact["splitter"]):
            speed = TABLE.entity(member).belt.speed_subtiles
            yield f"{member} speed", speed, fact["subtiles_per_tick"]
            # Two lanes of items 64 subtiles apart, 60 ticks a second.
            yield f"{member} rate", speed * 60 * 2 / 64, fact["items_per_second"]
        yield f"{name} underground", underground.max_distance, fact["underground_max_distance_prototype"]
        yield f"{name} gap", underground.max_distance - 1, fact["underground_max_gap_tiles"]


def inserters(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["types"].items():
        arm = TABLE.entity(name).inserter
        yield f"{name} rotation", arm.rotation_speed, fact["rotation_speed_turns_per_tick"]
        yield f"{name} pickup", list(arm.pickup), fact["pickup_vector"]
        yield f"{name} drop", list(arm.drop), fact["insert_vector"]
        yield f"{name} hand", arm.base_hand, fact["base_hand"]
        yield f"{name} bulk", arm.bulk, fact["bulk"]
        yield f"{name} filters", arm.filter_count, fact["filter_count"]


def machines(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["types"].items():
        entity = TABLE.entity(name)
        yield f"{name} size", [entity.width, entity.height], fact["size"]
        yield f"{name} watts", entity.energy.power_w, fact["power_w"]
        yield f"{name} drain", round(entity.energy.drain_w, 1), fact.get("drain_w", 0)
        machine = entity.machine
        if machine is None:  # a lab
            continue
        yield f"{name} speed", machine.crafting_speed, fact["crafting_speed"]
        yield f"{name} slots", machine.module_slots, fact["module_slots"]
        yield f"{name} power", machine.power_w, fact["power_w"]
        yield f"{name} burner", machine.burner, fact["energy"] == "burner"
        yield f"{name} categories", set(machine.categories), set(fact["categories"])
        yield f"{name} modules", machine.uses_modules, fact["uses_module_effects"]
        yield f"{name} beacons", machine.uses_beacons, fact["uses_beacon_effects"]
        yield f"{name} bonus", machine.base_productivity, fact.get("base_effect", {}).get("productivity", 0)


def modules(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["types"].items():
        module = TABLE.items[name].module
        for field in ("tier", "category", "speed", "productivity", "consumption", "pollution", "quality"):
            yield f"{name} {field}", getattr(module, field), fact.get(field, 0)


def beacon(facts: dict[str, Any]) -> Iterator[Finding]:
    data = TABLE.entity("beacon").beacon
    yield "beacon effectivity", data.effectivity, facts["distribution_effectivity"]
    yield "beacon quality", data.effectivity_per_quality, facts["per_quality_level"]
    yield "beacon slots", data.module_slots, facts["module_slots"]
    yield "beacon area", data.supply_area_distance, facts["supply_area_distance"]
    yield "beacon profile", list(data.profile[:20]), facts["profile_first_20"]
    yield "beacon profile length", len(data.profile), facts["profile_length"]


def power(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["poles"].items():
        entity = TABLE.entity(name)
        yield f"{name} area", entity.pole.supply_area_distance, fact["supply_area_distance"]
        yield f"{name} reach", entity.pole.wire_reach, fact["wire_reach"]
        yield f"{name} size", [entity.width, entity.height], fact["size"]
    for name, joules in facts["fuels_j"].items():
        yield f"{name} fuel", TABLE.items[name].fuel_j, joules


def mining(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["drills"].items():
        entity = TABLE.entity(name)
        drill = entity.drill
        yield f"{name} size", [entity.width, entity.height], fact["size"]
        yield f"{name} speed", drill.mining_speed, fact["mining_speed"]
        yield f"{name} slots", drill.module_slots, fact["module_slots"]
        yield f"{name} radius", drill.radius, fact["radius"]
        yield f"{name} drop", list(drill.drop), fact["output_vector"]
        yield f"{name} burner", drill.burner, fact["energy"] == "burner"
        yield f"{name} categories", set(drill.categories), set(fact["categories"])
    yield "resources", sorted(RESOURCES), sorted(facts["resources"])
    for name, fact in facts["resources"].items():
        ours, (product,) = RESOURCES[name], fact["results"]
        yield f"{name} time", ours.mining_time, fact["mining_time"]
        yield f"{name} category", ours.category, fact["category"]
        yield f"{name} infinite", ours.infinite, fact["infinite"]
        made = (ours.product, ours.amount, ours.is_fluid)
        yield f"{name} product", made, (product["name"], product["amount"], product.get("type") == "fluid")
        # A mining takes a tenth of the prototype's amount: one unit of acid per piece of uranium ore.
        yield (
            f"{name} fluid",
            (ours.required_fluid, 10 * ours.required_amount),
            (
                fact.get("fluid"),
                fact.get("fluid_amount", 0),
            ),
        )


def fluid_boxes(entity: EntityPrototype) -> list[dict[str, Any]]:
    """The fluid boxes of an entity as the facts write them."""
    boxes = []
    for box in entity.fluid_boxes:
        # Drills name their boxes by what they are for; the facts leave that out.
        role = "none" if entity.type == "mining-drill" else box.role
        row: dict[str, Any] = {"type": role, "volume": box.volume, "connections": []}
        if box.filter is not None:
            row["filter"] = box.filter
        for part in box.connections:
            positions = [list(position) for position in part.positions]
            flow = {"position": positions or list(part.position), "direction": part.direction, "flow": part.flow}
            row["connections"].append(flow | ({"underground": part.underground} if part.underground else {}))
        boxes.append(row)
    return boxes


def entities(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["types"].items():
        entity = TABLE.entity(name)
        yield f"{name} type", entity.type, fact["type"]
        yield f"{name} size", [entity.width, entity.height], fact["size"]
        if "collision_box" in fact:
            yield (
                f"{name} box",
                list(entity.collision_box),
                [side for corner in fact["collision_box"] for side in corner],
            )
        if "fluid_boxes_at_north" in fact:
            yield (
                f"{name} fluid boxes",
                fluid_boxes(entity),
                [{"type": "none"} | box for box in fact["fluid_boxes_at_north"]],
            )
        if "slots" in fact:
            yield f"{name} slots", entity.slots, fact["slots"]


def recipes(facts: dict[str, Any]) -> Iterator[Finding]:
    for name, fact in facts["recipes"].items():
        recipe = TABLE.recipe(name)
        yield f"{name} time", recipe.time_s, fact["time"]
        yield f"{name} categories", set(recipe.categories), set(fact["categories"])
        yield f"{name} productivity", recipe.productivity, fact["productivity"]
        for field, parts in (("ingredients", recipe.ingredients), ("results", recipe.products)):
            yield (
                f"{name} {field}",
                [(p.name, p.fluid) for p in parts],
                [(p["name"], p["type"] == "fluid") for p in fact[field]],
            )
            yield (
                f"{name} {field} amounts",
                [p.amount for p in parts],
                [p["amount"] + p.get("extra_count_fraction", 0) for p in fact[field]],
            )


def findings(facts: dict[str, Any]) -> Iterator[Finding]:
    yield from belts(facts["belts"])
    yield from inserters(facts["inserters"])
    yield from machines(facts["machines"])
    yield from modules(facts["machines"]["modules"])
    yield from beacon(facts["machines"]["beacon"])
    yield from power(facts["power"])
    yield from mining(facts["mining"])
    yield from entities(facts["entities"])
    yield from recipes(facts["recipes"])


def disagreements(facts: dict[str, Any]) -> list[Finding]:
    return [(what, ours, theirs) for what, ours, theirs in findings(facts) if ours != theirs]


def test_prototypes_agree_with_the_golden_figures() -> None:
    facts = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    assert sum(1 for _ in findings(facts)) > 300
    assert disagreements(facts) == []


def test_every_golden_section_names_its_source() -> None:
    facts = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
    named = {source for section in facts.values() if isinstance(section, dict) for source in section.get("source", ())}
    assert named <= set(facts["sources"])
    assert all("source" in section for key, section in facts.items() if key not in ("about", "sources"))


@pytest.mark.skipif(not TRUTH.is_dir(), reason="the whole collection of facts lies outside the repository")
def test_prototypes_agree_with_all_collected_figures() -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    facts = yaml.load((TRUTH / "facts.yaml").read_text(encoding="utf-8"), loader)
    facts["recipes"] = yaml.load((TRUTH / "recipes.yaml").read_text(encoding="utf-8"), loader)
    assert disagreements(facts) == []
