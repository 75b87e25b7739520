"""What belts carry and what arms ask for, traced through the grid from where it comes onto a belt.

The end of a belt looks the same whatever was put on at its beginning, and that may be twenty tiles upstream: further
than a convolution sees. What a splitter passes to its other side and what furnaces make is not followed.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.lookup import EntityLookup

_STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
"""(dx, dy) of one step north, east, south, west."""
_BRIDGES = 2
"""Arms in a row from belt to belt that are followed."""


@dataclass(frozen=True, slots=True)
class _Tiles:
    """A batch of grids as one row of N = B * H * W tiles; a tile's number is (state * H + y) * W + x.

    Attributes:
        channels: int64 (C, N).
        shape: (B, H, W).
    """

    channels: Tensor
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, grid: Tensor) -> _Tiles:
        """int64 (B, C, H, W)."""
        batch, _, height, width = grid.shape
        return cls(grid.transpose(0, 1).flatten(1), (batch, height, width))

    def beside(self, tile: Tensor, distance: Tensor) -> tuple[Tensor, Tensor]:
        """(K,) the tiles `distance` steps ahead of where `tile` faces, behind if negative; and whether they exist."""
        _, height, width = self.shape
        step = torch.tensor(_STEPS, device=tile.device)[(self.channels[grid_tensor.DIRECTION, tile] - 1) % 4]
        x, y = tile % width + step[:, 0] * distance, tile // width % height + step[:, 1] * distance
        exists = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        return tile + exists * (step[:, 1] * width + step[:, 0]) * distance, exists


class Carried(nn.Module):
    """Traces a batch of grids; has no weights."""

    carries: Tensor
    underground: Tensor
    max_distance: Tensor
    reach: Tensor

    def __init__(self, lookup: EntityLookup) -> None:
        super().__init__()
        for name in ("carries", "underground", "max_distance", "reach"):
            self.register_buffer(name, torch.from_numpy(getattr(lookup, name)), persistent=False)
        self._longest = int(lookup.max_distance.max())

    def forward(self, grid: Tensor, things: Tensor, ingredients: Tensor, products: Tensor) -> tuple[Tensor, Tensor]:
        """Sums of vectors, tile by tile.

        Args:
            grid: int64 (B, C, H, W).
            things: (n_things, D) a vector for each, row 0 zero.
            ingredients: (n_recipes, D) for what goes into each recipe, row 0 zero.
            products: (n_recipes, D) for what comes out, row 0 zero.

        Returns:
            (B, D, H, W) of what the belt there carries; and of what machines need that are served by an arm from there.
        """
        tiles = _Tiles.of(grid)
        with torch.no_grad():
            picks, drops = self._arms(tiles)
            begins, first, second, recipe = self._beginnings(tiles, picks, drops)
            reached, slots = self._reached(tiles, begins, picks, drops)
        batch, height, width = tiles.shape
        vectors = things.new_zeros(batch, reached.shape[2], things.shape[1])
        vectors[begins // (height * width), slots] = things[first] + things[second] + products[recipe]
        carried = reached.to(vectors.dtype) @ vectors  # (B, H * W, D)
        asked = torch.zeros_like(carried).flatten(0, 1)
        asked = asked.index_add(0, picks, ingredients[tiles.channels[grid_tensor.RECIPE, drops]]).view_as(carried)
        return carried.mT.reshape(batch, -1, height, width), asked.mT.reshape(batch, -1, height, width)

    def _arms(self, tiles: _Tiles) -> tuple[Tensor, Tensor]:
        """(A,) tiles that arms pick up from and (A,) that they drop on, both inside the grid."""
        reach = self.reach[tiles.channels[grid_tensor.ENTITY]].long()
        arm = torch.nonzero(reach).squeeze(1)
        picks, one = tiles.beside(arm, reach[arm])
        drops, other = tiles.beside(arm, -reach[arm])
        return picks[one & other], drops[one & other]

    def _beginnings(self, tiles: _Tiles, picks: Tensor, drops: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(K,) tiles, ascending, where something comes onto a belt; two items, and a recipe whose products do."""
        entity, recipe = tiles.channels[grid_tensor.ENTITY], tiles.channels[grid_tensor.RECIPE]
        endpoint, item = tiles.channels[grid_tensor.ENDPOINT], tiles.channels[grid_tensor.ITEM]
        is_source = (endpoint > 0) & (endpoint != grid_tensor.BELT_SINK) & (endpoint != grid_tensor.CHEST_SINK)
        belt = torch.nonzero(is_source & self.carries[entity]).squeeze(1)
        gives = self.carries[entity[drops]] & ((recipe[picks] > 0) | (endpoint[picks] == grid_tensor.CHEST_SOURCE))
        from_, onto = picks[gives], drops[gives]
        tile, order = torch.cat([belt, onto]).sort(stable=True)
        none = torch.zeros_like(onto)
        return (
            tile,
            torch.cat([item[belt], item[from_]])[order],
            torch.cat([tiles.channels[grid_tensor.ITEM_RIGHT, belt], none])[order],
            torch.cat([torch.zeros_like(belt), recipe[from_]])[order],
        )

    def _reached(self, tiles: _Tiles, begins: Tensor, picks: Tensor, drops: Tensor) -> tuple[Tensor, Tensor]:
        """float32 (B, H * W, S): 1 where what begins in slot s of a state comes past; and (K,) these slots."""
        batch, height, width = tiles.shape
        owner = begins // (height * width)
        counts = torch.bincount(owner, minlength=batch)
        slots = torch.arange(len(begins), device=begins.device) - (counts.cumsum(0) - counts)[owner]
        past = torch.zeros(batch * height * width, int(counts.max()), device=begins.device)
        past[begins, slots] = 1
        # Each way looks twice as far ahead as the one before; a belt's last tile follows itself.
        ways = [self._following(tiles)]
        for _ in range((height * width).bit_length() - 1):
            ways.append(ways[-1][ways[-1]])
        belts = self.carries[tiles.channels[grid_tensor.ENTITY]]
        bridge = belts[picks] & belts[drops]
        onto, from_ = drops[bridge], picks[bridge]
        past = _along(ways, past)
        for _ in range(_BRIDGES if len(onto) else 0):
            past = _along(ways, past.index_add(0, onto, past[from_]))
        return past.view(batch, height * width, -1), slots

    def _following(self, tiles: _Tiles) -> Tensor:
        """(N,) the tile that takes what leaves each; the tile itself where none does."""
        entity, facing = tiles.channels[grid_tensor.ENTITY], tiles.channels[grid_tensor.DIRECTION]
        variant, endpoint = tiles.channels[grid_tensor.VARIANT], tiles.channels[grid_tensor.ENDPOINT]
        following = torch.arange(len(entity), device=entity.device)
        entrance = self.underground[entity] & (variant == 1)
        belt = torch.nonzero(self.carries[entity] & ~entrance & (endpoint != grid_tensor.BELT_SINK)).squeeze(1)
        ahead, exists = tiles.beside(belt, torch.ones_like(belt))
        taken = exists & self.carries[entity[ahead]] & ((facing[ahead] - facing[belt]) % 4 != 2)
        following[belt[taken]] = ahead[taken]
        looking = torch.nonzero(entrance).squeeze(1)
        for distance in range(1, self._longest + 1):
            looking = looking[self.max_distance[entity[looking]] >= distance]
            if not len(looking):
                break
            ahead, exists = tiles.beside(looking, torch.full_like(looking, distance))
            same = exists & (entity[ahead] == entity[looking]) & (facing[ahead] == facing[looking])
            met = same & (variant[ahead] == 2)
            following[looking[met]] = ahead[met]
            looking = looking[exists & ~(same & (variant[ahead] != 0))]  # another entrance takes the exit
        return following


def _along(ways: list[Tensor], past: Tensor) -> Tensor:
    """(N, S) with what comes past a tile coming past all that follow."""
    for following in ways:
        past = past.index_add(0, following, past).clamp_(max=1)
    return past
