"""What vanilla has from its official expansions: names of entities and recipes that the base game alone does not know.

Source: the prototypes of game 2.1.20 as draftsman 4.0.1 bundles them; what is defined in the folder of an expansion
and nowhere in `base` and `core`, so that recipes which an expansion only changes are the base game's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = {
    "quality": "quality-module quality-module-2 quality-module-3",
    "elevated-rails": """
        elevated-curved-rail-a elevated-curved-rail-b elevated-half-diagonal-rail elevated-straight-rail rail-ramp
        rail-support
    """,
    "recycler": "recycler",
    "space-age": """
        acid-neutralisation advanced-carbonic-asteroid-crushing advanced-metallic-asteroid-crushing
        advanced-oxide-asteroid-crushing advanced-thruster-fuel advanced-thruster-oxidizer agricultural-science-pack
        agricultural-tower ammonia-rocket-fuel ammoniacal-solution-separation artificial-jellynut-soil
        artificial-yumako-soil asteroid-collector battery-mk3-equipment big-mining-drill biochamber bioflux biolab
        biolubricant bioplastic biosulfur biter-egg burnt-spoilage captive-biter-spawner capture-robot-rocket carbon
        carbon-fiber carbonic-asteroid-crushing carbonic-asteroid-reprocessing cargo-bay casting-copper
        casting-copper-cable casting-iron casting-iron-gear-wheel casting-iron-stick casting-low-density-structure
        casting-pipe casting-pipe-to-ground casting-steel coal-synthesis concrete-from-molten-iron copper-bacteria
        copper-bacteria-cultivation copper-ore-melting crusher cryogenic-plant cryogenic-science-pack electrolyte
        electromagnetic-plant electromagnetic-science-pack empty-fluoroketone-cold-barrel
        empty-fluoroketone-hot-barrel fish-breeding fluoroketone fluoroketone-cold-barrel fluoroketone-cooling
        fluoroketone-hot-barrel foundation foundry fulgoran-ruin-attractor fusion-generator fusion-power-cell
        fusion-reactor fusion-reactor-equipment heating-tower holmium-plate holmium-solution ice-melting
        ice-platform iron-bacteria iron-bacteria-cultivation iron-ore-melting jellynut-processing
        landing-pad-unloading-bay lightning-collector lightning-rod lithium lithium-plate mech-armor
        metallic-asteroid-crushing metallic-asteroid-reprocessing metallurgic-science-pack molten-copper-from-lava
        molten-iron-from-lava nutrients-from-bioflux nutrients-from-biter-egg nutrients-from-fish
        nutrients-from-spoilage nutrients-from-yumako-mash overgrowth-jellynut-soil overgrowth-yumako-soil
        oxide-asteroid-crushing oxide-asteroid-reprocessing pentapod-egg promethium-science-pack quantum-processor
        railgun railgun-ammo railgun-turret rocket-fuel-from-jelly rocket-turret simple-coal-liquefaction
        solid-fuel-from-ammonia space-platform-foundation space-platform-hub space-platform-starter-pack
        stack-inserter steam-condensation supercapacitor superconductor tesla-ammo tesla-turret teslagun thruster
        thruster-fuel thruster-oxidizer toolbelt-equipment tree-seed tungsten-carbide tungsten-plate turbo-loader
        turbo-splitter turbo-transport-belt turbo-underground-belt yumako-processing
    """,
}

EXPANSION_OF: Mapping[str, str] = MappingProxyType(
    {name: expansion for expansion, names in _NAMES.items() for name in names.split()}
)
"""Name of an entity or recipe -> the expansion that brings it; what the base game has is not in it."""
