"""What was built in a recording, as blueprints whose entities stand in the order in which they were built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from factorion_cli.blueprints import Print, Unreadable, print_of
from factorion_cli.recording.events import Event
from factorion_cli.recording.takes import Take

OWN = "factorion-"
"""Names of the mod's own entities, sources and sinks, begin so."""
_SETTINGS = {
    "recipe": "recipe", "stack_size": "override_stack_size", "input_priority": "input_priority",
    "output_priority": "output_priority", "bar": "bar",
}  # fmt: skip
"""Settings in an event, and their names in a blueprint."""
Place = tuple[float, float]


class Site:
    """What people and agents have built on one surface and not taken away again, the oldest first.

    Attributes:
        entities: as in a blueprint, by their centre.
    """

    def __init__(self) -> None:
        self.entities: dict[Place, dict[str, Any]] = {}

    def follow(self, event: Event) -> None:
        """Let an event change what stands."""
        told = event.told
        place = (float(told["x"]), float(told["y"])) if "x" in told else (0.0, 0.0)
        if event.kind == "built":
            self.entities.pop(place, None)
            self.entities[place] = _entity(told)
        elif event.kind == "removed":
            self.entities.pop(place, None)
        elif place in self.entities:
            _change(self.entities[place], event.kind, told)


def _entity(told: Mapping[str, Any]) -> dict[str, Any]:
    entity = {"name": told["name"], "position": {"x": told["x"], "y": told["y"]}}
    more = {"direction": told.get("d"), "type": told.get("type"), "quality": told.get("quality")}
    return entity | {key: value for key, value in more.items() if value}


def _change(entity: dict[str, Any], kind: str, told: Mapping[str, Any]) -> None:
    """What turning it or setting something makes of an entity."""
    if kind == "rotated":
        entity["direction"] = told["d"]
        if "type" in told:
            entity["type"] = told["type"]
    elif kind == "recipe":
        entity.pop("recipe", None)
        entity |= {"recipe": told["recipe"]} if "recipe" in told else {}
    elif kind == "settings":
        for name, value in dict(told["settings"]).items():
            if name in _SETTINGS:
                entity[_SETTINGS[name]] = value
            elif name == "filters":
                entity["filters"] = [{"index": i, "name": item} for i, item in enumerate(value, start=1)]
                entity["use_filters"] = bool(value)
            elif name == "filter":
                entity["filter"] = {"name": value}


def prints_of(take: Take, source: str) -> Iterator[Print | Unreadable]:
    """A print for each surface that something was built on, and for each scenario that was loaded on it.

    Args:
        take: a recording's take.
        source: what its prints are called, before their number.

    Raises:
        DataError: the take is damaged.
    """
    head, count = take.head, 0
    version, scenario = "2.0.0", ""
    for stretch in _stretches(take):
        first = stretch[0]
        if first.kind == "start":
            version = str(first.told.get("factorio", version))
        elif first.kind == "scenario":
            scenario = str(first.told["name"])
        for site in _sites(stretch):
            entities = [entity for entity in site.entities.values() if not entity["name"].startswith(OWN)]
            if entities:
                title = " ".join(word for word in ("played", scenario, head.skill) if word)
                blueprint = {"entities": entities, "version": _number(version)}
                yield print_of(blueprint, f"{source}#{count}", (), {"title": title})
                count += 1


def _number(version: str) -> int:
    """A version of the game as blueprints write it: 16 bits for each part."""
    major, minor, patch = (int(part) for part in version.split("."))
    return major << 48 | minor << 32 | patch << 16


def _stretches(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events cut where everything that was built is gone."""
    stretch: list[Event] = []
    for event in events:
        if event.kind in ("scenario", "clean") and stretch:
            yield stretch
            stretch = []
        stretch.append(event)
    if stretch:
        yield stretch


def _sites(events: Iterable[Event]) -> Iterable[Site]:
    """What was built on each surface; an actor is where it was announced last."""
    sites: dict[str, Site] = {}
    where: dict[int | None, str] = {}
    for event in events:
        if event.kind == "actor":
            where[event.actor] = str(event.told.get("lab") or event.told.get("surface"))
        elif event.actor in where or "surface" in event.told:
            surface = str(event.told.get("surface") or where[event.actor])
            sites.setdefault(surface, Site()).follow(event)
    return sites.values()
