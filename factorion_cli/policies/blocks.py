"""The pieces that the trunk is made of; every one keeps what lies outside the factory at zero."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factorion_cli.policies.distribution import NEVER

Layer = TypeVar("Layer", nn.Linear, nn.Conv2d)


def zeroed(layer: Layer) -> Layer:
    """The layer with all weights zero: what it is added to starts as it was."""
    for weights in layer.parameters():
        nn.init.zeros_(weights)
    return layer


class ChannelNorm(nn.Module):
    """Layer norm over the channels of each tile, so that no tile's value depends on the padding around it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C, H, W)."""
        normed: Tensor = self.norm(x.permute(0, 2, 3, 1))
        return normed.permute(0, 3, 1, 2)


class ResidualBlock(nn.Module):
    """Norm, 3x3, 3x3, added; the second convolution starts at zero, so a deep stack starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = zeroed(nn.Conv2d(channels, channels, 3, padding=1))

    def forward(self, x: Tensor, inside: Tensor) -> Tensor:
        """(B, C, H, W) with `inside` (B, 1, H, W) 0 or 1."""
        hidden = F.relu(self.first(self.norm(x) * inside)) * inside
        result: Tensor = x + self.second(hidden) * inside
        return result


class AttentionBlock(nn.Module):
    """Self-attention over the tiles of a coarse map, then a two-layer perceptron."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(channels)
        self.project_in = nn.Linear(channels, 3 * channels)
        self.project_out = zeroed(nn.Linear(channels, channels))
        self.norm_mlp = nn.LayerNorm(channels)
        self.mlp = nn.Sequential(
            nn.Linear(channels, 2 * channels), nn.ReLU(), zeroed(nn.Linear(2 * channels, channels))
        )

    def forward(self, tokens: Tensor, visible: Tensor) -> Tensor:
        """(B, T, C) with `visible` (B, T) bool: tokens that may be looked at."""
        batch, count, channels = tokens.shape
        qkv = self.project_in(self.norm(tokens)).view(batch, count, 3, self.heads, channels // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # each (B, heads, T, C / heads)
        # Written out: on a processor, torch's fused attention takes four times as long at these sizes.
        scores = query @ key.transpose(2, 3) * (channels // self.heads) ** -0.5  # (B, heads, T, T)
        mixed = scores.masked_fill(~visible[:, None, None, :], NEVER).softmax(dim=3).to(value.dtype) @ value
        tokens = tokens + self.project_out(mixed.transpose(1, 2).reshape(batch, count, channels))
        result: Tensor = tokens + self.mlp(self.norm_mlp(tokens))
        return result


def attended(x: Tensor, inside: Tensor, blocks: Iterable[nn.Module]) -> Tensor:
    """(B, C, H, W) after attention among its tiles; `inside` (B, 1, H, W) is 0 or 1."""
    tokens, visible = x.flatten(2).transpose(1, 2), inside.flatten(1) > 0
    for attend in blocks:
        tokens = attend(tokens, visible)
    return tokens.mT.reshape(x.shape) * inside


def positions(x: Tensor) -> Tensor:
    """(C, H, W) codes for the places of a map (B, C, H, W): a quarter of the channels each for sin, cos of y and x."""
    _, channels, height, width = x.shape
    quarter = channels // 4
    rates = torch.exp(torch.arange(quarter, device=x.device) * (-math.log(64.0) / max(quarter - 1, 1)))
    down = rates[:, None] * torch.arange(height, device=x.device)  # (quarter, H)
    across = rates[:, None] * torch.arange(width, device=x.device)
    rows = torch.cat([down.sin(), down.cos()])[:, :, None].expand(-1, height, width)
    columns = torch.cat([across.sin(), across.cos()])[:, None].expand(-1, height, width)
    return torch.cat([rows, columns]).to(x.dtype)
