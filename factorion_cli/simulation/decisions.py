"""Every choice that the known facts leave open, in one place; docs/simulator.md explains each with its source.

Positions are in subtiles (1/256 tile), times in ticks.
"""

from __future__ import annotations

SPACING = 64
"""Least distance of two items on one lane (wiki: Transport belts/Physics)."""

STRAIGHT_LENGTH = 256
CURVE_INNER_LENGTH = 106
CURVE_OUTER_LENGTH = 295
HALF_TILE_LENGTH = 128
SPLITTER_INPUT_LENGTH = 179
SPLITTER_OUTPUT_LENGTH = 77
"""Line lengths as measured in the game (itemcam; "Accurate Belt Segment Measurements", 2019)."""

LINE_SQUARE = 32
"""Lines end at the borders of squares of this many tiles, as the game's own chunks; that changes no item's way."""

SIDELOAD_EARLY_POSITION = STRAIGHT_LENGTH - 188
SIDELOAD_LATE_POSITION = STRAIGHT_LENGTH - 68
"""Where the two lanes of a side feeder enter the tile: they travel 188 and 68 subtiles on it."""

PICK_REACH = 96
"""Subtiles on each side of a tile's middle within which an arm reaches an item.

Three items of a full lane lie within it. That reproduces the wiki's belt-to-chest rates of large hands (hand 12: 7.5,
11.25 and 15 items per second from yellow, red and blue): nine items have to arrive while the arm picks.
"""

PICK_TICKS = 2
"""Ticks between two items that one hand takes off a belt (wiki: hand 2 takes 26 to 28 ticks, 24 of them swinging)."""

PICK_PATIENCE = 16
"""Ticks that a partly filled hand waits over a belt for the next item: twice the spacing of a full yellow lane."""

CATCH_TURNS = 0.056
"""How much earlier in its turn an arm meets an item on a moving belt, in turns, for a reach of one tile.

An arm comes back over the belt from one side and meets the item before the tile's middle, both ways shorter. With the
one tick that matching the moving item costs, the plain arm needs 64 instead of 70 ticks (measured: 0.93 to 0.94 items
per second), fast arms stay at 24 and long-handed ones at 50 (wiki belt-to-chest table; peer parity runs on 2.0.76).
"""

DROP_WINDOW = SPACING
"""How far behind its drop point an arm may let go: gives the measured pattern 0, 1, 8, 16... of an unloading hand."""

OVERLOAD_FACTOR_NUMERATOR, OVERLOAD_FACTOR_DENOMINATOR = 1166, 1000
OVERLOAD_MINIMUM, OVERLOAD_MAXIMUM = 2, 100
"""Insertion limit: amount x (ceil(1.166 x speed / time) + 1), the multiplier within 2 to 100 (utility constants)."""

FUEL_LIMIT = 5
"""An arm delivers fuel while fewer than this many items of it are there (wiki: Inserters)."""

MAXIMUM_PRODUCTIVITY = 3
"""+300 % (prototype field maximum_productivity)."""

MINIMUM_SPEED_PERCENT = 20
"""Speed effects never slow a machine below a fifth of its base speed."""

QUALITY_LEVELS = {"normal": 0, "uncommon": 1, "rare": 2, "epic": 3, "legendary": 5}
"""+30 % of speed per level (wiki: Quality)."""

FUEL_CATEGORIES = {"biochamber": "nutrients", "captive-biter-spawner": "food"}
"""Fuel of burner machines; all others burn chemical fuel (prototype field fuel_categories)."""

FULL_HAND_ARMS = frozenset({"stack-inserter"})
"""Arms that wait for a full hand before they swing (wiki: Stack inserter)."""

CHEST_TYPES = frozenset({"container", "logistic-container", "infinity-container"})
"""Prototype types that arms use as chests; infinity chests that are no endpoints are plain bottomless ones here."""

ENDLESS_SLOTS = 1_000_000
"""Slots of a chest whose prototype states none."""

OVERFILL_HANDS, OVERFILL_LEAST_HAND = 4, 2
"""A slot holds four hands (of at least two) above its limit, so that arms already on the way can let go.

Changelog of 1.1: recipes that allow inserter overload get four times the bulk hand more room; arms still stop
fetching at the limit.
"""

DRAIN_UNIT = 600
"""Parts of a piece in which deposits are counted: big drills take a half, legendary ones a sixth of that."""

