"""Splitters: trees, merges, balancers of belts and of lanes, priorities, filters and taps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from designs.sheet import Design, Sheet

CATEGORY = "splitters"
RED, BLUE = "fast-transport-belt", "express-transport-belt"


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn design: what it is called, what flows out of it in all, and the fields of its splitters."""

    label: str
    rate: float
    picture: str
    tier: str = "transport-belt"
    turns: int = 0
    items: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


_SPLIT_1_2 = """
   D>>>$
@>>D>>>$"""
_BALANCER_2_2 = """
@>>>D>>>$
@>>>D>>>$"""
_TREE_1_4 = """
       D>>$
    >>>D>>$
@>>D^
   Dv
    >>>D>>$
       D>>$"""
_BALANCER_4_4 = """
$ $$ $
^ ^^ ^
^ AA ^
^>^^<^
^N  N^
^<<>>^
 nAAn
 AAAA
 ^^^^
 @@@@"""
_LANE_BALANCER = """
   D>v
@>>Dv>>>$
    >^"""
_TAPS = """
      $     $
     D^    D^
@>>>>D>>>>>D>>>>$"""

_PICTURES = [
    Picture("1-2 splitter of iron plates", 15, _SPLIT_1_2),
    Picture("1-2 fast splitter of copper plates", 30, _SPLIT_1_2, RED, 1),
    Picture("2-2 balancer of iron plates", 30, _BALANCER_2_2),
    Picture("2-2 express balancer of copper plates", 90, _BALANCER_2_2, BLUE, 3),
    Picture(
        "2-1 merge of coal",
        15,
        """
@>>>Dv
@>>>D>>>>$""",
    ),
    Picture(
        "2-1 priority merge of stone: the left belt first",
        15,
        """
@>>>Dv
@>>>D>>>>$""",
        turns=2,
        fields={"input_priority": "left"},
    ),
    Picture("1-4 splitter tree of iron plates", 15, _TREE_1_4),
    Picture("1-4 fast splitter tree of steel plates", 30, _TREE_1_4, RED, 3),
    Picture(
        "1-3 splitter of iron ore with a loop back",
        15,
        """
 v<<<<<<<
 v      ^
 v     D^
 v  >>>D>>>$
 >D>^
@>D>v
    v
    >>>D>>>$
       D>>>$""",
    ),
    Picture(
        "1-8 splitter tree of copper ore",
        15,
        """
             D>>$
          >>>D>>$
    >>>>>D^
    ^    Dv
    ^     >>>D>>$
@>>D^        D>>$
   Dv        D>>$
    v     >>>D>>$
    >>>>>D^
         Dv
          >>>D>>$
             D>>$""",
    ),
    Picture(
        "2-4 splitter of coal",
        30,
        """
      D>>$
@>>D>>D>>$
@>>D>>D>>$
      D>>$""",
    ),
    Picture(
        "4-2 merge of iron ore",
        30,
        """
@>>Dv
@>>D>>D>>$
@>>D>>D>>$
@>>D^""",
        turns=1,
    ),
    Picture(
        "4-1 merge tree of stone",
        15,
        """
@>>Dv
@>>D>>>Dv
@>>D>>>D>>>$
@>>D^""",
    ),
    Picture("4-4 balancer of iron plates", 60, _BALANCER_4_4),
    Picture("4-4 fast balancer of copper plates", 120, _BALANCER_4_4, RED, 2),
    Picture("lane balancer of iron plates", 15, _LANE_BALANCER),
    Picture("express lane balancer of copper plates", 45, _LANE_BALANCER, BLUE, 1),
    Picture(
        "two lane balancers of iron gear wheels around a splitter",
        30,
        """
   D>v
@>>Dv>>>>D>>>$
    >^  >D>>>$
   D>v  ^
@>>Dv>>>^
    >^""",
    ),
    Picture(
        "overflow of iron plates: the straight belt first",
        15,
        _SPLIT_1_2,
        turns=2,
        fields={"output_priority": "right"},
    ),
    Picture(
        "2-2 balancer of coal with a preferred output",
        30,
        _BALANCER_2_2,
        turns=1,
        fields={"output_priority": "left", "input_priority": "right"},
    ),
    Picture("main line of iron plates with two taps", 15, _TAPS),
    Picture("main line of copper plates with two greedy taps", 15, _TAPS, turns=2, fields={"output_priority": "left"}),
    Picture("main line of steel plates that spares its taps", 30, _TAPS, RED, 3, fields={"output_priority": "right"}),
    Picture(
        "sorter of mixed iron plates and copper plates by a filter splitter",
        15,
        """
  @
  v    D>>>$
  >>>>>D>>>$
  ^
  @""",
        items=("iron-plate", "copper-plate"),
        outputs=("copper-plate", "iron-plate"),
        fields={"filter": "copper-plate", "output_priority": "left"},
    ),
    Picture(
        "tap of copper plates under a line of iron plates",
        30,
        """
     $
     N
@>>>>>>>>>$
     n
    D^
@>>>D>>>>>$""",
    ),
    Picture(
        "diamond of splitters: a belt of coal parted and joined",
        15,
        """
   D>>>>Dv
@>>D>>>>D>>$""",
    ),
    Picture(
        "splitter of stone with one branch under the other",
        15,
        """
   D>>>>v
@>>D>>e.vE>>$
        v
        $""",
    ),
    Picture(
        "2-2 balancer of iron ore, then lanes crossed over",
        30,
        """
@>>>D>>>v >>>$
@>>>D>v s ^
      >>>>^>>$
        S  ^
        >>>^""",
    ),
]


def designs() -> Iterator[Design]:
    """Every splitter design."""
    for picture in _PICTURES:
        sheet = Sheet(picture.tier)
        sheet.draw(picture.picture, items=picture.items, outputs=picture.outputs, **picture.fields)
        yield sheet.finish(CATEGORY, picture.label, picture.rate, turns=picture.turns)
