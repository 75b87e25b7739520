"""Makes the committed tables of the runtime API from fuller ones.

    python -m factorion_cli.servers.api.build_tables 2.0=runtime-api-2.0.json 2.1=runtime-api.json

The fuller tables list the facts of the declarations of npm's `typed-factorio` (MIT): names, flags, types. Kept here is
what a strict emulation and a check of a mod need to know.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from factorion_cli.servers.api.tables import DATA

LONGEST_TYPE = 60
"""Types that take more characters to say are left out: they are unions of many structs."""


def _fields(concepts: dict[str, Any], type_name: str) -> list[str] | None:
    """Names of the fields of a struct; None for what is no struct."""
    concept = concepts.get(type_name)
    return sorted(concept["fields"]) if concept and concept["kind"] == "struct" and "fields" in concept else None


def _attribute(entry: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"flags": ("r" if entry["read"] else "") + ("w" if entry["write"] else "")}
    if len(entry["type"]) <= LONGEST_TYPE:
        made["type"] = entry["type"]
    if "subclasses" in entry:
        made["subclasses"] = sorted(entry["subclasses"])
    return made


def _arguments(concepts: dict[str, Any], entry: dict[str, Any]) -> list[str] | None:
    """Names that a table of arguments may have; None where the call takes none, or any."""
    if entry.get("takes_table"):
        names = {parameter["name"] for parameter in entry["params"]}
        for group in (entry.get("variants") or {}).values():
            names.update(group)
        return sorted(names)
    if len(entry["params"]) == 1:
        return _fields(concepts, entry["params"][0]["type"])
    return None


def _method(concepts: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a method."""
    made: dict[str, Any] = {"most": len(entry["params"]), "least": sum(not p.get("opt") for p in entry["params"])}
    if entry.get("takes_table"):
        made["table"] = "optional" if entry.get("table_optional") else "yes"
        made["required"] = sorted(p["name"] for p in entry["params"] if not p.get("opt"))
    if any(p["name"].startswith("...") or p["type"].startswith("...") for p in entry["params"]):
        made["most"] = -1
    arguments = _arguments(concepts, entry)
    if arguments is not None:
        made["arguments"] = arguments
    if entry["returns"] and len(entry["returns"]) <= LONGEST_TYPE:
        made["returns"] = entry["returns"]
    if "subclasses" in entry:
        made["subclasses"] = sorted(entry["subclasses"])
    return made


def condensed(full: dict[str, Any]) -> dict[str, Any]:
    """The table to commit."""
    classes = {}
    for name, entry in sorted(full["classes"].items()):
        classes[name] = {
            "attributes": {key: _attribute(value) for key, value in sorted(entry["attributes"].items())},
            "methods": {key: _method(full["concepts"], value) for key, value in sorted(entry["methods"].items())},
        }
        if "parent" in entry:
            classes[name]["parent"] = entry["parent"]
    # typed-factorio says this one by a generic type; it takes any number of arguments (official runtime-api.json).
    classes["LuaRemote"]["methods"]["call"] |= {"least": 2, "most": -1}
    return {
        "version": full["version"],
        "source": full["source"],
        "classes": classes,
        "events": {name: sorted(event["fields"]) for name, event in sorted(full["events"].items())},
        "defines": full["defines"],
        "global_objects": full["global_objects"],
        "global_functions": sorted(full["global_functions"]),
    }


def main(arguments: list[str]) -> None:
    """Write one table for each `VERSION=FILE`."""
    for argument in arguments:
        version, _, path = argument.partition("=")
        table = condensed(json.loads(Path(path).read_text(encoding="utf-8")))
        text = json.dumps(table, separators=(",", ":"), sort_keys=True)
        (DATA / f"runtime-{version}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
