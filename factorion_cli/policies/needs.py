"""What is still to be done: which machines and sinks ask for what nothing brings, and what no one here gives.

Whether one machine more is needed follows from all recipes, sources and sinks together, and whether the arms are
complete from every machine with its arms: tallies that a network of convolutions makes badly and a table exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.carried import Trace
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup

N_TALLIES = 5
"""Needs that are not met; machines that nothing takes from, and that nothing serves; arms that pick up from bare
ground, and that drop there."""


@dataclass(frozen=True, slots=True)
class Needs:
    """Of K askers (machines with a recipe, and sinks) in B states; N = B * H * W tiles, as in `carried`.

    Attributes:
        things: int64 (T,) those that are asked for or given.
        owner: int64 (K,) the state of each asker.
        given: float32 (B, S, T) what begins in each slot of `carried`.
        asker: int64 (N,) which of them stands on a tile; K where none does.
        unmet: float32 (K + 1, T) 1 where an asker needs what nothing brings yet; the last row is zero.
        tallies: float32 (B, N_TALLIES) log(1 + how many).
    """

    things: Tensor
    owner: Tensor
    given: Tensor
    asker: Tensor
    unmet: Tensor
    tallies: Tensor


class NeedsFinder(nn.Module):
    """Finds the needs of a batch of grids; has no weights."""

    sizes: Tensor
    ingredients: Tensor
    products: Tensor
    things: Tensor

    def __init__(self, entities: EntityLookup, recipes: RecipeLookup) -> None:
        super().__init__()
        self.register_buffer("sizes", torch.from_numpy(entities.sizes).long(), persistent=False)
        self.register_buffer("ingredients", torch.from_numpy(recipes.ingredients > 0).float(), persistent=False)
        self.register_buffer("products", torch.from_numpy(recipes.products > 0).float(), persistent=False)
        things = torch.eye(recipes.n_things)
        things[0] = 0
        self.register_buffer("things", things, persistent=False)

    @torch.no_grad()
    def forward(self, grid: Tensor, trace: Trace) -> Needs:
        """int64 (B, C, H, W) and what is carried there."""
        batch, _, height, width = grid.shape
        tiles = grid.transpose(0, 1).flatten(1)  # (C, N)
        recipe, endpoint = tiles[grid_tensor.RECIPE], tiles[grid_tensor.ENDPOINT]
        is_sink = (endpoint == grid_tensor.BELT_SINK) | (endpoint == grid_tensor.CHEST_SINK)
        stands = torch.nonzero(((tiles[grid_tensor.PART] == 1) & (recipe > 0)) | is_sink).squeeze(1)
        asker, owner = self._askers(tiles, stands, width), stands // (height * width)
        wants = self.ingredients[recipe[stands]] + self.things[tiles[grid_tensor.ITEM, stands]] * is_sink[stands, None]
        given = trace.given(self.things, self.products)
        some = torch.nonzero(wants.any(dim=0) | given.flatten(0, 1).any(dim=0)).squeeze(1)  # of hundreds, a few
        given = given[:, :, some]
        things, products = self.things[:, some], self.products[:, some]
        carried = (trace.past @ given).flatten(0, 1).float()  # (N, T)
        picks, drops = trace.arms
        held = things[tiles[grid_tensor.ITEM, picks]] * (endpoint[picks] == grid_tensor.CHEST_SOURCE)[:, None]
        none = carried.new_zeros(1, len(some))
        met = torch.cat([carried[stands], none]).index_add(
            0, asker[drops], carried[picks] + products[recipe[picks]] + held
        )
        unmet = torch.cat([wants[:, some], none]).clamp(max=1) * (met == 0)
        return Needs(some, owner, given, asker, unmet, self._tallies(tiles, trace.arms, asker, unmet, owner, batch))

    def _askers(self, tiles: Tensor, stands: Tensor, width: int) -> Tensor:
        """(N,) see `Needs`."""
        part = (tiles[grid_tensor.PART] - 1).clamp(min=0)
        side = self.sizes[tiles[grid_tensor.ENTITY], 0]  # whatever has a recipe is square
        every = torch.arange(tiles.shape[1], device=tiles.device)
        number = torch.full_like(every, len(stands))
        number[stands] = torch.arange(len(stands), device=tiles.device)
        asks = (tiles[grid_tensor.RECIPE] > 0) | (tiles[grid_tensor.ENDPOINT] > 0)
        corner = every - part % side - part // side * width
        return torch.where(asks, number[corner], len(stands))

    def _tallies(self, tiles: Tensor, arms: Tensor, asker: Tensor, unmet: Tensor, owner: Tensor, batch: int) -> Tensor:
        """(B, N_TALLIES)."""
        (picks, drops), bare = arms, tiles[grid_tensor.ENTITY] == 0
        taken, served = (torch.zeros(len(unmet), device=unmet.device) for _ in range(2))
        taken[asker[picks]] = served[asker[drops]] = 1
        corner = torch.nonzero((tiles[grid_tensor.PART] == 1) & (tiles[grid_tensor.RECIPE] > 0)).squeeze(1)
        tiles_of_a_state = tiles.shape[1] // batch
        tallies = torch.zeros(batch, N_TALLIES, device=unmet.device)
        counted = (
            (owner, unmet[:-1].sum(dim=1)),
            (corner // tiles_of_a_state, 1 - taken[asker[corner]]),
            (corner // tiles_of_a_state, 1 - served[asker[corner]]),
            (picks // tiles_of_a_state, bare[picks].float()),
            (drops // tiles_of_a_state, bare[drops].float()),
        )
        for column, (state, count) in enumerate(counted):
            tallies[:, column].index_add_(0, state, count)
        return torch.log1p(tallies)


def serving(grid: Tensor, trace: Trace, needs: Needs) -> tuple[Tensor, Tensor]:
    """Int64 (E,) tiles through which askers are served, from where arms pick up and at sinks; and (E,) these askers."""
    sinks = torch.nonzero((grid[:, grid_tensor.ENDPOINT] == grid_tensor.BELT_SINK).flatten()).squeeze(1)
    picks, drops = trace.arms
    return torch.cat([picks, sinks]), needs.asker[torch.cat([drops, sinks])]
