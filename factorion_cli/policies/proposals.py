"""The most probable actions of a state, each as a whole: a beam over the heads in their order."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from factorion_cli.arrays import GridArray, LongArray
from factorion_cli.environments.vector_masks import VectorMasks
from factorion_cli.policies.acting import building
from factorion_cli.policies.distribution import NEVER, masked_log_probabilities
from factorion_cli.policies.network import Place, PolicyNetwork

ILLEGAL = NEVER / 2
"""What is no more probable than this is not legal."""


class _Beam:
    """B x K ways through the heads so far; the first head has one way for each state."""

    def __init__(self, states: int, width: int) -> None:
        self.width = width
        self.log_probability = torch.zeros(states, 1)
        self.choices = torch.zeros(states, 1, 0, dtype=torch.long)

    def extend(self, logits: Tensor, legal: np.ndarray) -> Tensor:
        """Keep the best K of all ways with one choice more, of logits (B K, N); int64 (B K',): the ways they extend."""
        states, ways = self.log_probability.shape
        found = masked_log_probabilities(logits, torch.from_numpy(legal)).view(states, ways, -1)
        together = (self.log_probability[:, :, None] + found).flatten(1)
        self.log_probability, best = together.topk(min(self.width, together.shape[1]), dim=1)
        parent, choice = best // found.shape[2], best % found.shape[2]
        before = self.choices.gather(1, parent[:, :, None].expand(-1, -1, self.choices.shape[2]))
        self.choices = torch.cat([before, choice[:, :, None]], dim=2)
        return (parent + torch.arange(states)[:, None] * ways).flatten()

    def column(self, head: int) -> Tensor:
        """int64 (B K,) what was chosen for a head."""
        return self.choices[:, :, head].flatten()


@torch.inference_mode()
def propose(network: PolicyNetwork, grids: GridArray, hands: GridArray, width: int) -> tuple[LongArray, np.ndarray]:
    """The most probable actions of each state, as far as a beam of that width finds them.

    Args:
        network: the policy, on the processor.
        grids: int16 (B, C, H, W).
        hands: int16 (B, n_entities).
        width: actions for each state, K.

    Returns:
        Actions int64 (B, K', 5) as `environments.action` has them, the best first, K' <= K, and the logarithms of their
        probabilities, float32 (B, K'), below ILLEGAL where there are not so many.
    """
    encoding = network.encode(torch.from_numpy(grids), torch.from_numpy(hands))
    beam, states = _Beam(len(grids), width), torch.arange(len(grids))
    beam.extend(network.entity_logits(encoding), building(VectorMasks(grids, hands).entity()))

    owner, entity = _owners(states, beam), beam.column(0)
    masks = VectorMasks(grids[owner.numpy()], hands[owner.numpy()])
    beam.extend(network.tile_logits(encoding, owner, entity), masks.tile(entity.numpy()))

    owner, entity, tile = _owners(states, beam), beam.column(0), beam.column(1)
    masks = VectorMasks(grids[owner.numpy()], hands[owner.numpy()])
    place = network.place(encoding, owner, entity, tile)
    ways = beam.extend(network.direction_logits(place), masks.direction(entity.numpy(), tile.numpy()))
    place = _rows(place, ways)
    kinds = masks.variant(beam.column(0).numpy())
    ways = beam.extend(network.variant_logits(place, beam.column(2)), kinds)
    place = _rows(place, ways)
    contents = masks.content(beam.column(0).numpy())
    beam.extend(network.content_logits(encoding, place, beam.column(2)), contents)
    return beam.choices.numpy(), beam.log_probability.numpy()


def _owners(states: Tensor, beam: _Beam) -> Tensor:
    return states.repeat_interleave(beam.log_probability.shape[1])


def _rows(place: Place, rows: Tensor) -> Place:
    return Place(place.owner[rows], place.features[rows], place.facing[rows])
