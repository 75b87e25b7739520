"""The frequency prior: naive Bayes over the four neighbours of a footprint, counted on the train split.

For each entity it counts what stood in front, right, behind and left of it (which entity, facing which way relative to
it), and the same for every other legal placement of it in the same factory. A placement's score is

    log P(direction, variant | entity) + sum over sides of log P(neighbour | taken here) / P(neighbour | legal here)

and the best legal placement is taken, set to the recipe or filter that this entity most often had. No recipe is
reasoned about and nothing further than one tile is seen: a network must do better than this to have learnt anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from factorion_cli.arrays import AnyArray, GridArray, IntArray
from factorion_cli.environments.action import DONE, Action, action_for
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import Observation
from factorion_cli.errors import DataError, DatasetError
from factorion_cli.factory.footprints import size_of
from factorion_cli.factory.placement import legal_directions
from factorion_cli.factory.tensor import BOUNDS, DIRECTION, ENTITY, to_tensor
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.tasks.task import MissingEntityTask

_SIDES = 4
_SMOOTHING = 0.5
"""Added to every count, so that what was never seen is unlikely instead of impossible."""


def _symbols(grid: GridArray, quarter_turns: int, vocabulary: Vocabulary) -> IntArray:
    """(H + 2, W + 2) int32: what each tile and the border around holds, as seen facing `quarter_turns`.

    A symbol is the entity with its direction relative to the viewer; one more means "outside".
    """
    facing = grid[DIRECTION].astype(np.int32) - 1
    relative = np.where(facing >= 0, 1 + (facing - quarter_turns) % 4, 0)
    symbols = np.where(grid[BOUNDS] > 0, 5 * grid[ENTITY].astype(np.int32) + relative, _outside(vocabulary))
    return np.pad(symbols, 1, constant_values=_outside(vocabulary)).astype(np.int32)


def _outside(vocabulary: Vocabulary) -> int:
    return 5 * vocabulary.n_entities


def _side_offsets(name: str, quarter_turns: int) -> list[tuple[int, int]]:
    """(dy, dx) from the top-left tile to the middle of what borders the footprint in front, right, behind, left."""
    width, height = size_of(name, 4 * quarter_turns)
    around = [
        (-1, (width - 1) // 2),
        ((height - 1) // 2, width),
        (height, (width - 1) // 2),
        ((height - 1) // 2, -1),
    ]
    return [around[(quarter_turns + side) % 4] for side in range(_SIDES)]


def _neighbours(grid: GridArray, name: str, quarter_turns: int, vocabulary: Vocabulary) -> IntArray:
    """(4, H, W) int32: the symbol on each side of a footprint with its top-left corner at each tile."""
    symbols = _symbols(grid, quarter_turns, vocabulary)
    height, width = grid.shape[1:]
    reach = max(size_of(name, 4 * quarter_turns))
    padded = np.pad(symbols, (0, reach), constant_values=_outside(vocabulary))
    return np.stack(
        [padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width] for dy, dx in _side_offsets(name, quarter_turns)]
    )


def _count(table: AnyArray, symbols: IntArray) -> None:
    """Add (4, N) symbols to a (4, n_symbols) table of counts."""
    for side in range(_SIDES):
        table[side] += np.bincount(symbols[side].ravel(), minlength=table.shape[1])


@dataclass(frozen=True, slots=True, eq=False)
class PriorPolicy:
    """Takes the placement with the best score; see the module. Fit it with `fit_prior`.

    Attributes:
        poses: log P(quarter turns, variant | entity), (4, 3) float64 by entity id.
        ratios: log P(neighbour | taken) / P(neighbour | legal), (4 sides, n_symbols) float64 by (entity id, variant).
        contents: content ids by entity id, the most frequent first.
        vocabulary: that the ids are from.
    """

    poses: Mapping[int, AnyArray]
    ratios: Mapping[tuple[int, int], AnyArray]
    contents: Mapping[int, tuple[int, ...]]
    vocabulary: Vocabulary

    def act(self, observation: Observation, masks: ActionMasks, rng: np.random.Generator) -> Action:  # noqa: ARG002
        """The best legal placement of anything in the hand; "done" when nothing fits."""
        best: tuple[float, Action] | None = None
        for entity_id in np.flatnonzero(masks.entity())[1:].tolist():
            found = self._best_placement(observation["grid"], masks, entity_id)
            if best is None or found[0] > best[0]:
                best = found
        return best[1] if best else DONE

    def _best_placement(self, grid: GridArray, masks: ActionMasks, entity_id: int) -> tuple[float, Action]:
        name = str(self.vocabulary.entity_name(entity_id))
        legal = masks.placements(name)  # (4, H, W)
        best_score, best_place = -np.inf, (0, 0, 0)
        for direction in legal_directions(name):
            turns = direction // 4
            neighbours = _neighbours(grid, name, turns, self.vocabulary)  # (4, H, W)
            for variant in np.flatnonzero(masks.variant(entity_id)).tolist():
                scores = np.where(legal[turns], self._scores(entity_id, turns, variant, neighbours), -np.inf)
                tile = int(scores.argmax())
                if scores.flat[tile] > best_score:
                    best_score, best_place = float(scores.flat[tile]), (tile, direction, variant)
        tile, direction, variant = best_place
        y, x = divmod(tile, masks.window[1])
        return best_score, Action(False, entity_id, x, y, direction, self._content(entity_id, masks), variant)

    def _scores(self, entity_id: int, turns: int, variant: int, neighbours: IntArray) -> AnyArray:
        """(H, W) float64."""
        pose = self.poses.get(entity_id)
        ratio = self.ratios.get((entity_id, variant))
        scores = np.full(neighbours.shape[1:], 0.0 if pose is None else float(pose[turns, variant]))
        if ratio is not None:
            for side in range(_SIDES):
                scores += ratio[side][neighbours[side]]
        return scores

    def _content(self, entity_id: int, masks: ActionMasks) -> int:
        legal = masks.content(entity_id)
        known = [content for content in self.contents.get(entity_id, ()) if legal[content]]
        return known[0] if known else int(np.flatnonzero(legal)[0])


class _Counts:
    """Counts of one pass over the tasks."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.poses: dict[int, AnyArray] = {}
        self.taken: dict[tuple[int, int], AnyArray] = {}
        self.legal: dict[int, AnyArray] = {}
        self.contents: dict[int, Counter[int]] = {}

    def _table(self) -> AnyArray:
        return np.zeros((_SIDES, _outside(self.vocabulary) + 1), np.float64)

    def add(self, task: MissingEntityTask) -> None:
        """Count each missing entity of a task against everywhere that it could stand."""
        start = task.start
        grid, masks = to_tensor(start), ActionMasks(start, task.hand)
        for name in sorted(set(task.hand)):
            entity_id = self.vocabulary.entity_id(name)
            legal, background = masks.placements(name), self.legal.setdefault(entity_id, self._table())
            actions = [action_for(entity, self.vocabulary) for entity in task.removed if entity.name == name]
            for turns in (direction // 4 for direction in legal_directions(name)):
                neighbours = _neighbours(grid, name, turns, self.vocabulary)
                _count(background, neighbours[:, legal[turns]])
                for action in actions:
                    if action.direction // 4 == turns:
                        self._add_taken(action, neighbours[:, action.y, action.x, None])

    def _add_taken(self, action: Action, symbols: IntArray) -> None:
        pose = self.poses.setdefault(action.entity_id, np.zeros((4, 3)))
        pose[action.direction // 4, action.variant] += 1
        _count(self.taken.setdefault((action.entity_id, action.variant), self._table()), symbols)
        self.contents.setdefault(action.entity_id, Counter())[action.content_id] += 1

    def policy(self) -> PriorPolicy:
        """The logarithms of the smoothed frequencies."""

        def log_share(table: AnyArray) -> AnyArray:
            smooth = table + _SMOOTHING
            logarithms: AnyArray = np.log(smooth / smooth.sum(axis=-1, keepdims=True))
            return logarithms

        return PriorPolicy(
            poses={entity: log_share(pose.reshape(-1)).reshape(4, 3) for entity, pose in self.poses.items()},
            ratios={key: log_share(table) - log_share(self.legal[key[0]]) for key, table in self.taken.items()},
            contents={
                entity: tuple(sorted(found, key=lambda content: (-found[content], content)))
                for entity, found in self.contents.items()
            },
            vocabulary=self.vocabulary,
        )


def fit_prior(tasks: Sequence[MissingEntityTask], limit: int = 5000) -> PriorPolicy:
    """The frequency prior of some tasks.

    Args:
        tasks: of the train split; never those that are then scored.
        limit: with more tasks than this, every n-th is counted, which changes the frequencies little.

    Raises:
        DatasetError: there is no task.
    """
    if not tasks:
        raise DatasetError("the frequency prior needs at least one task to count; the list of tasks is empty")
    counts = _Counts(default_vocabulary())
    for task in tasks[:: -(-len(tasks) // limit)]:
        # A name that the vocabulary does not have (a blueprint's parameter) costs its task, not the others.
        with suppress(DataError):
            counts.add(task)
    return counts.policy()
