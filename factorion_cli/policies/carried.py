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
from factorion_cli.policies.planes import STEPS

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
        step = torch.tensor(STEPS, device=tile.device)[(self.channels[grid_tensor.DIRECTION, tile] - 1) % 4]
        x, y = tile % width + step[:, 0] * distance, tile // width % height + step[:, 1] * distance
        exists = (x >= 0) & (x < width) & (y >= 0) & (y < height)
        return tile + exists * (step[:, 1] * width + step[:, 0]) * distance, exists


@dataclass(frozen=True, slots=True)
class Trace:
    """What comes past where, of K beginnings in B states of H x W tiles; each has a slot of its own in its state.

    Attributes:
        shape: (B, H, W).
        slot: int64 (2, K) state and slot of each beginning.
        things: int64 (2, K) item ids that come onto a belt there, 0 for none.
        recipe: int64 (K,) whose products come onto it, put down by an arm; 0 for none.
        past: float32 (B, H * W, S): 1 where what begins in slot s of a state comes past.
        ahead: float32 (B, H * W, S): 1 where it would come next, were there a belt.
        arms: int64 (2, A) tiles from which arms pick up, and on which they drop.
        asked: int64 (A,) the recipe of what each serves, 0 for none.
    """

    shape: tuple[int, int, int]
    slot: Tensor
    things: Tensor
    recipe: Tensor
    past: Tensor
    ahead: Tensor
    arms: Tensor
    asked: Tensor

    def sums(self, things: Tensor, ingredients: Tensor, products: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors of what is carried and asked for, tile by tile.

        Args:
            things: (n_things, D) a vector for each, row 0 zero.
            ingredients: (n_recipes, D) for what goes into each recipe, row 0 zero.
            products: (n_recipes, D) for what comes out, row 0 zero.

        Returns:
            (B, H * W, D) sums over what the belt there carries; and over what machines need that an arm serves there.
        """
        carried = self.past.to(things.dtype) @ self.given(things, products)
        asked = torch.zeros_like(carried).flatten(0, 1)
        asked = asked.index_add(0, self.arms[0], ingredients[self.asked].to(carried.dtype))
        return carried, asked.view_as(carried)

    def given(self, things: Tensor, products: Tensor) -> Tensor:
        """(B, S, D) sums of the vectors of what begins in each slot."""
        given = things.new_zeros(self.past.shape[0], self.past.shape[2], things.shape[1])
        given[self.slot[0], self.slot[1]] = things[self.things].sum(dim=0) + products[self.recipe]
        return given


class Tracer(nn.Module):
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

    @torch.no_grad()
    def forward(self, grid: Tensor) -> Trace:
        """int64 (B, C, H, W)."""
        tiles = _Tiles.of(grid)
        batch, height, width = tiles.shape
        recipe = tiles.channels[grid_tensor.RECIPE]
        picks, drops = self._arms(tiles)
        begins, first, second, made = self._beginnings(tiles, picks, drops)
        owner = begins // (height * width)
        counts = torch.bincount(owner, minlength=batch)
        slots = torch.arange(len(begins), device=begins.device) - (counts.cumsum(0) - counts)[owner]
        past = torch.zeros(batch * height * width, int(counts.max()), device=begins.device)
        past[begins, slots] = 1
        following, leaving = self._following(tiles)
        past = self._spread(tiles, past, following, picks, drops)
        free = (tiles.channels[grid_tensor.ENTITY] == 0) & (tiles.channels[grid_tensor.BOUNDS] > 0)
        ahead = past + torch.zeros_like(past).index_add(0, leaving[1], past[leaving[0]])
        by_state = (batch, height * width, -1)
        carries = self.carries[tiles.channels[grid_tensor.ENTITY], None]
        return Trace(
            shape=tiles.shape,
            slot=torch.stack([owner, slots]),
            things=torch.stack([first, second]),
            recipe=made,
            past=(past * carries).view(by_state),
            ahead=(ahead.clamp(max=1) * free[:, None]).view(by_state),
            arms=torch.stack([picks, drops]),
            asked=recipe[drops],
        )

    def _arms(self, tiles: _Tiles) -> tuple[Tensor, Tensor]:
        """(A,) tiles that arms pick up from and (A,) that they drop on, both inside the grid."""
        reach = self.reach[tiles.channels[grid_tensor.ENTITY]].long()
        arm = torch.nonzero(reach).squeeze(1)
        picks, one = tiles.beside(arm, reach[arm])
        drops, other = tiles.beside(arm, -reach[arm])
        return picks[one & other], drops[one & other]

    def _beginnings(self, tiles: _Tiles, picks: Tensor, drops: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """(K,) tiles, ascending, where something comes onto a belt or would; two items, and a recipe's products."""
        entity, recipe = tiles.channels[grid_tensor.ENTITY], tiles.channels[grid_tensor.RECIPE]
        endpoint, item = tiles.channels[grid_tensor.ENDPOINT], tiles.channels[grid_tensor.ITEM]
        is_source = (endpoint > 0) & (endpoint != grid_tensor.BELT_SINK) & (endpoint != grid_tensor.CHEST_SINK)
        belt = torch.nonzero(is_source & self.carries[entity]).squeeze(1)
        takes = self.carries[entity[drops]] | (entity[drops] == 0)
        gives = takes & ((recipe[picks] > 0) | (endpoint[picks] == grid_tensor.CHEST_SOURCE))
        from_, onto = picks[gives], drops[gives]
        tile, order = torch.cat([belt, onto]).sort(stable=True)
        none = torch.zeros_like(onto)
        return (
            tile,
            torch.cat([item[belt], item[from_]])[order],
            torch.cat([tiles.channels[grid_tensor.ITEM_RIGHT, belt], none])[order],
            torch.cat([torch.zeros_like(belt), recipe[from_]])[order],
        )

    def _spread(self, tiles: _Tiles, past: Tensor, following: Tensor, picks: Tensor, drops: Tensor) -> Tensor:
        """(N, S) with what comes past a tile coming past all that follow, over bridges of arms too."""
        # Each way looks twice as far ahead as the one before; a belt's last tile follows itself.
        ways = [following]
        for _ in range((tiles.shape[1] * tiles.shape[2]).bit_length() - 1):
            ways.append(ways[-1][ways[-1]])
        entity = tiles.channels[grid_tensor.ENTITY]
        bridge = self.carries[entity[picks]] & (self.carries[entity[drops]] | (entity[drops] == 0))
        onto, from_ = drops[bridge], picks[bridge]
        past = _along(ways, past)
        for _ in range(_BRIDGES if len(onto) else 0):
            past = _along(ways, past.index_add(0, onto, past[from_]))
        return past

    def _following(self, tiles: _Tiles) -> tuple[Tensor, Tensor]:
        """(N,) the tile that takes what leaves each, the tile itself where none does; and (2, L) from where to where
        items would leave: out of the ends of belts, and under ground from an entrance that has no exit."""
        entity, facing = tiles.channels[grid_tensor.ENTITY], tiles.channels[grid_tensor.DIRECTION]
        variant, endpoint = tiles.channels[grid_tensor.VARIANT], tiles.channels[grid_tensor.ENDPOINT]
        following = torch.arange(len(entity), device=entity.device)
        entrance = self.underground[entity] & (variant == 1)
        belt = torch.nonzero(self.carries[entity] & ~entrance & (endpoint != grid_tensor.BELT_SINK)).squeeze(1)
        ahead, exists = tiles.beside(belt, torch.ones_like(belt))
        taken = exists & self.carries[entity[ahead]] & ((facing[ahead] - facing[belt]) % 4 != 2)
        following[belt[taken]] = ahead[taken]
        leaving = [torch.stack([belt, ahead])[:, exists]]
        start = looking = torch.nonzero(entrance).squeeze(1)
        for distance in range(1, self._longest + 1):
            looking = looking[self.max_distance[entity[looking]] >= distance]
            if not len(looking):
                break
            ahead, exists = tiles.beside(looking, torch.full_like(looking, distance))
            same = exists & (entity[ahead] == entity[looking]) & (facing[ahead] == facing[looking])
            met = same & (variant[ahead] == 2)
            following[looking[met]] = ahead[met]
            leaving.append(torch.stack([looking, ahead])[:, exists])
            looking = looking[exists & ~(same & (variant[ahead] != 0))]  # another entrance takes the exit
        paired = torch.zeros_like(entrance)
        paired[start] = following[start] != start
        every = torch.cat(leaving, dim=1)
        return following, every[:, ~paired[every[0]]]


def _along(ways: list[Tensor], past: Tensor) -> Tensor:
    """(N, S) with what comes past a tile coming past all that follow."""
    for following in ways:
        past = past.index_add(0, following, past).clamp_(max=1)
    return past
