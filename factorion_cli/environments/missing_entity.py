"""`factorion/MissingEntity-v0`: put back what was taken out of a working factory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from factorion_cli.arrays import AnyArray, LongArray
from factorion_cli.environments.action import Action, entity_for, exact_match, n_contents
from factorion_cli.environments.backend import Backend, Plot, SimulatorBackend, measure_by_flow
from factorion_cli.environments.builtin_tasks import builtin_tasks
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import Observation, observe, shown
from factorion_cli.environments.reward import SUCCESS_SHARE, ImprovementReward, Reward, is_solved
from factorion_cli.environments.terms import Terms, cost_of, reached
from factorion_cli.errors import DatasetError, UsageError
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.tensor import CHANNELS
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.building import to_build
from factorion_cli.tasks.marker_suites import is_suite, suite
from factorion_cli.tasks.markers import MarkerTask
from factorion_cli.tasks.task import MissingEntityTask

Info = dict[str, Any]

Tasks = Sequence[MissingEntityTask | MarkerTask] | str | Path | None
"""What an environment may be given, see `MissingEntityEnv`."""


class MissingEntityEnv(gymnasium.Env[Observation, LongArray]):  # type: ignore[misc]
    """A factory with entities missing, and these entities in the builder's hand.

    Observation: `Dict`
        grid        int16 (10, H, W): the factory as a tensor (`factory.tensor.CHANNELS`), zero beyond its bounds
        hand        int16 (n_entities,): how many of each entity id are in the hand
        steps_left  int16 (1,): actions left before the episode is cut off

    Action: `MultiDiscrete([n_entities, H * W, 4, 3, n_contents])`, see `environments.action`. Entity 0 is "done".
        An illegal action does nothing, is counted, and uses up a step; so does one that the backend refuses.

    Reward: how much the state's score improved over the start, paid when the episode ends (`dense=True`: the change
        at each step instead, the same sum). The score is throughput / the reference's, clipped to [0, 1], for
        throughput tasks; 1 for an exact match, else 0, for structural ones. `terms` weighs other figures, see
        `terms.Terms`; those that need no simulation are paid at each step.

    Episode end: terminated by "done" or by an empty hand; truncated after 2 * entities in the hand + 2 steps. A task
        with free choice (`allowed`) terminates by "done" or as soon as every sink gets what it wants (by `flow`); it is
        truncated after as many steps as there are tiles. What is allowed is in the hand once, and stays there.

    State: `task`, `factory` (what stands now) and `hand` (entities left, each with its modules, quality and hand
        size, which come along when it is placed); `refusal`, why the backend refused the last legal action, or None.

    Info: `task` (id), `placed`, `invalid_actions`, until the end `action_mask` (bool (n_entities,), the first head's;
        later heads: `masks`); at the end `score` (in [0, 1]), `success` (score of at least 0.99; above 0 with free
        choice), `exact_match` and `return`, the sum of the episode's rewards.

    Reset options: `{"task": index}` or `{"task": id}` chooses a task; without it one is drawn from `np_random`.

    Args:
        tasks: tasks, also from markers; the name of generated ones (`markers:depth-1`, see `tasks.marker_suites`); or a
            dataset folder, whose `split` is read less its redundant tasks; None: five built-in ones.
        split: split of a dataset folder.
        window: (H, W) of the observation; None: 32 x 32, or as much more as the largest task needs.
        reward: how states are scored.
        terms: weights of what the reward is made of, by name; None: improvement alone.
        backend: where the factory stands and is measured; None: the simulator.
        dense: pay at each step (one simulation per step) instead of at the end.

    Raises:
        DatasetError: no tasks. UsageError: a task is larger than the window.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 - Gymnasium's convention

    def __init__(
        self,
        tasks: Tasks = None,
        *,
        split: str = "train",
        window: tuple[int, int] | None = None,
        reward: Reward | None = None,
        terms: Mapping[str, float] | None = None,
        backend: Backend | None = None,
        dense: bool = False,
        render_mode: str | None = None,
    ) -> None:
        self.tasks = load_tasks(tasks, split)
        self.window = window_for(self.tasks, window)
        self.reward = reward or ImprovementReward()
        self.terms = Terms.of(terms)
        self.backend: Backend = backend or SimulatorBackend()
        self.dense = dense
        self.render_mode = render_mode
        self.vocabulary = default_vocabulary()
        self._numbers = {task.id: number for number, task in enumerate(self.tasks)}
        self.observation_space, self.action_space = grid_space(self.window, self.vocabulary)
        self._plot: Plot | None = None

    def _begin(self, task: MissingEntityTask) -> None:
        self.close()
        self.task = task
        self._plot = self.backend.open(task.start)
        self.hand: list[Entity] = [] if task.allowed else [*task.removed, *map(Entity, task.spare)]
        self.placed: list[Entity] = []
        self.invalid_actions = 0
        self.refusal: str | None = None
        self.steps_left = task.most_steps
        self._score = self.reward.start(task)
        self._masks: ActionMasks | None = None
        self._cost = self._return = 0.0
        self._paid = self.terms.improvement * self._score
        self._effort, self._promise = 0.0, self._promised()

    @property
    def plot(self) -> Plot:
        """Where the factory stands; raises UsageError before the first reset."""
        if self._plot is None:
            raise UsageError("the environment has no task yet: call reset first")
        return self._plot

    @property
    def factory(self) -> Factory:
        """What stands now."""
        return self.plot.factory

    @property
    def masks(self) -> ActionMasks:
        """The legal choices of every head in this state."""
        if self._masks is None:
            self._masks = ActionMasks(self.factory, self._held(), self.window)
        return self._masks

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, Info]:
        """Start a task; see the class for `options`."""
        super().reset(seed=seed)
        wanted, count = (options or {}).get("task"), len(self.tasks)
        number = int(self.np_random.integers(count)) if wanted is None else task_number(wanted, self._numbers, count)
        self._begin(self.tasks[number])
        return self._observation(), self._info()

    def step(self, action: LongArray) -> tuple[Observation, float, bool, bool, Info]:
        """Apply one row of five integers."""
        choice = Action.from_row(action, self.window[1])
        self.steps_left -= 1
        if not choice.done:
            self._apply(choice)
        terminated = choice.done or (self._works() if self.task.allowed else not self.hand)
        truncated = not terminated and self.steps_left <= 0
        over = terminated or truncated
        reward = (self._scored() if over or self.dense else 0.0) + self._shown(terminated)
        self._return += reward
        info = self._info(over)
        if over:
            info |= {
                "return": self._return,
                "score": self._score,
                "success": self._score > 0 if self.task.allowed else self._score >= SUCCESS_SHARE,
                "exact_match": exact_match(self.placed, self.task.removed, self.vocabulary),
            }
        return self._observation(), reward, terminated, truncated, info

    def _apply(self, action: Action) -> None:
        if not self.masks.legal(action):
            self.invalid_actions += 1
            return
        hand, name = list(self.hand), self.vocabulary.entity_name(action.entity_id)
        held = None if self.task.allowed else take_from_hand(hand, action, name)
        entity = entity_for(action, self.vocabulary, held)
        self.refusal = self.backend.put(self.plot, entity)
        if self.refusal is not None:
            self.invalid_actions += 1
            return
        self.hand = hand
        self.placed.append(entity)
        self._cost += cost_of(entity)
        self._masks = None

    def _held(self) -> list[str]:
        """Names of what can be put down."""
        return [*(entity.name for entity in self.hand), *self.task.allowed]

    def _works(self) -> bool:
        """Whether every sink gets what it wants."""
        return is_solved(self.task, self.factory, measure_by_flow([self.factory])[0])

    def _scored(self) -> float:
        """What the score, measured now, has risen by since it was paid for."""
        self._score = self.reward.score(self.task, self.factory, self._measure)
        before, self._paid = self._paid, self.terms.score * self._score
        return self._paid - before

    def _shown(self, terminated: bool) -> float:
        """What the terms that need no simulation have risen by."""
        most = self.task.most_steps if self.task.allowed else len(self.task.hand)
        before, self._effort = self._effort, self.terms.effort(self._cost, len(self.placed) / max(1, most))
        promised, self._promise = self._promise, 0.0 if terminated else self._promised()
        return (self._effort - before) + (self._promise - promised)

    def _promised(self) -> float:
        if not self.terms.is_shaped:
            return 0.0
        connected, distance = reached(shown(self.factory, *self.window)[None], np.zeros(1, np.int64))[0]
        return self.terms.promise(float(connected), float(distance))

    def _measure(self) -> SimulationResult:
        return self.backend.measure([self.plot])[0]

    def _observation(self) -> Observation:
        return observe(self.factory, self._held(), max(self.steps_left, 0), self.window)

    def _info(self, over: bool = False) -> Info:
        info = {"task": self.task.id, "placed": len(self.placed), "invalid_actions": self.invalid_actions}
        return info if over else {**info, "action_mask": self.masks.entity()}

    def render(self) -> str | AnyArray | None:
        """A text grid ("ansi") or a picture as (height, width, 3) uint8 ("rgb_array")."""
        if self.render_mode == "ansi":
            from factorion_cli.factory.text_grid import to_text

            return to_text(self.factory)
        if self.render_mode == "rgb_array":
            return _picture(self.factory)
        return None

    def close(self) -> None:
        """Give up the place where the factory stands."""
        if self._plot is not None:
            self.backend.close(self._plot)
            self._plot = None


