"""Vectors for entities, recipes and things, made so that what was never seen shares with what was.

An entity is its type (all belts alike), its figures and itself; a recipe is what goes in, what comes out and itself.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from factorion_cli.policies.lookup import N_ATTRIBUTES, EntityLookup, RecipeLookup


class EntityEmbedding(nn.Module):
    """(N, channels): one row per entity id; row 0 ("none") is learnt like any other."""

    types: Tensor
    attributes: Tensor

    def __init__(self, lookup: EntityLookup, channels: int) -> None:
        super().__init__()
        self.register_buffer("types", torch.from_numpy(lookup.types), persistent=False)
        self.register_buffer("attributes", torch.from_numpy(lookup.attributes), persistent=False)
        self.by_type = nn.Embedding(lookup.n_types, channels)
        self.by_id = nn.Embedding(len(lookup.types), channels)
        self.by_attribute = nn.Linear(N_ATTRIBUTES, channels)
        nn.init.normal_(self.by_id.weight, std=0.2)

    def forward(self) -> Tensor:
        """The table."""
        table: Tensor = self.by_type(self.types) + self.by_id.weight + self.by_attribute(self.attributes)
        return table


class RecipeEmbedding(nn.Module):
    """Tables for things (n_things, channels) and for recipes (n_recipes, channels); row 0 of each is zero."""

    ingredients: Tensor
    products: Tensor

    def __init__(self, lookup: RecipeLookup, channels: int) -> None:
        super().__init__()
        self.register_buffer("ingredients", torch.from_numpy(lookup.ingredients), persistent=False)
        self.register_buffer("products", torch.from_numpy(lookup.products), persistent=False)
        self.things = nn.Embedding(lookup.n_things, channels)
        self.recipes = nn.Embedding(len(lookup.ingredients), channels)
        self.from_ingredients = nn.Linear(channels, channels, bias=False)
        self.from_products = nn.Linear(channels, channels, bias=False)
        nn.init.normal_(self.recipes.weight, std=0.2)

    def forward(self) -> tuple[Tensor, Tensor]:
        """(n_things, channels) and (n_recipes, channels)."""
        things = torch.cat([torch.zeros_like(self.things.weight[:1]), self.things.weight[1:]])
        ingredients, products = self.sums(things)
        recipes: Tensor = self.recipes.weight + self.from_ingredients(ingredients) + self.from_products(products)
        return things, torch.cat([torch.zeros_like(recipes[:1]), recipes[1:]])

    def sums(self, things: Tensor) -> tuple[Tensor, Tensor]:
        """(n_recipes, channels) each, of the vectors of things: what goes into each recipe, and what comes out."""
        return self.ingredients @ things, self.products @ things
