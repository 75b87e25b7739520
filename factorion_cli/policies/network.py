"""The policy network: a U-shaped convolutional trunk with attention at its coarsest level, and a head per choice.

The grid is embedded tile by tile, joined by planes that follow from the rules (`planes`) and by what is in the hand.
Heads are asked in the order of the action, each given the choices before it:

    entity -> tile -> direction -> variant -> content          and, of the state alone, value
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import gcd
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factorion_cli.errors import UsageError
from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.factory.vocabulary import Vocabulary
from factorion_cli.policies.blocks import AttentionBlock, ResidualBlock, attended, positions, zeroed
from factorion_cli.policies.carried import Tracer
from factorion_cli.policies.embeddings import EntityEmbedding, RecipeEmbedding
from factorion_cli.policies.facing import PATCH_VALUES, FacingPatches, FacingTileScore
from factorion_cli.policies.guide import N_GUIDES, Guide, facing_guides
from factorion_cli.policies.lookup import EntityLookup, RecipeLookup
from factorion_cli.policies.needs import N_TALLIES, Needs, NeedsFinder
from factorion_cli.policies.outlets import N_OUTLETS, Outlets
from factorion_cli.policies.planes import N_PLANES, Planes
from factorion_cli.policies.relations import N_RELATIONS, RecipeRelations

STRIDE = 4
"""Tiles per side of one cell of the coarsest level."""
N_PARTS = 100
N_VARIANTS = 12
N_ENDPOINTS = 8
SIZES_BEFORE = {"attention_half": 0, "carried": False, "guided": False, "needs": False, "outlets": False}
"""What networks were that were written down before they could say it."""


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """Sizes of the network.

    Attributes:
        channels: at full resolution; halved resolution has twice, the coarsest three times as many.
        blocks_in: residual blocks at full resolution on the way down.
        blocks_middle: at half resolution on the way down (one more on the way up).
        blocks_out: at full resolution on the way up.
        attention_blocks: at the coarsest level.
        attention_half: blocks of attention at half resolution on the way up.
        heads: attention heads; divides three times `channels`. At half resolution as many of them as divide twice that.
        hidden: width of the heads' perceptrons.
        facing_channels: width of what looks at each tile from every facing.
        carried: whether what belts carry and arms ask for is traced, see `carried`.
        guided: whether ways to where it is asked for are looked for as well, see `guide`.
        needs: whether what is still to be done is counted, see `needs`.
        outlets: whether it is marked and counted where things get stuck, see `outlets`.
    """

    channels: int = 64
    blocks_in: int = 3
    blocks_middle: int = 2
    blocks_out: int = 2
    attention_blocks: int = 3
    attention_half: int = 1
    heads: int = 6
    hidden: int = 192
    facing_channels: int = 32
    carried: bool = True
    guided: bool = True
    needs: bool = True
    outlets: bool = True

    def __post_init__(self) -> None:
        if self.channels % 4 or (3 * self.channels) % self.heads:
            raise UsageError(
                f"network: channels is {self.channels} and heads {self.heads}; "
                "channels must divide by 4 and three times channels by heads"
            )
        if (self.guided or self.needs) and not self.carried:
            raise UsageError("network: guided and needs ask what is carried; set carried=true or both false as well")
        if self.outlets and not (self.guided and self.needs):
            raise UsageError("network: outlets asks for guided and needs; set both true or outlets=false as well")

    def to_json(self) -> dict[str, Any]:
        """The mapping stored beside the weights."""
        return asdict(self)

    @classmethod
    def from_json(cls, sizes: dict[str, Any]) -> NetworkConfig:
        """From that mapping, of this version or of one that did not know every part; TypeError for one too many."""
        return cls(**(SIZES_BEFORE | sizes))


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the trunk makes of a batch of states; B states of H x W tiles.

    Attributes:
        tiles: (B, C, H, W) features of each tile.
        planes: (B, N_PLANES, H, W) what follows from the rules, see `planes`.
        facing: (B, 4, H, W, facing_channels) how each tile looks by facing.
        whole: (B, D) features of the state.
        relations: (B, n_recipes, N_RELATIONS) how each recipe fits.
        entities: (n_entities, C) embedding table.
        contents: (n_contents, C) embedding table.
        guides: (B, N_GUIDES, H, W) how ways go on, see `guide`; None where the network does not look.
        to_do: (B, C + N_TALLIES) what the factory lacks, and tallies of `needs`; None where nobody counts.
        stuck: (B, N_OUTLETS) tallies of `outlets`, likewise.
    """

    tiles: Tensor
    planes: Tensor
    facing: Tensor
    whole: Tensor
    relations: Tensor
    entities: Tensor
    contents: Tensor
    guides: Tensor | None
    to_do: Tensor | None
    stuck: Tensor | None


