"""Belts alone: curves, side-loads, lane merges, mixed tiers, undergrounds, crossings and weaves."""

from __future__ import annotations

from collections.abc import Iterator

from designs.sheet import ANY, BELT_RATE, Design, Sheet

from factorion_cli.factory.geometry import EAST, SOUTH

CATEGORY = "belts"
RED, BLUE = "fast-transport-belt", "express-transport-belt"

# Label, tier, how many full belts flow out of it, picture.
_PICTURES: list[tuple[str, str, int, str]] = [
    ("straight line of iron plates", "transport-belt", 1, "@>>>>>>>>$"),
    ("straight fast line of copper plates", RED, 1, "@>>>>>>>>>>>>>$"),
    ("right turn of coal", "transport-belt", 1, """
@>>>>v
     v
     v
     v
     $"""),
    ("U-turn of stone", "transport-belt", 1, """
@>>>>>v
$<<<<<<"""),
    ("wide U-turn of iron ore", RED, 1, """
@>>>>>>v
       v
       v
       v
$<<<<<<<"""),
    ("express serpentine of copper ore", BLUE, 1, """
 @>>>>>>>v
v<<<<<<<<<
>>>>>>>>>v
v<<<<<<<<<
>>>>>>>>>>$"""),
    ("staircase of steel plates", "transport-belt", 1, """
@>>v
   >>v
     >>v
       >>v
         >>$"""),
    ("detour of iron plates around a pond", "transport-belt", 1, """
   >>>>>v
   ^    v
@>>^    >>>$"""),
    ("spiral of copper plates that leaves underground", "transport-belt", 1, """
@>>>>>>v
 >>>>v v
 ^   s v
 ^     v
 ^     v
 ^<<<<<<
     S
     $"""),
    ("side-load of coal onto a running line of coal", "transport-belt", 1, """
     @
     v
     v
     v
@>>>>>>>>>$"""),
    ("lane merge of iron plates and copper plates", "transport-belt", 1, """
  @
  v
  v
  >>>>>>>$
  ^
  ^
  @"""),
    ("fast lane merge of iron ore and coal, turned", RED, 1, """
@>>v<<@
   v
   v
   >>>v
      v
      $"""),
    ("herringbone of four feeders of stone", "transport-belt", 1, """
  @    @
  v    v
  v    v
  >>>>>>>>>>$
  ^    ^
  ^    ^
  @    @"""),
    ("comb of three feeders of iron ore from one side", "transport-belt", 1, """
@   @   @
v   v   v
v   v   v
>>>>>>>>>>>$"""),
    ("underground hop of iron plates", "transport-belt", 1, "@>>e....E>>$"),
    ("chain of underground hops of copper plates", "transport-belt", 1, "@>e....E>e...E>>e..E>$"),
    ("longest fast underground of steel plates", RED, 1, "@>e......E>>$"),
    ("longest express underground of iron gear wheels", BLUE, 1, "@>>e........E>$"),
    ("crossing of iron plates under copper plates", "transport-belt", 2, """
      @
      v
      v
@>>>>evE>>>>$
      v
      v
      $"""),
    ("grid crossing of two lines under two lines of iron plates", "transport-belt", 4, """
    @  @
    v  v
@>>evEevE>>$
    v  v
@>>evEevE>>$
    v  v
    $  $"""),
    ("two lines of iron plates and copper plates that change sides", "transport-belt", 2, """
@>>>v >>>$
    s ^
@>>>>>^>>$
    S  ^
    >>>^"""),
    ("lane filter of stone: half of a side-loaded underground is blocked", "transport-belt", 1, """
@>>>v
    v
    e....E>>>$"""),
]  # fmt: skip

_RATES = {"lane filter of stone: half of a side-loaded underground is blocked": 7.5}


def _ladder(tiers: tuple[str, ...], label: str) -> Design:
    """Stretches of four belts, each of another tier; the slowest decides."""
    sheet = Sheet()
    for index, tier in enumerate(tiers):
        first, last = index == 0, index == len(tiers) - 1
        stretch = (index * 4, 0), (index * 4 + 3, 0)
        sheet.run(*stretch, tier=tier, source=ANY if first else None, sink=ANY if last else None)
    return sheet.finish(CATEGORY, label, min(BELT_RATE[tier] for tier in tiers))