def take_from_hand(hand: list[Entity], action: Action, name: str | None) -> Entity:
    """Take the entity that an action puts down out of `hand`: of several alike, the one that stood nearest there."""
    alike = [entity for entity in hand if entity.name == name]
    held = min(alike, key=lambda entity: abs(entity.x - action.x) + abs(entity.y - action.y))
    hand.remove(held)
    return held


def grid_space(window: tuple[int, int], vocabulary: Vocabulary) -> tuple[spaces.Dict, spaces.MultiDiscrete]:
    """The spaces of observations and actions over a window of (H, W) tiles."""
    height, width = window
    counts = np.iinfo(np.int16).max
    observation = spaces.Dict(
        {
            "grid": spaces.Box(0, counts, (len(CHANNELS), height, width), np.int16),
            "hand": spaces.Box(0, counts, (vocabulary.n_entities,), np.int16),
            "steps_left": spaces.Box(0, counts, (1,), np.int16),
        }
    )
    return observation, spaces.MultiDiscrete([vocabulary.n_entities, height * width, 4, 3, n_contents(vocabulary)])


def task_number(wanted: int | str, numbers: Mapping[str, int], count: int) -> int:
    """The number of the task that a reset asks for.

    Args:
        wanted: its number or id.
        numbers: of every task, by id.
        count: of the tasks.

    Raises:
        UsageError: there is no such task.
    """
    if isinstance(wanted, str):
        if wanted not in numbers:
            raise UsageError(f"no task is called {wanted!r}; `env.tasks` holds {count}")
        return numbers[wanted]
    if not 0 <= wanted < count:
        raise UsageError(f"task {wanted} does not exist, expected 0 to {count - 1}")
    return wanted


