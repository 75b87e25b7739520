"""`factorion/MissingEntity-v0` as one native vector environment: many tasks at once, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from factorion_cli.arrays import AnyArray, GridArray, LongArray, MaskArray
from factorion_cli.environments.backend import Measure
from factorion_cli.environments.kernels import stepping
from factorion_cli.environments.missing_entity import Info, Tasks, grid_space, load_tasks, task_number, window_for
from factorion_cli.environments.observation import Observation
from factorion_cli.environments.reward import SUCCESS_SHARE, normalised
from factorion_cli.environments.rules import content_options, placement_rules
from factorion_cli.environments.scoring import Scoring
from factorion_cli.environments.task_draws import TaskDraws
from factorion_cli.environments.terms import Floats, Terms, reached
from factorion_cli.environments.vector_masks import VectorMasks
from factorion_cli.errors import UsageError
from factorion_cli.factory import Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.simulation.running import Crew


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
        measure: what measures factories; None: the flow engine, and ticks where that finds no steady state.
        terms: weights of what the reward is made of, by name; None: improvement alone.
        dense: pay for the score at each step instead of at the end.
        threads: that share the environments; None: one per core. They change no result.
        copy: give copies of the observations; without, they are overwritten by the next step.
        stacked: `infos["final_obs"]` as one observation of the M episodes that ended, in the order of their
            environments, instead of Gymnasium's array of a dictionary each, which takes as long as half of a step.

    Raises:
        DatasetError: no tasks. UsageError: a task is larger than the window.
    """

    metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}  # noqa: RUF012 - Gymnasium's convention

    def __init__(
        self,
        tasks: Tasks = None,
        num_envs: int = 1,
        *,
        split: str = "train",
        window: tuple[int, int] | None = None,
        measure: Measure | None = None,
        terms: Mapping[str, float] | None = None,
        dense: bool = False,
        threads: int | None = None,
        copy: bool = True,
        stacked: bool = False,
    ) -> None:
        if num_envs < 1:
            raise UsageError(f"num_envs is {num_envs}; expected at least 1")
        self.num_envs = num_envs
        self.tasks = load_tasks(tasks, split)
        self.window = window_for(self.tasks, window)
        self.vocabulary = default_vocabulary()
        self.single_observation_space, self.single_action_space = grid_space(self.window, self.vocabulary)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space: spaces.Space[Any] = batch_space(self.single_action_space, num_envs)
        self._terms, self._dense, self._copy, self._stacked = Terms.of(terms), dense, copy, stacked
        self._crew = Crew(threads)
        self._scoring = Scoring(self.tasks, num_envs, self.window, measure, self._crew)
        self._state = self._scoring.state
        self._best = np.array([task.throughput_reference for task in self.tasks])
        self._before = np.array([normalised(task, task.throughput_start) for task in self.tasks])
        self._structural = np.array([task.kind == "structural" for task in self.tasks])
        self._ids = np.array([task.id for task in self.tasks], object)
        self._numbers = {task.id: number for number, task in enumerate(self.tasks)}
        self._draws = TaskDraws(num_envs, len(self.tasks))
        self._names = np.full(num_envs, None, object)
        self._score, self._paid, self._effort, self._promise, self._return = (np.zeros(num_envs) for _ in range(5))
        self._masks: VectorMasks | None = None
        self._ended: dict[str, GridArray] | None = None

    @property
    def grids(self) -> GridArray:
        """(N, C, H, W) int16: what stands now."""
        return self._state.grids

    @property
    def hands(self) -> GridArray:
        """(N, n_entities) int16: how many of each entity id are held."""
        return self._state.hands

    @property
    def steps_left(self) -> GridArray:
        """(N,) int16: actions left."""
        return self._state.steps_left

    @property
    def task_numbers(self) -> LongArray:
        """(N,) int64: which of `tasks` each environment is at."""
        return self._state.tasks

    @property
    def masks(self) -> VectorMasks:
        """The legal choices in these states."""
        if self._masks is None:
            self._masks = VectorMasks(self._state.grids, self._state.hands, self._crew, self._state.free)
        return self._masks

    def factory(self, number: int) -> Factory:
        """What stands in one environment, with all that the arrays leave out."""
        return self._scoring.factory(number)

    def reset(
        self, *, seed: int | Sequence[int | None] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, Info]:
        """Start an episode in each environment; see the class for `options`."""
        self._draws.seed(self._seeds(seed))
        self._begin(np.arange(self.num_envs), self._wanted(options or {}))
        return self._observation(), self._infos()

    def saved(self, which: LongArray) -> list[AnyArray]:
        """What stands in the environments `which` (M,), for `restore`."""
        return [array[which] for array in self._arrays()]

    def restore(self, which: LongArray, saved: list[AnyArray]) -> None:
        """Let the environments `which` (M,) drop their episodes and go on from what stood where it was saved."""
        for array, kept in zip(self._arrays(), saved, strict=True):
            array[which] = kept
        self._masks = None

    def _arrays(self) -> list[AnyArray]:
        """All that is known of the environments but the draws to come, (N, ...) each."""
        return [
            *self._scoring.arrays(),
            *(self._names, self._score, self._paid, self._effort, self._promise, self._return),
        ]

    def prefer(self, chances: AnyArray | None) -> None:
        """Draw tasks from now on with these chances (tasks,), which add up to 1; None: all alike."""
        self._draws.prefer(chances)

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        """One for each environment; None leaves its generator as it is."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, int):
            return [seed + number for number in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise UsageError(f"{len(seed)} seeds for {self.num_envs} environments; give one, or one for each")
        return list(seed)

    def _wanted(self, options: dict[str, Any]) -> LongArray:
        """(N,) the tasks that a reset asks for, drawn where it names none."""
        wanted = list(options.get("tasks", [options.get("task")] * self.num_envs))
        if len(wanted) != self.num_envs:
            raise UsageError(f"options name {len(wanted)} tasks for {self.num_envs} environments; give one for each")
        tasks = [-1 if one is None else task_number(one, self._numbers, len(self.tasks)) for one in wanted]
        chosen = np.array(tasks, np.int64)
        free = np.flatnonzero(chosen < 0)
        chosen[free] = self._draws.draw(free)
        return chosen

    def _begin(self, which: LongArray, tasks: LongArray) -> None:
        """Begin these tasks in these environments."""
        s, arrays = self._state, self._scoring.table.arrays
        self._crew.share_out(len(which), lambda *part: stepping.begin(s, arrays, which, tasks, *part))
        self._pay_from_now(which, tasks)

    def _pay_from_now(self, which: LongArray, tasks: LongArray) -> None:
        """These tasks have begun in these environments: nothing is paid for yet."""
        self._names[which] = self._ids[tasks]
        self._score[which] = self._before[tasks]
        self._paid[which] = self._terms.improvement * self._score[which]
        self._return[which] = 0.0
        if not self._terms.is_score_alone:
            self._effort[which] = 0.0
            self._promise[which] = self._promised(which)
        self._masks = None

    def step(self, actions: LongArray) -> tuple[Observation, Floats, MaskArray, MaskArray, Info]:
        """Apply (N, 5) integers, a row for each environment."""
        actions = np.asarray(actions, np.int64)
        if actions.shape != (self.num_envs, 5):
            raise UsageError(f"actions have shape {actions.shape}, expected ({self.num_envs}, 5)")
        s, scoring = self._state, self._scoring
        self._crew.share_out(self.num_envs, lambda *part: self._advance(actions, *part))
        self._masks = None
        changed = np.flatnonzero(s.changed)
        scoring.follow()
        endless = scoring.table.arrays.endless[s.tasks]
        scoring.test(np.flatnonzero(endless & ~s.terminated))
        terminated = s.terminated | (endless & scoring.works)
        truncated = ~terminated & (s.steps_left <= 0)
        over = np.flatnonzero(terminated | truncated)
        rewards = self._scored(np.arange(self.num_envs) if self._dense else over) + self._shown(changed, terminated)
        self._return += rewards
        final = self._finish(over) if len(over) else {}
        return self._observation(), rewards, terminated, truncated, final | self._infos()

    def _advance(self, actions: LongArray, first: int, end: int) -> None:
        stepping.advance(
            actions,
            self._state,
            self._scoring.table.arrays,
            placement_rules(),
            content_options(),
            self._scoring.book.pieces,
            self.vocabulary.n_recipes,
            first,
            end,
        )

    def _scored(self, asked: LongArray) -> Floats:
        """(N,) what the scores of the states `asked` about have risen by since they were paid for."""
        rewards = np.zeros(self.num_envs)
        if len(asked):
            self._score[asked] = self._scores(asked)
            now = self._terms.score * self._score[asked]
            rewards[asked] = now - self._paid[asked]
            self._paid[asked] = now
        return rewards

    def _shown(self, changed: LongArray, terminated: MaskArray) -> Floats:
        """(N,) what the terms that need no simulation have risen by."""
        if self._terms.is_score_alone:
            return np.zeros(self.num_envs)
        s, promised = self._state, self._promise.copy()
        before = self._effort
        self._effort = self._terms.effort(s.cost, s.n_placed / self._scoring.table.arrays.most[s.tasks])
        self._promise[changed] = self._promised(changed)
        self._promise[terminated] = 0.0
        return (self._effort - before) + (self._promise - promised)

    def _promised(self, which: LongArray) -> Floats:
        """(M,) what could be reached in these states."""
        promise = np.zeros(len(which))
        if not self._terms.is_shaped:
            return promise

        def follow(first: int, end: int) -> None:
            connected, distance = reached(self._state.grids, which[first:end]).T
            promise[first:end] = self._terms.promise(connected, distance)

        self._crew.share_out(len(which), follow)
        return promise

    def _scores(self, which: LongArray) -> Floats:
        """(M,) scores of these states."""
        tasks = self._state.tasks[which]
        found = np.zeros(len(which))
        structural = self._structural[tasks]
        if structural.any():
            found[structural] = self._exact(which[structural])
        flowing = np.flatnonzero(~structural)
        self._scoring.rate(which[flowing])
        rates, best = self._scoring.rates[which[flowing]], self._best[tasks[flowing]]
        found[flowing] = np.clip(np.divide(rates, best, out=np.zeros_like(rates), where=best > 0), 0.0, 1.0)
        return found

    def _exact(self, which: LongArray) -> MaskArray:
        """(M,) whether in these states what was taken out is back, exactly."""
        found, arrays = np.zeros(len(which), np.bool_), self._scoring.table.arrays
        self._crew.share_out(len(which), lambda *part: stepping.match(self._state, arrays, which, found, *part))
        return found

    def _finish(self, which: LongArray) -> Info:
        """What is said of the episodes that end, in whose places new ones begin."""
        over = np.zeros(self.num_envs, np.bool_)
        over[which] = True
        score, endless = self._score[which], self._scoring.table.arrays.endless[self._state.tasks[which]]
        solved = np.where(endless, score > 0, score >= SUCCESS_SHARE)
        said = self._standing(which) | {"return": self._return[which], "score": score, "success": solved}
        last, said["exact_match"] = self._turn_over(which, self._draws.draw(which))
        final: Info = {}
        for name, values in said.items():
            final |= {name: _spread(values, which, self.num_envs), f"_{name}": over}
        return {
            "final_obs": self._final(last, which),
            "_final_obs": over,
            "final_info": final,
            "_final_info": over,
        }

    def _turn_over(self, which: LongArray, tasks: LongArray) -> tuple[Observation, MaskArray]:
        """Begin these tasks where episodes are over: what was shown last, (M, ...) each, and whether it was exact."""
        s, arrays, room = self._state, self._scoring.table.arrays, self._ended
        if self._copy or room is None:
            room = {"grid": np.empty_like(s.grids), "hand": np.empty_like(s.hands)}
            self._ended = room
        grids, hands, exact = room["grid"][: len(which)], room["hand"][: len(which)], np.zeros(len(which), np.bool_)
        left = np.maximum(s.steps_left[which], 0)[:, None]

        def follow(first: int, end: int) -> None:
            stepping.match(s, arrays, which, exact, first, end)
            np.take(s.grids, which[first:end], axis=0, out=grids[first:end], mode="clip")
            np.take(s.hands, which[first:end], axis=0, out=hands[first:end], mode="clip")
            stepping.begin(s, arrays, which, tasks, first, end)

        self._crew.share_out(len(which), follow)
        self._pay_from_now(which, tasks)
        return {"grid": grids, "hand": hands, "steps_left": left}, exact

    def _final(self, last: Observation, which: LongArray) -> AnyArray | Observation:
        """`infos["final_obs"]` of the observations `last`."""
        if self._stacked:
            return last
        ended = np.full(self.num_envs, None, object)
        for place, number in enumerate(which.tolist()):
            ended[number] = {name: last[name][place] for name in ("grid", "hand", "steps_left")}
        return ended

    def _observation(self) -> Observation:
        s = self._state
        left = np.maximum(s.steps_left, 0)[:, None]
        if self._copy:
            return {"grid": s.grids.copy(), "hand": s.hands.copy(), "steps_left": left}
        return {"grid": s.grids, "hand": s.hands, "steps_left": left}

    def _standing(self, which: LongArray) -> dict[str, AnyArray]:
        """What `MissingEntityEnv` says in `info` of these environments, as arrays."""
        s = self._state
        return {
            "task": self._names[which],
            "placed": s.n_placed[which],
            "invalid_actions": s.invalid[which],
        }

    def _infos(self) -> Info:
        said = {**self._standing(np.arange(self.num_envs)), "action_mask": self.masks.entity()}
        every = np.ones(self.num_envs, np.bool_)
        return said | {f"_{name}": every for name in said}

    def close_extras(self, **_kwargs: Any) -> None:
        """Let the threads go."""
        self._crew.close()


def _spread(values: AnyArray, which: LongArray, count: int) -> AnyArray:
    """(count, ...) with the rows `values` at `which`, and nothing elsewhere."""
    shown: AnyArray = np.zeros((count, *values.shape[1:]), values.dtype)
    if values.dtype == object:
        shown[:] = None
    shown[which] = values
    return shown