DRAIN_SIXTHS = {"normal": 6, "uncommon": 5, "rare": 4, "epic": 3, "legendary": 1}
"""Sixths of its drain that a drill of each quality takes from a resource (mining_drill_resource_drain_multiplier).

The game draws lots; here every mining takes its share. Quality does not make drills faster: the quality prototype has
no such multiplier.
"""

DRILL_HOLDS = 2
"""Pieces that a drill holds at most: one waits for room and the next is being mined, then it stops."""

PUMPJACK_HOLDS = 1000
"""Units that a pumpjack's box holds (prototype field output_fluid_box)."""

PIPELINE_EXTENT = 320
"""A segment that is longer or wider than this in tiles does not flow (wiki: Fluid system; utility constant)."""

CONNECTION_RATE = 100
"""Units a tick through one connection of a machine, times the fullness of the giver and the emptiness of the taker.

The factor of both is measured (r/factorio 1ilmehv: "multiplied with the fullness ratios of the source and sink").
"""

JOINT_VOLUME = 100
"""Units that fit between two machines whose connections meet without a pipe: as much as a pipe holds."""

PUMP_SLOW_SHARE = 65536 // 5
"""Fullness of the source below which, and emptiness of the target below which, a pump slows in proportion: 20 %."""

ENDLESS_FLOW = 10_000
"""Units that an infinity pipe gives in a tick at most: a hundred connections' worth."""

TANK_FLUID = "water"
"""What a tank that is full at the start holds, unless its `filter` says so."""

BASE_DEGREES = 15
"""What a fluid's energy is counted from (prototype field default_temperature of water and steam)."""

HEAT_TRAVELS = "at once"
"""Everything joined by heat connections has one temperature.

The game moves heat from pipe to pipe by the difference of their temperatures, so long heat pipes carry less; how much
is not in the known facts.
"""

HEAT_START_DEGREES = 500
"""Heat starts where exchangers begin to work: warming up takes minutes and is no part of a steady state."""

WIRES = "reach"
"""Poles within reach of each other are wired.

A Factory does not carry the wires of a blueprint. In the game new poles connect by themselves to those in reach (at
most five, no triangles), which joins the same poles to one network; wires that a player took off are lost.
"""

BEACON_SIXTHS = {"normal": 6, "uncommon": 5, "rare": 4, "epic": 3, "legendary": 1}
"""Sixths of its power that a beacon of each quality draws (prototype field beacon_power_usage_multiplier)."""

MINIMUM_CONSUMPTION_PERCENT = 20
"""Modules never bring a machine's power below a fifth (wiki: Module)."""

DAY_TICKS = 25200
DUSK_TICK, NIGHT_TICK, SUNRISE_TICK, DAWN_TICK = 6300, 11340, 13860, 18900
"""A day begins at noon: full light, dusk, night, dawn, full light (12600, 5040, 2520 and 5040 ticks; wiki: Time)."""

RESEARCH_UNIT_SECONDS = 60
"""Seconds at speed 1 in which a lab uses one pack of each kind: a factory names no technology, and most of the later
ones take 60 s. A factory's `research` may say `research_unit_seconds`."""

PACK_DRAIN_PERCENT = {"normal": 100, "uncommon": 99, "rare": 98, "epic": 97, "legendary": 95}
"""What labs of each quality take of a pack's life, in percent (science_pack_drain_multiplier)."""

SILO_RECIPE = "rocket-part"
"""What a rocket silo makes (prototype field fixed_recipe). Its parts never block it: every 50 (rocket_parts_required)
are launched at once. How long a launch keeps the silo from its next parts is not known here."""

BURNER_CYCLE_J = 66_900
"""Joules of one way out and back of a burner inserter (wiki: Inserters; facts `inserters.energy`)."""

BURNER_START_J = 500_000
"""What a new burner inserter has to begin with: a quarter of a piece of wood (initial_fuel, initial_fuel_percent).

When less than a cycle is left it burns a piece of what it takes things from (or holds); without any it stops.
"""

STACKING = frozenset({"stack-inserter", "big-mining-drill"})
MOST_STACKED = 4
"""What lays stacks on belts, once researched (max_belt_stack_size, drops_full_belt_stacks): 2, 3 or 4 pieces.

With the technology that unlocks stack arms it is 2, and so the wiki's table of unloading counts it (hand 6: 11.27/s); a
factory says so by `belt_stack_size_bonus: 1`. An arm takes as many pieces off one place as its hand has room for;
loaders (max_belt_stack_size 1) lay single ones.
"""

BELT_STACK_BONUS = 0
"""Pieces more than one in a stack where a factory's research does not say: nothing is stacked."""
