"""Acting by chance, as learning from reward needs it: heads sampled in order, and how probable each choice was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from factorion_cli.arrays import MaskArray
from factorion_cli.environments.vector_masks import VectorMasks
from factorion_cli.policies.distribution import masked_log_probabilities
from factorion_cli.policies.network import PolicyNetwork

HEADS = ("entity", "tile", "direction", "variant", "content")

Choose = Callable[[int, Tensor], Tensor]
"""(number of the head, (N, K) log probabilities) -> int64 (N,) what is chosen."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """One action in each of N states.

    Attributes:
        actions: int64 (N, 5), as `environments.action` has them.
        heads: by head, float32 (N, K) log probabilities of all its choices, given those before; -1e9 where illegal.
        value: float32 (N,) what the critic expects.
    """

    actions: Tensor
    heads: tuple[Tensor, ...]
    value: Tensor

    @property
    def log_probability(self) -> Tensor:
        """(N,) of the whole action."""
        chosen = [head.gather(1, self.actions[:, number, None]).squeeze(1) for number, head in enumerate(self.heads)]
        return torch.stack(chosen).sum(dim=0)

    @property
    def entropy(self) -> Tensor:
        """(N,) nats, over the heads along the way that was taken."""
        return torch.stack([-(head.exp() * head).sum(dim=1) for head in self.heads]).sum(dim=0)

    def divergence_from(self, anchor: tuple[Tensor, ...]) -> Tensor:
        """(N,) KL divergence of these heads from those of another policy, in nats, along the way that was taken."""
        parts = [(head.exp() * (head - other)).sum(dim=1) for head, other in zip(self.heads, anchor, strict=True)]
        return torch.stack(parts).sum(dim=0)


def act(network: PolicyNetwork, grids: Tensor, hands: Tensor, generator: torch.Generator) -> Decisions:
    """Draw an action in each state.

    Args:
        network: the policy.
        grids: int16 (N, C, H, W), on the processor as environments give them.
        hands: int16 (N, n_entities).
        generator: what draws.
    """

    def drawn(_head: int, log_probabilities: Tensor) -> Tensor:
        return torch.multinomial(log_probabilities.exp().cpu(), 1, generator=generator).squeeze(1)

    return decide(network, grids, hands, drawn)


def judge(network: PolicyNetwork, grids: Tensor, hands: Tensor, actions: Tensor) -> Decisions:
    """How probable the network finds actions, int64 (N, 5), that were taken in these states; differentiable."""
    return decide(network, grids, hands, lambda head, _: actions[:, head])


def decide(
    network: PolicyNetwork, grids: Tensor, hands: Tensor, choose: Choose, owner: Tensor | None = None
) -> Decisions:
    """Decide N actions in B states, head by head.

    Args:
        network: the policy.
        grids: int16 (B, C, H, W), on the processor.
        hands: int16 (B, n_entities).
        choose: makes each choice.
        owner: int64 (N,) the state that each action is for, so that each is read once only; None: one for each.
    """
    device = network.content_bias.device
    encoding = network.encode(grids.to(device), hands.to(device))
    every = torch.arange(len(grids)) if owner is None else owner
    masks = VectorMasks(grids.numpy()[every.numpy()], hands.numpy()[every.numpy()])
    every = every.to(device)

    def pick(head: int, logits: Tensor, legal: MaskArray) -> tuple[Tensor, Tensor]:
        found = masked_log_probabilities(logits, torch.from_numpy(legal).to(device))
        return found, choose(head, found.detach()).to(device)

    by_entity, entity = pick(0, network.entity_logits(encoding)[every], building(masks.entity()))
    by_tile, tile = pick(1, network.tile_logits(encoding, every, entity), masks.tile(_array(entity)))
    place = network.place(encoding, every, entity, tile)
    fits = masks.direction(_array(entity), _array(tile))
    by_turn, turn = pick(2, network.direction_logits(place), fits)
    by_kind, kind = pick(3, network.variant_logits(place, turn), masks.variant(_array(entity)))
    by_what, what = pick(4, network.content_logits(encoding, place, turn), masks.content(_array(entity)))
    actions = torch.stack([entity, tile, turn, kind, what], dim=1)
    return Decisions(actions, (by_entity, by_tile, by_turn, by_kind, by_what), network.value(encoding)[every])


def building(entities: MaskArray) -> MaskArray:
    """(N, n_entities) legal entities with "done" only where nothing that is held fits anywhere."""
    legal = entities.copy()
    legal[:, 0] = ~legal[:, 1:].any(axis=1)
    return legal


def _array(choice: Tensor) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.asarray(choice.cpu().numpy(), np.int64)
