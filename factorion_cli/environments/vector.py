"""`factorion/MissingEntity-v0` as one native vector environment: many tasks at once, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from factorion_cli.arrays import AnyArray, LongArray, MaskArray
from factorion_cli.environments import kernels
from factorion_cli.environments.action import Action, entity_for
from factorion_cli.environments.backend import Measure, measure_by_flow
from factorion_cli.environments.missing_entity import Info, chosen_task, grid_space, load_tasks, window_for
from factorion_cli.environments.observation import Observation
from factorion_cli.environments.reward import SUCCESS_SHARE, normalised, worth
from factorion_cli.environments.task_table import TaskTable, placement_rules
from factorion_cli.environments.vector_masks import VectorMasks
from factorion_cli.errors import UsageError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.tensor import CHANNELS
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.simulation.running import share_out
from factorion_cli.tasks.task import MissingEntityTask

FloatRow = np.ndarray[tuple[int], np.dtype[np.float64]]


class MissingEntityVectorEnv(VectorEnv[Observation, LongArray, AnyArray]):  # type: ignore[misc]
    """N environments `MissingEntityEnv` in one: the same spaces, rewards, infos and, seed by seed, the same episodes.

    Its autoreset mode is SAME_STEP: the observation after an episode's last step is the next episode's first, and what
    ended stands in `infos["final_obs"]` and `infos["final_info"]`. Environment i draws its tasks from `seed + i`.

    State: struct of arrays; `grids` (N, C, H, W) int16, `hands` (N, n_entities) int16, `steps_left` (N,) int16 and
        `task_numbers` (N,) int64 are what stands now. `masks` gives the legal choices of every head.

    Reset options: `{"task": index or id}` for all, `{"tasks": [one for each]}`.

    Args:
        tasks: as for `MissingEntityEnv`.
        num_envs: N.
        split: split of a dataset folder.
        window: (H, W) of the observation; None: 32 x 32, or as much more as the largest task needs.
        measure: the simulator; the flow engine, and ticks where that finds no steady state.
        dense: pay at each step instead of at the end.
        threads: that share the environments; None: one per core. They change no result.
        copy: give copies of the observations; without, they are overwritten by the next step.

    Raises:
        DatasetError: no tasks. UsageError: a task is larger than the window.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 - Gymnasium's convention

    def __init__(
        self,
        tasks: Sequence[MissingEntityTask] | str | Path | None = None,
        num_envs: int = 1,
        *,
        split: str = "train",
        window: tuple[int, int] | None = None,
        measure: Measure = measure_by_flow,
        dense: bool = False,
        threads: int | None = None,
        copy: bool = True,
    ) -> None:
        if num_envs < 1:
            raise UsageError(f"num_envs is {num_envs}; expected at least 1")
        self.num_envs = num_envs
        self.tasks = load_tasks(tasks, split)
        self.window = window_for(self.tasks, window)
        self.table = TaskTable.of(self.tasks)
        self.vocabulary = default_vocabulary()
        self.single_observation_space, self.single_action_space = grid_space(self.window, self.vocabulary)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space: spaces.Space[Any] = batch_space(self.single_action_space, num_envs)
        self._measure, self._dense, self._threads, self._copy = measure, dense, threads, copy
        self._ids = np.array([task.id for task in self.tasks], object)
        self._numbers = {task.id: number for number, task in enumerate(self.tasks)}
        self._generators = [seeding.np_random()[0] for _ in range(num_envs)]
        self._chances: AnyArray | None = None
        self._make_state()

    def _make_state(self) -> None:
        n, held = self.num_envs, self.table.most_held
        self.grids = np.zeros((n, len(CHANNELS), *self.window), np.int16)
        self.hands = np.zeros((n, self.vocabulary.n_entities), np.int16)
        self.steps_left = np.zeros(n, np.int16)
        self.task_numbers = np.zeros(n, np.int64)
        self.invalid_actions = np.zeros(n, np.int64)
        self._gone = np.zeros((n, held), np.bool_)
        self._placed = np.zeros((n, held, kernels.N_PLACED), np.int32)
        self._n_placed = np.zeros(n, np.int64)
        self._score = np.zeros(n)

    @property
    def masks(self) -> VectorMasks:
        """The legal choices in these states."""
        return VectorMasks(self.grids, self.hands, self._threads)

    def factory(self, number: int) -> Factory:
        """What stands in one environment, with all that the arrays leave out."""
        start: Factory = self.tasks[self.task_numbers[number]].start
        return start.adding(*self._put_down(number))

    def _put_down(self, number: int) -> list[Entity]:
        task, entities = int(self.task_numbers[number]), []
        for slot, x, y, turn, kind, content in self._placed[number, : self._n_placed[number]].tolist():
            held = self.table.in_hand(task, slot)
            entity_id = self.vocabulary.entity_id(held.name)
            entities.append(entity_for(Action(False, entity_id, x, y, 4 * turn, content, kind), self.vocabulary, held))
        return entities

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Start an episode in each environment; see the class for `options`."""
        for number, own in enumerate(self._seeds(seed)):
            if own is not None:
                self._generators[number] = seeding.np_random(own)[0]
        self._begin(np.arange(self.num_envs), self._wanted(options or {}))
        return self._observation(), self._infos()

    def prefer(self, chances: AnyArray | None) -> None:
        """Draw tasks from now on with these chances (tasks,), which add up to 1; None: all alike."""
        self._chances = chances

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        """One for each environment; None leaves its generator as it is."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, int):
            return [seed + number for number in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise UsageError(f"{len(seed)} seeds for {self.num_envs} environments; give one, or one for each")
        return list(seed)

    def _wanted(self, options: dict[str, Any]) -> list[int]:
        wanted = list(options.get("tasks", [options.get("task")] * self.num_envs))
        if len(wanted) != self.num_envs:
            raise UsageError(f"options name {len(wanted)} tasks for {self.num_envs} environments; give one for each")
        return [self._chosen(task, generator) for task, generator in zip(wanted, self._generators, strict=True)]

    def _chosen(self, wanted: int | str | None, rng: np.random.Generator) -> int:
        if wanted is None and self._chances is not None:
            return int(rng.choice(len(self.tasks), p=self._chances))
        return chosen_task(wanted, self._numbers, len(self.tasks), rng)

    def _begin(self, which: LongArray, tasks: Sequence[int]) -> None:
        """Begin these tasks in these environments."""
        table = self.table
        self.task_numbers[which] = tasks
        self.hands[which] = table.hands[tasks]
        self.steps_left[which] = table.limits[tasks]
        for array in (self.grids, self._gone, self._n_placed, self.invalid_actions):
            array[which] = 0
        for number, task in zip(which.tolist(), tasks, strict=True):
            height, width = table.shapes[task]
            self.grids[number, :, :height, :width] = table.start(task)
            self._score[number] = normalised(self.tasks[task], self.tasks[task].throughput_start)

    def step(self, actions: LongArray) -> tuple[Observation, FloatRow, MaskArray, MaskArray, Info]:
        """Apply (N, 5) integers, a row for each environment."""
        actions = np.asarray(actions, np.int64)
        if actions.shape != (self.num_envs, 5):
            raise UsageError(f"actions have shape {actions.shape}, expected ({self.num_envs}, 5)")
        self.steps_left -= 1
        share_out(self.num_envs, self._threads, lambda first, end: self._apply(actions, first, end))
        terminated = (actions[:, 0] == 0) | (self.hands.sum(axis=1) == 0)
        truncated = ~terminated & (self.steps_left <= 0)
        over = terminated | truncated
        exact = self._exact()
        rewards = self._improvement(np.ones_like(over) if self._dense else over, exact)
        final = self._finish(np.flatnonzero(over), exact) if over.any() else {}
        return self._observation(), rewards, terminated, truncated, final | self._infos()

    def _apply(self, actions: LongArray, first: int, end: int) -> None:
        table = self.table
        kernels.apply(
            actions,
            self.grids,
            self.hands,
            (table.held, table.first_held),
            placement_rules(self.vocabulary),
            self.vocabulary.n_recipes,
            self.task_numbers,
            self._gone,
            self._placed,
            self._n_placed,
            self.invalid_actions,
            first,
            end,
        )

    def _exact(self) -> MaskArray:
        """(N,) whether what was taken out is back, exactly."""
        found, table = np.zeros(self.num_envs, np.bool_), self.table
        state = self.task_numbers, self._placed, self._n_placed, table.wanted, found
        kernels.matches(table.held, table.first_held, *state, 0, self.num_envs)
        return found

    def _improvement(self, asked: MaskArray, exact: MaskArray) -> FloatRow:
        """(N,) what the scores of the states `asked` about have risen by, 0 for the others."""
        rewards, which = np.zeros(self.num_envs), np.flatnonzero(asked)
        if len(which):
            now = self._scores(which, exact)
            rewards[which] = now - self._score[which]
            self._score[which] = now
        return rewards

    def _scores(self, which: LongArray, exact: MaskArray) -> FloatRow:
        """Scores of these states, the simulator asked once about all that it is needed for."""
        found = exact[which].astype(np.float64)
        tasks = [self.tasks[task] for task in self.task_numbers[which]]
        measured = [place for place, task in enumerate(tasks) if task.kind != "structural"]
        results = self._measure([self.factory(int(which[place])) for place in measured]) if measured else ()
        found[measured] = [worth(tasks[place], result) for place, result in zip(measured, results, strict=True)]
        return found

    def _finish(self, which: LongArray, exact: MaskArray) -> Info:
        """What is said of the episodes that end, in whose places new ones begin."""
        over = np.zeros(self.num_envs, np.bool_)
        over[which] = True
        ended = np.full(self.num_envs, None, object)
        for number in which.tolist():
            left = np.maximum(self.steps_left[number : number + 1], 0)
            ended[number] = {"grid": self.grids[number].copy(), "hand": self.hands[number].copy(), "steps_left": left}
        score = self._score[which]
        last = {**self._standing(which), "score": score, "success": score >= SUCCESS_SHARE, "exact_match": exact[which]}
        final: Info = {}
        for name, values in last.items():
            shown = np.zeros((self.num_envs, *values.shape[1:]), values.dtype)
            if values.dtype == object:
                shown[:] = None
            shown[which] = values
            final |= {name: shown, f"_{name}": over.copy()}
        self._begin(which, [self._chosen(None, self._generators[number]) for number in which.tolist()])
        return {"final_obs": ended, "_final_obs": over, "final_info": final, "_final_info": over.copy()}

    def _observation(self) -> Observation:
        left = np.maximum(self.steps_left, 0)[:, None]
        if self._copy:
            return {"grid": self.grids.copy(), "hand": self.hands.copy(), "steps_left": left}
        return {"grid": self.grids, "hand": self.hands, "steps_left": left}

    def _standing(self, which: LongArray) -> dict[str, AnyArray]:
        """What `MissingEntityEnv` says in `info` of these environments, as arrays."""
        return {
            "task": self._ids[self.task_numbers[which]],
            "placed": self._n_placed[which],
            "invalid_actions": self.invalid_actions[which],
            "action_mask": VectorMasks(self.grids[which], self.hands[which], self._threads).entity(),
        }

    def _infos(self) -> Info:
        every = np.arange(self.num_envs)
        said = [((name, part), (f"_{name}", every >= 0)) for name, part in self._standing(every).items()]
        return {key: value for pair in said for key, value in pair}
