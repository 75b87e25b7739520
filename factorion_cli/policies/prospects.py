"""Whether what a factory still needs could be brought at all: what is cut off will not work, however it goes on.

Nothing that stands is moved in a task from markers, so a need that no belt could reach any more, over free ground or
under what stands there, is lost. A way to build that has lost none is worth more than one that has.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factorion_cli.arrays import GridArray, LongArray
from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.factory.vocabulary import Vocabulary
from factorion_cli.policies.carried import Tracer
from factorion_cli.policies.guide import LONGEST_UNDERGROUND
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup
from factorion_cli.policies.needs import NeedsFinder, serving


class Prospects(nn.Module):
    """Judges states by what they have lost; has no weights."""

    def __init__(self, entities: EntityLookup, recipes: RecipeLookup) -> None:
        super().__init__()
        self.carries = entities.carries
        self.tracer, self.needs = Tracer(entities), NeedsFinder(entities, recipes)

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Prospects:
        """For states written with a vocabulary."""
        return cls(EntityLookup.of(vocabulary), RecipeLookup.of(vocabulary))

    def belts(self, grids: GridArray) -> LongArray:
        """(N,) tiles of belts, splitters and undergrounds in states (N, C, H, W)."""
        counts: LongArray = self.carries[grids[:, grid_tensor.ENTITY]].sum(axis=(1, 2))
        return counts

    @torch.inference_mode()
    def lost(self, grids: GridArray) -> LongArray:
        """(N,) needs that are cut off in states (N, C, H, W).

        A factory whose machines or arms are not complete yet needs what nothing gives: that counts as well.
        """
        grid = torch.from_numpy(grids).long()
        batch, _, height, width = grid.shape
        trace = self.tracer(grid)
        needs = self.needs(grid, trace)
        tile, asker = serving(grid, trace, needs)
        place, thing = torch.nonzero(needs.unmet[asker], as_tuple=True)
        state = tile[place] // (height * width)
        pairs, which = torch.unique(torch.stack([state, thing]), dim=1, return_inverse=True)
        gives = needs.given[pairs[0], :, pairs[1]] > 0  # (P, S)
        begins = ((trace.ahead[pairs[0]] > 0) & gives[:, None]).any(dim=2).view(-1, height, width)
        free = (grid[:, grid_tensor.ENTITY] == 0) & (grid[:, grid_tensor.BOUNDS] > 0)
        near = _grown(_flooded(begins, free[pairs[0]]), 1).flatten(1)
        reached = torch.zeros_like(needs.unmet)
        reached.index_put_((asker[place], thing), near[which, tile[place] % (height * width)].float(), accumulate=True)
        cut_off = (needs.unmet * (reached == 0))[:-1].sum(dim=1)
        lost = torch.zeros(batch).index_add(0, needs.owner, cut_off)
        return lost.long().numpy()


def _flooded(begins: Tensor, free: Tensor) -> Tensor:
    """Bool (P, H, W): free tiles to which belts could be led from where they begin."""
    reach = begins & free
    while True:
        further = reach | (_grown(reach, LONGEST_UNDERGROUND) & free)
        if torch.equal(further, reach):
            return reach
        reach = further


def _grown(marks: Tensor, tiles: int) -> Tensor:
    """Bool (P, H, W): within so many tiles along a row or a column."""
    values, side = marks[:, None].float(), 2 * tiles + 1
    along = F.max_pool2d(values, (1, side), 1, (0, tiles)), F.max_pool2d(values, (side, 1), 1, (tiles, 0))
    return torch.maximum(*along).squeeze(1) > 0
