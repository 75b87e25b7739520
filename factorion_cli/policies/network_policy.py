"""A policy that asks a network: the entity first, then the best of a few tiles with their facing, then the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from factorion_cli.arrays import GridArray, LongArray, MaskArray
from factorion_cli.environments.action import DONE, Action
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import Observation
from factorion_cli.factory.tensor import BOUNDS
from factorion_cli.policies.acting import building
from factorion_cli.policies.distribution import masked_log_probabilities
from factorion_cli.policies.network import STRIDE, Encoding, PolicyNetwork

BEAM = 8
"""Tiles that are compared together with their facings."""


class NetworkPolicy:
    """Decides by the most probable legal action, as far as a beam over tiles and facings finds it.

    Args:
        network: used in evaluation mode, on whatever device it is.
        beam: tiles compared; 1 decides head by head.
        batch_size: states per pass of the network in `act_batch`.
    """

    def __init__(self, network: PolicyNetwork, beam: int = BEAM, batch_size: int = 64) -> None:
        self.network = network.eval()
        self.beam = beam
        self.batch_size = batch_size

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:
        """The best action; `rng` is not used."""
        return self.act_batch([observation], [masks], rng)[0]

    def act_batch(
        self,
        observations: Sequence[Observation],
        masks: Sequence[ActionMasks],
        rng: np.random.Generator,  # noqa: ARG002 - part of the interface of policies
    ) -> list[Action]:
        """One action per state; the same as `act` one by one."""
        # States are cropped to their factory and run with others of that size: padding costs time and means nothing.
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for index, observation in enumerate(observations):
            bounds = observation["grid"][BOUNDS] > 0
            height, width = int(bounds.any(axis=1).sum()), int(bounds.any(axis=0).sum())
            groups[-(-height // STRIDE) * STRIDE, -(-width // STRIDE) * STRIDE].append(index)
        actions = [DONE] * len(observations)
        for size, members in sorted(groups.items()):
            for start in range(0, len(members), self.batch_size):
                part = members[start : start + self.batch_size]
                decided = self._decide([observations[i] for i in part], [masks[i] for i in part], size)
                for index, action in zip(part, decided, strict=True):
                    actions[index] = action
        return actions

    @torch.inference_mode()
    def _decide(self, observations: list[Observation], masks: list[ActionMasks], size: tuple[int, int]) -> list[Action]:
        device = self.network.content_bias.device
        grid = torch.from_numpy(np.stack([_cropped(observation["grid"], size) for observation in observations]))
        hand = torch.from_numpy(np.stack([observation["hand"] for observation in observations]))
        encoding = self.network.encode(grid.to(device), hand.to(device))
        entity = self._entities(encoding, masks)
        tile, direction, variant = self._placements(encoding, masks, entity, size)
        content = self._contents(encoding, masks, entity, tile, direction)
        return [
            DONE if chosen == 0 else Action(False, chosen, where % size[1], where // size[1], 4 * turn, what, kind)
            for chosen, where, turn, kind, what in zip(
                entity.tolist(), tile.tolist(), direction.tolist(), variant.tolist(), content.tolist(), strict=True
            )
        ]

    def _entities(self, encoding: Encoding, masks: list[ActionMasks]) -> Tensor:
        """int64 (B,): the best entity in hand; "done" only when nothing in the hand fits anywhere."""
        legal = building(np.stack([mask.entity() for mask in masks]))
        return _best(self.network.entity_logits(encoding), legal)

    def _placements(
        self, encoding: Encoding, masks: list[ActionMasks], entity: Tensor, size: tuple[int, int]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Tile, quarter turn and variant, int64 (B,) each, of the highest probability together."""
        names = entity.tolist()
        fits = np.stack([_fits(mask, number, size) for mask, number in zip(masks, names, strict=True)])  # (B, 4, HW)
        legal_tiles = torch.from_numpy(fits.any(axis=1)).to(entity.device)
        every = torch.arange(len(names), device=entity.device)
        log_tile = masked_log_probabilities(self.network.tile_logits(encoding, every, entity), legal_tiles)
        beam = min(self.beam, log_tile.shape[1])
        best_log, tiles = log_tile.topk(beam, dim=1)  # (B, K)
        states = every.repeat_interleave(beam)  # (B K,)
        place = self.network.place(encoding, states, entity[states], tiles.flatten())
        legal_turns = torch.from_numpy(fits).to(entity.device)[states, :, tiles.flatten()]  # (B K, 4)
        log_turn = masked_log_probabilities(self.network.direction_logits(place), legal_turns)
        legal_kinds = torch.from_numpy(np.stack([mask.variant(name) for mask, name in zip(masks, names, strict=True)]))
        kinds = torch.stack(
            [self.network.variant_logits(place, torch.full_like(states, quarter)) for quarter in range(4)], dim=1
        )  # (B K, 4, 3)
        log_kind = masked_log_probabilities(kinds, legal_kinds.to(entity.device)[states][:, None].expand_as(kinds))
        total = best_log.flatten()[:, None, None] + log_turn[:, :, None] + log_kind
        best = total.view(len(names), -1).argmax(dim=1)  # over (K, 4, 3)
        choice = tiles.gather(1, (best // 12)[:, None]).squeeze(1)
        return choice, best // 3 % 4, best % 3

    def _contents(
        self, encoding: Encoding, masks: list[ActionMasks], entity: Tensor, tile: Tensor, direction: Tensor
    ) -> Tensor:
        place = self.network.place(encoding, torch.arange(len(tile), device=tile.device), entity, tile)
        logits = self.network.content_logits(encoding, place, direction)
        return _best(
            logits, np.stack([mask.content(number) for mask, number in zip(masks, entity.tolist(), strict=True)])
        )


def _best(logits: Tensor, legal: MaskArray) -> Tensor:
    """int64 (B,): the legal choice with the highest logit."""
    return masked_log_probabilities(logits, torch.from_numpy(legal).to(logits.device)).argmax(dim=1)


def _cropped(grid: GridArray, size: tuple[int, int]) -> LongArray:
    """(C, *size) of the top left of a grid, zeros where it is smaller."""
    height, width = size
    grid = grid[:, :height, :width]
    padding = ((0, 0), (0, height - grid.shape[1]), (0, width - grid.shape[2]))
    return np.pad(grid, padding).astype(np.int64)


def _fits(masks: ActionMasks, entity_id: int, size: tuple[int, int]) -> MaskArray:
    """Bool (4, size): where the entity fits by quarter turn; the first tile facing north for "done"."""
    name = masks.vocabulary.entity_name(entity_id)
    fits = np.zeros((4, *size), np.bool_)
    if name is None:
        fits[0, 0, 0] = True
    else:
        legal = masks.placements(name)[:, : size[0], : size[1]]
        fits[:, : legal.shape[1], : legal.shape[2]] = legal
    return fits.reshape(4, -1)