def load_tasks(tasks: Tasks, split: str) -> list[MissingEntityTask]:
    """The tasks that an environment was given; raises DatasetError when there are none."""
    if tasks is None:
        return builtin_tasks()
    if isinstance(tasks, str) and is_suite(tasks):
        return [to_build(task) for task in suite(tasks)]
    if isinstance(tasks, (str, Path)):
        from factorion_cli.datasets.reader import read_tasks

        return [task for task in read_tasks(Path(tasks), split) if not task.redundant]
    if not tasks:
        raise DatasetError("the environment got an empty list of tasks; expected at least one")
    return [to_build(task) if isinstance(task, MarkerTask) else task for task in tasks]


def window_for(tasks: Sequence[MissingEntityTask], window: tuple[int, int] | None) -> tuple[int, int]:
    """(H, W) of the observation; raises UsageError when a task is larger than the window asked for."""
    needed = (max(task.reference.height for task in tasks), max(task.reference.width for task in tasks))
    if window is None:
        return max(32, needed[0]), max(32, needed[1])
    if window[0] < needed[0] or window[1] < needed[1]:
        raise UsageError(
            f"the window is {window[1]} x {window[0]} tiles but a task needs {needed[1]} x {needed[0]}; "
            f"pass window=({needed[0]}, {needed[1]}) or leave it out"
        )
    return window


def _picture(factory: Factory) -> AnyArray:
    import io

    from PIL import Image

    from factorion_cli.factory.render import render_png

    return np.asarray(Image.open(io.BytesIO(render_png(factory, None))).convert("RGB"))