@dataclass(frozen=True, slots=True)
class Place:
    """Features of M chosen tiles, for the heads after the tile's.

    Attributes:
        owner: int64 (M,) the state that each is in.
        features: (M, hidden) whichever way the entity faces.
        facing: (M, 4, hidden) for each way that it could face.
    """

    owner: Tensor
    features: Tensor
    facing: Tensor

    def facing_features(self, direction: Tensor) -> Tensor:
        """(M, hidden) for the quarter turns chosen, int64 (M,)."""
        rows = torch.arange(len(direction), device=direction.device)
        return self.features + self.facing[rows, direction]


@dataclass(frozen=True, slots=True)
class _Followed:
    """What follows from tracing the belts: (B, C, H, W) features of the tiles, and the same of `Encoding`."""

    features: Tensor
    guides: Tensor | None = None
    to_do: Tensor | None = None
    stuck: Tensor | None = None


class PolicyNetwork(nn.Module):
    """See the module; any window size, under 5 million weights at the default size."""

    sizes: Tensor

    def __init__(self, vocabulary: Vocabulary, config: NetworkConfig | None = None) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.config = config or NetworkConfig()
        entities, recipes = EntityLookup.of(vocabulary), RecipeLookup.of(vocabulary)
        self.register_buffer("sizes", torch.from_numpy(entities.sizes).long(), persistent=False)
        self.planes = Planes(entities)
        self.recipe_relations = RecipeRelations(entities, recipes)
        self._build_trunk(entities, recipes)
        self._build_heads()

    def _build_trunk(self, entities: EntityLookup, recipes: RecipeLookup) -> None:
        config = self.config
        fine, half, coarse = config.channels, 2 * config.channels, 3 * config.channels
        self.entity_embedding = EntityEmbedding(entities, fine)
        self.recipe_embedding = RecipeEmbedding(recipes, fine)
        self.part_embedding = nn.Embedding(N_PARTS, fine)
        self.variant_embedding = nn.Embedding(N_VARIANTS, fine)
        self.endpoint_embedding = nn.Embedding(N_ENDPOINTS, fine)
        self.role = nn.ModuleDict(
            {name: nn.Linear(fine, fine, bias=False) for name in ("filter", "item", "item_right")}
        )
        self.plane_weights = nn.Conv2d(N_PLANES, fine, 1)
        if config.carried:
            self.tracer = Tracer(entities)
            self.carried_weights = zeroed(nn.Conv2d(2 * fine, fine, 1, bias=False))
            self.needs = NeedsFinder(entities, recipes)
        if config.guided:
            self.guide = Guide()
            self.guide_weights = zeroed(nn.Conv2d(N_GUIDES, fine, 1, bias=False))
        if config.needs:
            self.unmet_weights = zeroed(nn.Conv2d(fine, fine, 1, bias=False))
            self.to_do_weights = zeroed(nn.Linear(fine + N_TALLIES, fine, bias=False))
        if config.outlets:
            self.outlets = Outlets(entities, recipes)
            self.outlets_weights = zeroed(nn.Conv2d(fine, fine, 1, bias=False))
            self.stuck_weights = zeroed(nn.Linear(N_OUTLETS, fine, bias=False))
        self.hand_weights = nn.Linear(fine, fine)
        self.stem = nn.Conv2d(fine, fine, 3, padding=1)
        self.blocks_in = nn.ModuleList(ResidualBlock(fine) for _ in range(config.blocks_in))
        self.down_half = nn.Conv2d(fine, half, 2, stride=2)
        self.blocks_middle = nn.ModuleList(ResidualBlock(half) for _ in range(config.blocks_middle))
        self.down_coarse = nn.Conv2d(half, coarse, 2, stride=2)
        self.hand_coarse = nn.Linear(fine, coarse)
        self.attention = nn.ModuleList(AttentionBlock(coarse, config.heads) for _ in range(config.attention_blocks))
        self.up_half = nn.Conv2d(coarse, half, 1)
        self.attention_half = nn.ModuleList(
            AttentionBlock(half, gcd(half, config.heads)) for _ in range(config.attention_half)
        )
        self.block_up = ResidualBlock(half)
        self.up_fine = nn.Conv2d(half, fine, 1)
        self.blocks_out = nn.ModuleList(ResidualBlock(fine) for _ in range(config.blocks_out))

    def _build_heads(self) -> None:
        fine, hidden = self.config.channels, self.config.hidden
        whole = 4 * fine  # mean of the coarse level (3 C) and of the fine one (C)
        self.entity_query = nn.Sequential(nn.Linear(whole, hidden), nn.ReLU(), nn.Linear(hidden, fine))
        if self.config.needs:
            self.entity_to_do = zeroed(nn.Linear(fine + N_TALLIES, hidden, bias=False))
        if self.config.outlets:
            self.entity_stuck = zeroed(nn.Linear(N_OUTLETS, hidden, bias=False))
        self.tile_entity = nn.Linear(fine, 2 * fine)
        self.tile_hidden = nn.Conv2d(fine, fine, 1)
        self.tile_score = nn.Conv2d(fine, 1, 1)
        self.tile_facing = FacingTileScore(self.sizes, fine, self.config.facing_channels)
        self.local = nn.Linear(9 * fine, hidden)
        self.local_whole = nn.Linear(whole, hidden)
        self.local_entity = nn.Linear(fine, hidden)
        self.patches = FacingPatches(self.sizes)
        self.local_facing = nn.Linear(PATCH_VALUES, hidden)
        if self.config.guided:
            self.local_guide = zeroed(nn.Linear(N_GUIDES, hidden))
        self.direction_score = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 4))
        self.facing_score = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))
        self.facing = nn.Embedding(4, hidden)
        self.variant_score = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 3))
        self.content_hidden = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU())
        self.content_query = nn.Linear(hidden, fine)
        self.content_relations = nn.Linear(hidden, N_RELATIONS)
        self.content_bias = nn.Parameter(torch.zeros(self.vocabulary.n_recipes + self.vocabulary.n_items - 1))
        self.filter_offset = nn.Parameter(torch.zeros(fine))
        self.value_score = nn.Sequential(nn.Linear(whole, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def _embed(self, grid: Tensor, entities: Tensor, things: Tensor, recipes: Tensor) -> Tensor:
        """int64 (B, C, H, W) and the tables -> (B, fine, H, W)."""
        tables = {
            grid_tensor.ENTITY: entities,
            grid_tensor.PART: self.part_embedding.weight,
            grid_tensor.RECIPE: recipes,
            grid_tensor.FILTER: self.role["filter"](things),
            grid_tensor.VARIANT: self.variant_embedding.weight,
            grid_tensor.ENDPOINT: self.endpoint_embedding.weight,
            grid_tensor.ITEM: self.role["item"](things),
            grid_tensor.ITEM_RIGHT: self.role["item_right"](things),
        }
        # One bag per tile: the sum of a row from each table, without a map per channel in memory.
        sizes = [len(table) for table in tables.values()]
        starts = torch.tensor([sum(sizes[:index]) for index in range(len(sizes))], device=grid.device)
        limits = torch.tensor(sizes, device=grid.device) - 1
        ids = grid[:, list(tables)].permute(0, 2, 3, 1)  # (B, H, W, tables)
        ids = torch.minimum(ids, limits) + starts
        summed = F.embedding_bag(ids.reshape(-1, len(tables)), torch.cat(list(tables.values())).float(), mode="sum")
        batch, _, height, width = grid.shape
        return summed.view(batch, height, width, -1).permute(0, 3, 1, 2)

    def encode(self, grid: Tensor, hand: Tensor) -> Encoding:
        """The features of a batch of states.

        Args:
            grid: integers (B, 10, H, W), `factory.tensor.to_tensor`.
            hand: (B, n_entities) counts.
        """
        height, width = grid.shape[-2:]
        grid = F.pad(grid, (0, -width % STRIDE, 0, -height % STRIDE)).long()
        inside = (grid[:, grid_tensor.BOUNDS, None] > 0).float()  # (B, 1, H, W)
        entities = self.entity_embedding()
        things, recipes = self.recipe_embedding()
        held = hand.float() @ entities / hand.sum(dim=1, keepdim=True).clamp(min=1)  # (B, fine)
        planes = self.planes(grid) * inside  # a larger window would show more of what leads out
        x = self._embed(grid, entities, things, recipes) + self.plane_weights(planes)
        relations, lacking = self.recipe_relations(grid)
        followed = self._follow(grid, planes, things, lacking @ things)
        x = x + followed.features
        x = (x + self.hand_weights(held)[:, :, None, None]) * inside
        x = self.stem(x.contiguous(memory_format=torch.channels_last))
        inside = inside.to(x.dtype)  # a float32 mask would lift the whole trunk out of bfloat16
        x = x * inside
        for block in self.blocks_in:
            x = block(x, inside)
        coarse, tiles = self._descend(x, inside, held)
        mean = (tiles * inside).sum(dim=(2, 3)) / inside.sum(dim=(2, 3)).clamp(min=1)
        contents = torch.cat([recipes, things[1 : self.vocabulary.n_items] + self.filter_offset])
        return Encoding(
            tiles[..., :height, :width],
            planes[..., :height, :width],
            self.tile_facing.features(planes[..., :height, :width]),
            torch.cat([coarse, mean], dim=1),
            relations,
            entities,
            contents,
            None if followed.guides is None else followed.guides[..., :height, :width],
            followed.to_do,
            followed.stuck,
        )

    def _follow(self, grid: Tensor, planes: Tensor, things: Tensor, lacking: Tensor) -> _Followed:
        """What belts and arms come to; things are (n_things, fine), lacking (B, fine)."""
        config = self.config
        if not config.carried:
            return _Followed(torch.zeros((), device=grid.device))
        trace = self.tracer(grid)
        sums = torch.cat(trace.sums(things, *self.recipe_embedding.sums(things)), dim=2)  # (B, H * W, 2 * fine)
        x = self.carried_weights(sums.mT.reshape(len(grid), -1, *grid.shape[2:]))
        needs = self.needs(grid, trace)
        guides = to_do = stuck = None
        if config.guided:
            guides = self.guide(grid, trace, needs)
            x = x + self.guide_weights(guides)
        if config.needs:
            x = x + self.unmet_weights(_by_tile(needs.unmet @ things[needs.things], needs, grid))
            to_do = torch.cat([lacking, needs.tallies], dim=1)
            x = x + self.to_do_weights(to_do)[:, :, None, None]
        if config.outlets and guides is not None:
            products, stuck = self.outlets(grid, planes, trace, needs, guides)
            x = x + self.outlets_weights(_by_tile(products @ things[needs.things], needs, grid))
            x = x + self.stuck_weights(stuck)[:, :, None, None]
        return _Followed(x, guides, to_do, stuck)

    def _descend(self, fine: Tensor, inside: Tensor, held: Tensor) -> tuple[Tensor, Tensor]:
        """From (B, C, H, W) down to the coarse level and up again: (B, 3 C) its mean, and (B, C, H, W)."""
        inside_half = F.max_pool2d(inside, 2)
        inside_coarse = F.max_pool2d(inside_half, 2)
        half = self.down_half(fine) * inside_half
        for block in self.blocks_middle:
            half = block(half, inside_half)
        coarse = self.down_coarse(half) + self.hand_coarse(held)[:, :, None, None]
        coarse = attended(coarse + positions(coarse), inside_coarse, self.attention)
        mean = coarse.sum(dim=(2, 3)) / inside_coarse.sum(dim=(2, 3)).clamp(min=1)
        half = half + F.interpolate(self.up_half(coarse), scale_factor=2.0) * inside_half
        if self.config.attention_half:
            placed = (half + positions(half)) * inside_half
            half = half + attended(placed, inside_half, self.attention_half) - placed
        half = self.block_up(half, inside_half)
        x = fine + F.interpolate(self.up_fine(half), scale_factor=2.0) * inside
        for block in self.blocks_out:
            x = block(x, inside)
        return mean, x

    def entity_logits(self, encoding: Encoding) -> Tensor:
        """(B, n_entities)."""
        hidden = self.entity_query[0](encoding.whole)
        if encoding.to_do is not None:
            hidden = hidden + self.entity_to_do(encoding.to_do)
        if encoding.stuck is not None:
            hidden = hidden + self.entity_stuck(encoding.stuck)
        query = self.entity_query[1:](hidden)
        logits: Tensor = query @ encoding.entities.to(query.dtype).T
        return logits.float()

    def tile_logits(self, encoding: Encoding, owner: Tensor, entity: Tensor) -> Tensor:
        """(M, H * W) for the `entity` asked for in the state `owner`, int64 (M,) each."""
        scale, offset = self.tile_entity(encoding.entities[entity])[:, :, None, None].chunk(2, dim=1)
        hidden = F.relu(encoding.tiles[owner] * (1 + scale) + offset)
        score: Tensor = self.tile_score(F.relu(self.tile_hidden(hidden)))
        by_facing: Tensor = self.tile_facing(encoding.facing[owner], entity, encoding.entities[entity])
        return score.flatten(1).float() + by_facing.float()

    def place(self, encoding: Encoding, owner: Tensor, entity: Tensor, tile: Tensor) -> Place:
        """Features of the `tile` chosen for `entity` in the state `owner`, int64 (M,) each; tile is y * W + x."""
        height, width = encoding.tiles.shape[-2:]
        # The middle of the footprint facing north; what surrounds it says which way to turn.
        middle_x = (tile % width + (self.sizes[entity, 0] - 1) // 2).clamp(max=width - 1)
        middle_y = (tile // width + (self.sizes[entity, 1] - 1) // 2).clamp(max=height - 1)
        padded = F.pad(encoding.tiles, (1, 1, 1, 1))
        around = torch.arange(3, device=tile.device)
        rows = middle_y[:, None, None] + around[None, :, None]
        columns = middle_x[:, None, None] + around[None, None, :]
        patch = padded[owner[:, None, None], :, rows, columns]  # (M, 3, 3, C)
        features = (
            self.local(patch.flatten(1))
            + self.local_whole(encoding.whole)[owner]
            + self.local_entity(encoding.entities[entity])
        )
        facing = self.local_facing(self.patches(encoding.planes, owner, entity, tile))
        if encoding.guides is not None:
            facing = facing + self.local_guide(facing_guides(encoding.guides.flatten(2)[owner, :, tile]))
        return Place(owner, features, facing)

    def direction_logits(self, place: Place) -> Tensor:
        """(M, 4) quarter turns."""
        each = self.facing_score(place.features[:, None] + place.facing).squeeze(2)
        logits: Tensor = self.direction_score(place.features) + each
        return logits.float()

    def variant_logits(self, place: Place, direction: Tensor) -> Tensor:
        """(M, 3), given the quarter turn chosen, int64 (M,)."""
        logits: Tensor = self.variant_score(place.facing_features(direction) + self.facing(direction))
        return logits.float()

    def content_logits(self, encoding: Encoding, place: Place, direction: Tensor) -> Tensor:
        """(M, n_contents), given the quarter turn chosen."""
        hidden = self.content_hidden(place.facing_features(direction) + self.facing(direction))
        query = self.content_query(hidden)
        logits = (query @ encoding.contents.to(query.dtype).T).float() / self.config.channels**0.5
        weights = self.content_relations(hidden).float()
        fits = torch.einsum("brf,bf->br", encoding.relations[place.owner], weights)
        n_items = self.vocabulary.n_items - 1
        scores: Tensor = logits + F.pad(fits, (0, n_items)) + self.content_bias
        return scores

    def value(self, encoding: Encoding) -> Tensor:
        """(B,) normalised throughput of the state, expected."""
        score: Tensor = self.value_score(encoding.whole)
        return score.squeeze(1).float()


def _by_tile(of_askers: Tensor, needs: Needs, grid: Tensor) -> Tensor:
    """(K + 1, D) vectors of askers -> (B, D, H, W), on the tiles of each; grid is (B, C, H, W)."""
    batch, _, height, width = grid.shape
    return of_askers[needs.asker].view(batch, height, width, -1).permute(0, 3, 1, 2)
