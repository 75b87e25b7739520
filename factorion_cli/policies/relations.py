"""How each recipe fits a factory: the figures that make a recipe likely, whatever its name."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup

N_RELATIONS = 9


class RecipeRelations(nn.Module):
    """Computes N_RELATIONS figures for each factory and recipe; has no weights.

    In order: log(1 + machines that have it already); its product is wanted by a sink; share of its ingredients that
    sources give; share that sources or other recipes give; all of them do; its product is an ingredient of a recipe
    here; it is made here already; it is an ingredient here that nothing gives; share of its ingredients made here.
    """

    ingredients: Tensor
    products: Tensor
    smelting: Tensor
    furnace: Tensor

    def __init__(self, entities: EntityLookup, recipes: RecipeLookup) -> None:
        super().__init__()
        self.register_buffer("ingredients", torch.from_numpy(recipes.ingredients), persistent=False)
        self.register_buffer("products", torch.from_numpy(recipes.products), persistent=False)
        self.register_buffer("smelting", torch.from_numpy(recipes.smelting), persistent=False)
        self.register_buffer("furnace", torch.from_numpy(entities.furnace), persistent=False)

    def _presence(self, ids: Tensor, where: Tensor, size: int) -> Tensor:
        """(B, size) float32: how often each id stands at the tiles `where`; ids and where are (B, H, W)."""
        counts = torch.zeros(len(ids), size, device=ids.device)
        return counts.scatter_add_(1, ids.flatten(1), where.flatten(1).float())

    @torch.no_grad()
    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """int64 (B, C, H, W) -> float32 (B, n_recipes, N_RELATIONS), and (B, n_things) 1 where a thing is lacking:
        a sink or a recipe here asks for it, and no source and no recipe here gives it."""
        n_recipes, n_things = self.ingredients.shape
        endpoint, corner = grid[:, grid_tensor.ENDPOINT], grid[:, grid_tensor.PART] == 1
        is_sink = (endpoint == grid_tensor.BELT_SINK) | (endpoint == grid_tensor.CHEST_SINK)
        machines = self._presence(grid[:, grid_tensor.RECIPE], corner & (grid[:, grid_tensor.RECIPE] > 0), n_recipes)
        present = (machines > 0).float()
        item, right = grid[:, grid_tensor.ITEM], grid[:, grid_tensor.ITEM_RIGHT]
        wanted = self._presence(item, is_sink, n_things).clamp(max=1)
        given = self._presence(item, (endpoint > 0) & ~is_sink, n_things) + self._presence(right, right > 0, n_things)
        given = given.clamp(max=1)
        given[:, 0] = wanted[:, 0] = 0
        uses, makes = (self.ingredients > 0).float(), (self.products > 0).float()  # (R, T)
        smelts = self.furnace[grid[:, grid_tensor.ENTITY]].flatten(1).any(dim=1, keepdim=True).float()
        smelted = (((given @ uses.T) > 0).float() * self.smelting.float() * smelts) @ makes
        used, made = ((present @ uses) > 0).float(), ((present @ makes + smelted) > 0).float()  # (B, T)
        there = torch.maximum(given, made)
        from_sources, from_all = given @ self.ingredients.T, there @ self.ingredients.T  # (B, R)
        relations = [
            torch.log1p(machines),
            ((wanted @ makes.T) > 0).float(),
            from_sources,
            from_all,
            (from_all > 0.999).float(),
            ((used @ makes.T) > 0).float(),
            ((made @ makes.T) > 0).float(),
            (((used * (1 - there)) @ makes.T) > 0).float(),
            made @ self.ingredients.T,
        ]
        return torch.stack(relations, dim=2), torch.maximum(used, wanted) * (1 - there)
