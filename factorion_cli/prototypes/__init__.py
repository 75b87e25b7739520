"""Factorio's own data (entities, items, recipes, modules) as frozen tables, one per game version."""

from factorion_cli.prototypes.records import (
    BeaconData,
    BeltData,
    DrillData,
    EntityPrototype,
    InserterData,
    ItemPrototype,
    MachineData,
    ModuleEffects,
    PoleData,
    Recipe,
    RecipeAmount,
)
from factorion_cli.prototypes.table import (
    GAME_VERSION,
    PrototypeTable,
    load_table,
)

__all__ = [
    "GAME_VERSION",
    "BeaconData",
    "BeltData",
    "DrillData",
    "EntityPrototype",
    "InserterData",
    "ItemPrototype",
    "MachineData",
    "ModuleEffects",
    "PoleData",
    "PrototypeTable",
    "Recipe",
    "RecipeAmount",
    "load_table",
]