def _bus_bend(lines: int, tier: str, label: str) -> Design:
    """Parallel lines that turn a corner together."""
    sheet = Sheet(tier)
    for line in range(lines):
        sheet.run((0, line), (5 + lines - line, line), (5 + lines - line, lines + 5), source=ANY, sink=ANY)
    return sheet.finish(CATEGORY, label, lines * BELT_RATE[tier])


def _bus_crossing(lines: int, label: str) -> Design:
    """A fast line that passes under a bus of yellow lines."""
    sheet = Sheet()
    for line in range(lines):
        sheet.run((0, 3 + line), (8, 3 + line), source=ANY, sink=ANY)
    sheet.run((4, 0), (4, 1), tier=RED, source=ANY)
    sheet.dive(4, 2, SOUTH, lines + 1, tier=RED)
    sheet.run((4, lines + 4), (4, lines + 5), tier=RED, sink=ANY)
    return sheet.finish(CATEGORY, label, lines * 15.0 + 30.0)


def _weave(label: str) -> Design:
    """Two lines in one row: undergrounds of different tiers do not see one another."""
    sheet = Sheet()
    sheet.run((0, 2), (1, 2), tier=RED, source=ANY)
    sheet.dive(2, 2, EAST, 4, tier=RED)
    sheet.run((4, 0), (4, 2), end=EAST, source=ANY)
    sheet.dive(5, 2, EAST, 4)
    sheet.belt(7, 2, EAST, RED)
    sheet.dive(8, 2, EAST, 3, tier=RED)
    sheet.dive(10, 2, EAST, 4)
    sheet.belt(12, 2, EAST, RED)
    sheet.dive(13, 2, EAST, 4, tier=RED)
    sheet.run((15, 2), (15, 4), sink=ANY)
    sheet.run((18, 2), (19, 2), tier=RED, sink=ANY)
    return sheet.finish(CATEGORY, label, 45.0)


def _comb(teeth: int, label: str) -> Design:
    """A line that ducks under walls of other lines, one after another."""
    sheet = Sheet()
    sheet.run((0, 3), (1, 3), source=ANY)
    for tooth in range(teeth):
        x = 2 + 4 * tooth
        sheet.dive(x, 3, EAST, 2)
        sheet.belt(x + 3, 3, EAST)
        down = tooth % 2 == 0
        wall = ((x + 1, 0), (x + 1, 6)) if down else ((x + 1, 6), (x + 1, 0))
        sheet.run(*wall, source=ANY, sink=ANY)
    sheet.run((2 + 4 * teeth, 3), (3 + 4 * teeth, 3), sink=ANY)
    return sheet.finish(CATEGORY, label, 15.0 * (teeth + 1))


def _lane_weave(label: str) -> Design:
    """Two lanes of different items brought together, carried under a line and round a corner."""
    sheet = Sheet()
    sheet.run((2, 0), (2, 1), source=ANY)
    sheet.run((2, 4), (2, 3), source=ANY)
    sheet.run((2, 2), (4, 2))
    sheet.dive(5, 2, EAST, 3)
    sheet.run((9, 2), (11, 2), (11, 7), sink=ANY)
    sheet.run((6, 6), (6, 0), source=ANY, sink=ANY)
    return sheet.finish(CATEGORY, label, 30.0)


def designs() -> Iterator[Design]:
    """Every belt design."""
    for index, (label, tier, lines, picture) in enumerate(_PICTURES):
        sheet = Sheet(tier)
        sheet.draw(picture)
        yield sheet.finish(CATEGORY, label, _RATES.get(label, lines * BELT_RATE[tier]), turns=index % 4)
    yield _ladder(("transport-belt", RED, BLUE), "tier ladder of iron plates, yellow to express")
    yield _ladder((BLUE, RED, BLUE), "express line of copper plates with a fast stretch")
    yield _bus_bend(4, "transport-belt", "bus of four lines of iron plates turning a corner")
    yield _bus_bend(3, RED, "bus of three fast lines of copper plates turning a corner")
    yield _bus_crossing(4, "fast line under a bus of four lines of iron plates")
    yield _weave("weave of yellow and fast undergrounds of iron plates in one row")
    yield _comb(3, "line of coal ducking under three lines of coal")
    yield _lane_weave("lane merge of iron plates and copper plates under a crossing line")
