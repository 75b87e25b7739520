"""How the way goes on: for what leaves the end of a belt, the shortest ways to where it is asked for.

Belts are laid over free ground and under what stands there; how long that takes from each tile is the same for every
network, and many layers of convolutions to find out. Whether the shortest way is a good one is left to the network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.carried import Trace
from factorion_cli.policies.needs import Needs, serving
from factorion_cli.policies.planes import shift_each

N_GUIDES = 10
"""Planes: on by belt, four directions; under ground, four; how near; and asked for here."""
LONGEST_UNDERGROUND = 5
"""Tiles from an entrance to its exit, of the slowest underground belt, which every factory may have."""
_FAR = 48.0
"""Longer than any way that is looked for."""


class Guide(nn.Module):
    """Computes the N_GUIDES planes of a batch of grids; has no weights."""

    @torch.no_grad()
    def forward(self, grid: Tensor, trace: Trace, needs: Needs) -> Tensor:
        """int64 (B, C, H, W) -> float32 (B, N_GUIDES, H, W), between 0 and 1."""
        batch, height, width = trace.shape
        goals, ahead = _goals(grid, trace, needs), trace.ahead > 0
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


def _goals(grid: Tensor, trace: Trace, needs: Needs) -> Tensor:
    """Bool (B, H * W, S): where what begins in a slot would serve a need."""
    tile, asker = serving(grid, trace, needs)
    asked = needs.unmet.new_zeros(len(needs.asker), needs.unmet.shape[1]).index_add(
        0, tile, needs.unmet[asker]
    )  # (N, T)
    by_state = asked.view(*trace.past.shape[:2], asked.shape[1])
    return (by_state @ needs.given.mT) > 0


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
            [tiles + _ahead_each(exits, tiles) for tiles in range(2, LONGEST_UNDERGROUND + 1)]
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
