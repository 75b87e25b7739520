"""Where things get stuck: what is made and no arm takes out, what is asked for and no belt could begin with.

A builder who turns to belts while a machine still lacks its arm, or after the last tile before a source is taken, has
lost, however well the belts are laid; most of what fails from markers fails so. And whether the next piece is a belt or
goes under ground, the ways on say together before any one of them is chosen.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.carried import Trace
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup
from factorion_cli.policies.needs import Needs
from factorion_cli.policies.planes import LONE_ENTRANCE, LONE_EXIT, SUPPLIED, WITHOUT_SUPPLY

N_OUTLETS = 8
"""Products that nothing takes out; needs that nothing here gives, and that what gives it cannot leave for; tiles from
which the shortest way goes on by belt, and under ground; entrances and exits under ground that are alone; and tiles of
what is electric and has no supply."""


class Outlets(nn.Module):
    """Finds what is stuck in a batch of grids; has no weights."""

    takes: Tensor
    ingredients: Tensor
    products: Tensor

    def __init__(self, entities: EntityLookup, recipes: RecipeLookup) -> None:
        super().__init__()
        takes = torch.from_numpy(entities.carries | entities.container)
        takes[0] = True  # bare ground, where a belt may come
        self.register_buffer("takes", takes, persistent=False)
        self.register_buffer("ingredients", torch.from_numpy(recipes.ingredients > 0).float(), persistent=False)
        self.register_buffer("products", torch.from_numpy(recipes.products > 0).float(), persistent=False)

    @torch.no_grad()
    def forward(
        self, grid: Tensor, planes: Tensor, trace: Trace, needs: Needs, guides: Tensor
    ) -> tuple[Tensor, Tensor]:
        """int64 (B, C, H, W), its planes, what is carried there, what is needed, and how ways go on.

        Returns:
            float32 (K + 1, T) 1 where a product of an asker of `needs` is taken nowhere; the last row is zero.
            float32 (B, N_OUTLETS) log(1 + how many).
        """
        stuck = self._stuck(grid.transpose(0, 1).flatten(1), trace, needs)
        gives = needs.given.sum(dim=1).clamp(max=1)  # (B, T)
        leaves = torch.einsum("bs,bst->bt", (trace.ahead > 0).any(dim=1).float(), needs.given).clamp(max=1)
        unmet = needs.unmet[:-1]
        tallies = torch.zeros(len(grid), N_OUTLETS, device=grid.device)
        each = stuck[:-1], unmet * (1 - gives[needs.owner]), unmet * (gives - leaves)[needs.owner]
        for column, count in enumerate(each):
            tallies[:, column].index_add_(0, needs.owner, count.sum(dim=1))
        tallies[:, 3:5] = guides[:, :8].view(len(grid), 2, 4, -1).amax(dim=2).sum(dim=2)
        tallies[:, 5:7] = planes[:, [LONE_ENTRANCE, LONE_EXIT]].sum(dim=(2, 3))
        tallies[:, 7] = self._powerless(planes, needs)
        return stuck, torch.log1p(tallies)

    def _powerless(self, planes: Tensor, needs: Needs) -> Tensor:
        """(B,) tiles; a machine has supply as soon as one of its tiles has."""
        supplied = torch.zeros(len(needs.unmet), device=planes.device)
        supplied.index_add_(0, needs.asker, planes[:, SUPPLIED].flatten())
        supplied[-1] = 0
        without = planes[:, WITHOUT_SUPPLY].flatten() * (supplied[needs.asker] == 0)
        return without.view(len(planes), -1).sum(dim=1)

    def _stuck(self, tiles: Tensor, trace: Trace, needs: Needs) -> Tensor:
        """(K + 1, T) see `forward`; tiles are (C, N)."""
        picks, drops = trace.arms
        recipe = torch.zeros(len(needs.unmet), dtype=torch.long, device=tiles.device)
        recipe[needs.asker] = tiles[grid_tensor.RECIPE]
        products, wants = self.products[:, needs.things], self.ingredients[:, needs.things]
        wanted = wants[tiles[grid_tensor.RECIPE, drops]] + (tiles[grid_tensor.ITEM, drops, None] == needs.things)
        anything = self.takes[tiles[grid_tensor.ENTITY, drops]] & (tiles[grid_tensor.ENDPOINT, drops] == 0)
        out = torch.zeros_like(needs.unmet).index_add(0, needs.asker[picks], wanted + anything[:, None])
        return products[recipe] * (out == 0)
