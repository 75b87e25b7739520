"""How the way goes on: for what leaves the end of a belt, the shortest ways to where it is asked for.

Belts are laid over free ground and under what stands there; how long that takes from each tile is the same for every
network, and many layers of convolutions to find out. Whether the shortest way is a good one is left to the network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.carried import Trace
from factorion_cli.policies.lookup import RecipeLookup
from factorion_cli.policies.planes import shift_each

N_GUIDES = 10
"""Planes: on by belt, four directions; under ground, four; how near; and asked for here."""
_LONGEST_UNDERGROUND = 5
"""Tiles from an entrance to its exit, of the slowest underground belt, which every factory may have."""
_FAR = 48.0
"""Longer than any way that is looked for."""


class Guide(nn.Module):
    """Computes the N_GUIDES planes of a batch of grids; has no weights."""

    ingredients: Tensor
    products: Tensor
    things: Tensor

    def __init__(self, recipes: RecipeLookup) -> None:
        super().__init__()
        self.register_buffer("ingredients", torch.from_numpy(recipes.ingredients > 0).float(), persistent=False)
        self.register_buffer("products", torch.from_numpy(recipes.products > 0).float(), persistent=False)
        things = torch.eye(recipes.n_things)
        things[0] = 0
        self.register_buffer("things", things, persistent=False)

    @torch.no_grad()
    def forward(self, grid: Tensor, trace: Trace) -> Tensor:
        """int64 (B, C, H, W) -> float32 (B, N_GUIDES, H, W), between 0 and 1."""
        batch, height, width = trace.shape
        goals, ahead = self._goals(grid, trace), trace.ahead > 0
        owner, slot = torch.nonzero(goals.any(dim=1) & ahead.any(dim=1), as_tuple=True)  # (P,) each
        goal, here = (marks[owner, :, slot].view(-1, height, width) for marks in (goals, ahead))
        free = (grid[:, grid_tensor.ENTITY] == 0) & (grid[:, grid_tensor.BOUNDS] > 0)
        by_belt, by_underground = _ways(goal, free[owner])  # (P, 4, H, W) each
        least = torch.minimum(by_belt, by_underground).amin(dim=1, keepdim=True)
        known = here[:, None] & (least < _FAR)
        on, under = known & (by_belt == least), known & (by_underground == least) & (by_belt > least)
        planes = torch.cat([on, under, known / (1 + least), (here & goal)[:, None]], dim=1)  # (P, N_GUIDES, H, W)
        every = planes.new_zeros(batch, N_GUIDES, height, width)
        return every.scatter_reduce(0, owner[:, None, None, None].expand_as(planes), planes, "amax")

    def _goals(self, grid: Tensor, trace: Trace) -> Tensor:
        """Bool (B, H * W, S): where something of a slot is asked for that is not there already."""
        given = trace.given(self.things, self.products)
        some = torch.nonzero(given.flatten(0, 1).any(dim=0)).squeeze(1)  # of hundreds of things, those that matter
        things, ingredients, products = (table[:, some] for table in (self.things, self.ingredients, self.products))
        carried, asked = trace.sums(things, ingredients, products)
        sink = grid[:, grid_tensor.ENDPOINT].flatten(1) == grid_tensor.BELT_SINK
        asked = asked + things[grid[:, grid_tensor.ITEM].flatten(1)] * sink[:, :, None]
        left = (asked > 0) & (carried == 0)
        return (left.float() @ given[:, :, some].mT) > 0


def _ways(goal: Tensor, free: Tensor) -> tuple[Tensor, Tensor]:
    """Float32 (P, 4, H, W), twice: steps from each tile to the nearest goal, leaving it by belt or under ground.

    Args:
        goal: bool (P, H, W).
        free: bool (P, H, W) where belts may be laid.
    """
    far = torch.full(goal.shape, _FAR, device=goal.device)
    steps = far.masked_fill(goal, 0)
    while True:
        by_belt = 1 + _ahead(steps)  # (P, 4, H, W)
        exits = torch.where(free[:, None], by_belt.masked_fill(goal[:, None], 0), _FAR)
        by_underground = torch.stack(
            [tiles + _ahead_each(exits, tiles) for tiles in range(2, _LONGEST_UNDERGROUND + 1)]
        ).amin(dim=0)
        closer = torch.where(free, torch.minimum(steps, torch.minimum(by_belt, by_underground).amin(dim=1)), steps)
        if torch.equal(closer, steps):
            return by_belt, by_underground
        steps = closer


def _ahead(steps: Tensor) -> Tensor:
    """(N, H, W) -> (N, 4, H, W): the value one tile ahead, by direction; _FAR outside."""
    return _ahead_each(steps[:, None].expand(-1, 4, -1, -1), 1)


def _ahead_each(steps: Tensor, tiles: int) -> Tensor:
    """(N, 4, H, W): the value of each direction's map so many tiles ahead; _FAR outside."""
    return _FAR + shift_each(steps - _FAR, -tiles)


def facing_guides(guides: Tensor) -> Tensor:
    """(M, N_GUIDES) of tiles -> (M, 4, N_GUIDES) as seen facing each way: the direction faced first, then clockwise."""
    facings = []
    for quarter in range(4):
        directed = guides[:, :8].view(-1, 2, 4).roll(-quarter, dims=2).flatten(1)
        facings.append(torch.cat([directed, guides[:, 8:]], dim=1))
    return torch.stack(facings, dim=1)
