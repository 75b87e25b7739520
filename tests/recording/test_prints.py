"""What was built in a recording, as blueprints."""

from __future__ import annotations

from pathlib import Path

from factorion_cli.blueprints import Print, to_factory
from factorion_cli.recording.events import Event
from factorion_cli.recording.prints import Site, prints_of
from factorion_cli.recording.takes import recorded_in, takes_in


def event(kind: str, **told: object) -> Event:
    return Event(1, 1, kind, {"k": kind, "a": 0, **told})


def test_what_stands_at_the_end_stands_in_the_order_of_building(recorded: Path):
    (found,) = prints_of(takes_in(recorded)[0], "demos/smelting")
    assert isinstance(found, Print)
    assert found.source == "demos/smelting#0"
    assert found.metadata["title"] == "played automation_intro expert"
    assert found.game_version.startswith("2.")
    # The second furnace was mined again.
    assert [entity.name for entity in to_factory(found).entities] == [
        *("burner-mining-drill", *["transport-belt"] * 3, "burner-inserter", "stone-furnace"),
        *("iron-chest", "burner-inserter"),
    ]
    assert {entity.direction for entity in to_factory(found).entities if entity.name == "transport-belt"} == {4}


def test_a_site_follows_what_is_turned_set_replaced_and_removed():
    site, here = Site(), {"x": 0.5, "y": 0.5}
    site.follow(event("built", name="underground-belt", d=4, type="input", **here))
    site.follow(event("rotated", name="underground-belt", d=12, type="output", **here))
    site.follow(event("built", name="assembling-machine-1", x=5.5, y=5.5, d=0))
    site.follow(event("recipe", name="assembling-machine-1", x=5.5, y=5.5, recipe="pipe"))
    site.follow(event("settings", name="none-there", x=9.5, y=9.5, settings={"recipe": "pipe"}))
    belt, machine = site.entities.values()
    assert (belt["direction"], belt["type"], machine["recipe"]) == (12, "output", "pipe")
    site.follow(event("recipe", name="assembling-machine-1", x=5.5, y=5.5))
    assert "recipe" not in machine
    site.follow(event("built", name="fast-underground-belt", d=4, type="input", **here))
    assert [entity["name"] for entity in site.entities.values()] == ["assembling-machine-1", "fast-underground-belt"]
    site.follow(event("removed", name="assembling-machine-1", x=5.5, y=5.5))
    assert len(site.entities) == 1


def test_recordings_are_found_below_a_folder(recorded: Path):
    ((name, take),) = recorded_in(str(recorded.parent))
    assert name == f"{recorded.parent.name}/{recorded.name}/take-001"
    assert take.folder == recorded / "take-001"
    assert recorded_in("0eNqrVkrKKU0tKMrMK1GyqlbKLEnNVbJCEtNRKkstKs7Mz1OyMrIwNDGz") == []
    assert recorded_in("a\0b") == []
    assert recorded_in("x" * 100_000) == []
