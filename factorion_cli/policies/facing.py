"""The surroundings of a place as seen by each way of facing, so that what is learnt facing north holds facing east.

For each of four facings the patch of planes around the middle of the footprint is turned until that facing points
north, and its directed planes change places accordingly. One set of weights then judges all four.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factorion_cli.policies.planes import DIRECTED, N_PLANES

SIDE = 5
"""Tiles per side of a patch; odd."""
PATCH_VALUES = N_PLANES * SIDE * SIDE
FACINGS = 4


def _source_index() -> Tensor:
    """int64 (4, PATCH_VALUES): where each value of the patch that faces north comes from, by facing."""
    patch = torch.arange(PATCH_VALUES).view(N_PLANES, SIDE, SIDE)
    facings = []
    for quarter in range(4):
        turned = torch.rot90(patch, quarter, dims=(1, 2))  # anticlockwise, as far as it faces clockwise of north
        directed = turned[: 4 * DIRECTED].view(DIRECTED, 4, SIDE, SIDE).roll(-quarter, dims=1)
        facings.append(torch.cat([directed.reshape(-1, SIDE, SIDE), turned[4 * DIRECTED :]]).flatten())
    return torch.stack(facings)


def _middles(sizes: Tensor) -> Tensor:
    """int64 (N, 4, 2): x and y of the middle of a footprint, given (N, 2) sizes facing north, by facing.

    The same part of the entity each time, so that an even side does not shift what is seen.
    """
    width, height = sizes[:, 0], sizes[:, 1]
    x, y = (width - 1) // 2, (height - 1) // 2
    north, east = torch.stack([x, y], dim=1), torch.stack([height - 1 - y, x], dim=1)
    south, west = torch.stack([width - 1 - x, height - 1 - y], dim=1), torch.stack([y, width - 1 - x], dim=1)
    return torch.stack([north, east, south, west], dim=1)


class FacingPatches(nn.Module):
    """Cuts the patches out; has no weights."""

    source: Tensor
    middles: Tensor

    def __init__(self, sizes: Tensor) -> None:
        super().__init__()
        self.register_buffer("source", _source_index(), persistent=False)
        self.register_buffer("middles", _middles(sizes), persistent=False)

    def forward(self, planes: Tensor, owner: Tensor, entity: Tensor, tile: Tensor) -> Tensor:
        """The surroundings of M places.

        Args:
            planes: (B, N_PLANES, H, W).
            owner: int64 (M,) the state that each place is in.
            entity: int64 (M,) what is to stand there.
            tile: int64 (M,) top-left tile, y * W + x.

        Returns:
            (M, 4, PATCH_VALUES) by facing.
        """
        height, width = planes.shape[-2:]
        around = torch.arange(SIDE, device=tile.device)
        x = (tile % width)[:, None] + self.middles[entity][:, :, 0]  # (M, 4)
        y = (tile // width)[:, None] + self.middles[entity][:, :, 1]
        # The patch starts SIDE // 2 before the middle, which is where the padded map has the middle's coordinates.
        padded = F.pad(planes, (SIDE // 2,) * 4)
        rows = y.clamp(max=height - 1)[:, :, None, None] + around[:, None]  # (M, 4, SIDE, 1)
        columns = x.clamp(max=width - 1)[:, :, None, None] + around  # (M, 4, 1, SIDE)
        patch = padded[owner[:, None, None, None], :, rows, columns]  # (M, 4, SIDE, SIDE, N_PLANES)
        values = patch.permute(0, 1, 4, 2, 3).flatten(2)
        return values.gather(2, self.source.expand(len(tile), -1, -1))


class FacingConvolution(nn.Module):
    """The same judgement at every tile at once: one kernel of SIDE x SIDE over the planes, turned to each facing."""

    source: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels
        self.weight = nn.Parameter(torch.randn(channels, PATCH_VALUES) * PATCH_VALUES**-0.5)
        self.bias = nn.Parameter(torch.zeros(channels))
        # Where each value of a turned kernel comes from: the way back of where a patch's values come from.
        self.register_buffer("source", _source_index().argsort(dim=1), persistent=False)

    def forward(self, planes: Tensor) -> Tensor:
        """(B, N_PLANES, H, W) -> (B, 4, channels, H, W) by facing."""
        kernels = self.weight[:, self.source].transpose(0, 1).reshape(-1, N_PLANES, SIDE, SIDE)
        result = F.conv2d(planes, kernels, self.bias.repeat(FACINGS), padding=SIDE // 2)
        batch, _, height, width = result.shape
        return result.view(batch, FACINGS, self.channels, height, width)


class FacingTileScore(nn.Module):
    """How well each tile suits an entity, whichever way it faces.

    Args:
        sizes: int64 (N, 2) widths and heights facing north by entity id.
        entity_channels: of the entity's embedding.
        channels: width inside.
    """

    middles: Tensor

    def __init__(self, sizes: Tensor, entity_channels: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("middles", _middles(sizes), persistent=False)
        self.lift = FacingConvolution(channels)
        self.mix = nn.Linear(channels, channels)
        self.by_entity = nn.Linear(entity_channels, 2 * channels)
        self.score = nn.Linear(channels, 1)

    def features(self, planes: Tensor) -> Tensor:
        """(B, N_PLANES, H, W) -> (B, 4, H, W, channels), the same for every entity."""
        hidden: Tensor = self.mix(F.relu(self.lift(planes)).permute(0, 1, 3, 4, 2))
        return hidden

    def forward(self, features: Tensor, entity: Tensor, vectors: Tensor) -> Tensor:
        """Scores of M questions.

        Args:
            features: (M, 4, H, W, channels).
            entity: int64 (M,).
            vectors: (M, entity_channels) their embeddings.

        Returns:
            (M, H * W) by top-left tile, the facings put together.
        """
        _, _, height, width, _ = features.shape
        scale, offset = self.by_entity(vectors)[:, None, None, None].chunk(2, dim=4)
        scores = self.score(F.relu(features * (1 + scale) + offset)).squeeze(4)  # (M, 4, H, W) by middle
        # From the middle of the footprint, which was judged, to its top-left tile.
        middle = self.middles[entity]  # (M, 4, 2)
        x = torch.arange(width, device=entity.device) + middle[:, :, :1]  # (M, 4, W)
        y = torch.arange(height, device=entity.device) + middle[:, :, 1:]  # (M, 4, H)
        index = y.clamp(max=height - 1)[..., None] * width + x.clamp(max=width - 1)[:, :, None]
        by_corner: Tensor = scores.flatten(2).gather(2, index.flatten(2))
        return by_corner.logsumexp(dim=1)
