"""The loss of a batch: how unlikely the network finds the right choices, head by head, given those before."""

from __future__ import annotations

import torch
from torch import Tensor

from factorion_cli.policies.distribution import (
    log_probability_of_any,
    masked_log_probabilities,
    mean_log_probability,
)
from factorion_cli.policies.network import PolicyNetwork
from factorion_cli.training.batch import Batch

_LEAST = 1e-6
"""Keeps apart "no value is known" and "one, in a batch that several processes share", of which each has a fraction."""


def imitation_loss(
    network: PolicyNetwork, batch: Batch, value_weight: float, counts: Tensor | None = None
) -> tuple[Tensor, dict[str, Tensor]]:
    """The mean loss and its parts.

    `counts` says over how many the means are taken, `batch.counts` when None. Given the same to several processes that
    have a part of a batch each, the mean of their losses is that of the whole batch.

    All of the entities asked for are right for the entity head, as often as they are asked for; the heads after it are
    asked about each of them. All tiles where one of that name is asked for are right. `batch.each` says whether any of
    them will do, which teaches to give the surest answer, or each is to be as probable, which teaches to draw answers
    as those did who gave them.

    Returns:
        The loss, and detached scalars: "loss", "entity", "tile", "direction", "variant", "content", "value" (losses),
        "accuracy/<head>" (shares of right choices, given right choices before) and "accuracy/all".
    """
    encoding = network.encode(batch.grid, batch.hand)
    legal_entities = batch.hand > 0
    legal_entities[:, 0] = True  # "done" is always legal, and never right while something is missing
    worth = network.value(encoding)
    known = ~batch.value.isnan()
    # The tile head reads whole maps, so those who ask for the same entity of the same state share an answer.
    first = batch.first
    tile_logits = network.tile_logits(encoding, batch.owner[first], batch.entity[first])
    legal_tiles = batch.fits.any(dim=1)
    log_tile = _log_of_right(tile_logits, legal_tiles, batch.tiles.float(), batch.each[batch.owner[first]])[batch.group]
    place = network.place(encoding, batch.owner, batch.entity, batch.tile)
    rows = torch.arange(len(batch.entity), device=batch.entity.device)
    log_turn = masked_log_probabilities(network.direction_logits(place), batch.fits[batch.group, :, batch.tile])
    log_kind = masked_log_probabilities(network.variant_logits(place, batch.direction), batch.variants)
    log_what = masked_log_probabilities(network.content_logits(encoding, place, batch.direction), batch.contents)
    states, questions, values = (batch.counts if counts is None else counts).to(worth.dtype)
    log_entity = _log_of_right(network.entity_logits(encoding), legal_entities, batch.asked, batch.each)
    losses = {
        "entity": -log_entity.sum() / states,
        "tile": -log_tile.sum() / questions,
        "direction": -log_turn[rows, batch.direction].sum() / questions,
        "variant": -log_kind[rows, batch.variant].sum() / questions,
        "content": -log_what[rows, batch.content].sum() / questions,
        "value": ((worth - batch.value.nan_to_num()) ** 2 * known).sum() / values.clamp(min=_LEAST),
    }
    weights = {"value": value_weight}
    total = torch.stack([loss * weights.get(name, 1.0) for name, loss in losses.items()]).sum()
    best_tile = tile_logits.masked_fill(~legal_tiles, float("-inf")).argmax(dim=1)[batch.group]
    right = {
        "tile": batch.tiles[batch.group, best_tile],
        "direction": log_turn.argmax(dim=1) == batch.direction,
        "variant": log_kind.argmax(dim=1) == batch.variant,
        "content": log_what.argmax(dim=1) == batch.content,
    }
    figures = {"loss": total.detach(), **{name: loss.detach() for name, loss in losses.items()}}
    right["all"] = torch.stack(list(right.values())).all(dim=0)
    figures |= {f"accuracy/{name}": share.sum() / questions for name, share in right.items()}
    return total, figures


def _log_of_right(logits: Tensor, legal: Tensor, right: Tensor, each: Tensor) -> Tensor:
    """(R,) how probable the right answers are, float32 (R, N) how often each is right; see `imitation_loss`."""
    any_ = log_probability_of_any(logits, legal, right > 0)
    return torch.where(each, mean_log_probability(logits, legal, right), any_)
