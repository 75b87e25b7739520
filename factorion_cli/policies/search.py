"""A policy that tries before it builds: many ways to the end of a task, of which the simulator chooses.

Candidates come from chance (each action drawn as the network finds it probable) or from a beam (the most probable
sequences). The first of them is always what the policy does without a search, so that the best by the simulator is
never worse by it. States that several candidates share are read by the network once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import torch
from torch import Tensor

from factorion_cli.arrays import AnyArray, GridArray
from factorion_cli.environments.action import Action
from factorion_cli.environments.backend import Measure, measure_by_flow
from factorion_cli.environments.masks import ActionMasks
from factorion_cli.environments.observation import observe
from factorion_cli.environments.reward import is_solved
from factorion_cli.errors import UsageError
from factorion_cli.factory import Factory
from factorion_cli.policies.acting import decide
from factorion_cli.policies.network import STRIDE, PolicyNetwork
from factorion_cli.policies.network_policy import NetworkPolicy
from factorion_cli.policies.nodes import Key, Node, arrays, distinct
from factorion_cli.policies.proposals import ILLEGAL, propose
from factorion_cli.policies.prospects import Prospects
from factorion_cli.policies.walks import ways_that_work
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.tasks.task import MissingEntityTask

BATCH = 64
"""States in one pass of the network."""
FEWEST = 8
"""Samples that are tried at once, where the first that works will do; then as many as were tried, again and again."""
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What a search made of one task.

    Attributes:
        actions: of the best way, the last of which ends the task.
        factory: what it builds.
        throughput: what that delivers by the measure that chose it; 0 for structural tasks, which are not measured.
        first_throughput: the same of the policy's first guess.
        ways: different ends that were compared; with free choice only the first guess and what works.
    """

    actions: tuple[Action, ...]
    factory: Factory
    throughput: float
    first_throughput: float
    ways: int


class SearchPolicy:
    """Plans whole tasks; see the module.

    Args:
        network: on the processor.
        samples: candidates by chance for each task, the first of them without any.
        beam: sequences kept side by side instead of chance; 0 for none.
        measure: chooses among candidates.
        temperature: below 1 the samples keep closer to what the network finds most probable.
        first: with samples, tasks with free choice are left with the first way that works; of the samples ever more are
            tried at once.
        prune: with samples and free choice, what cuts something off is taken back, see `prospects`, and ways that do
            not get on go on from others; all are tried at once.

    Raises:
        UsageError: there is not just one of samples and beam.
    """

    def __init__(
        self,
        network: PolicyNetwork,
        samples: int = 0,
        beam: int = 0,
        measure: Measure = measure_by_flow,
        *,
        temperature: float = 1.0,
        first: bool = False,
        prune: bool = False,
    ) -> None:
        if (samples > 0) == (beam > 0):
            raise UsageError(f"a search has samples or a beam, not {samples} samples and a beam of {beam}")
        self.network = network.eval()
        self.samples, self.beam, self.measure = samples, beam, measure
        self.temperature, self.first = temperature, first
        self._prospects = Prospects.of(network.vocabulary) if prune else None
        self._greedy = NetworkPolicy(network)

    def plans(self, tasks: Sequence[MissingEntityTask], rngs: Sequence[np.random.Generator]) -> list[list[Action]]:
        """The actions of the best way through each task; see `policy.Planner`."""
        return [list(found.actions) for found in self.search(tasks, rngs)]

    def search(self, tasks: Sequence[MissingEntityTask], rngs: Sequence[np.random.Generator]) -> list[Found]:
        """The best way through each task that was found."""
        starts = [Node.start(number, task) for number, task in enumerate(tasks)]
        found: list[list[Node]] = [[] for _ in tasks]
        groups: dict[Size, list[Node]] = defaultdict(list)
        for start in starts:
            groups[_rounded(start.factory)].append(start)
        for size, members in sorted(groups.items()):
            guesses = self._walk_greedily(members)
            ways = self._walk_beams(members, size) if self.beam else self._walk_by_chance(members, guesses, rngs, size)
            for end in (*guesses, *ways):
                found[end.number].append(end)
        return list(self._best(tasks, found))

    def _walk_greedily(self, starts: list[Node]) -> list[Node]:
        """What the policy does without a search."""
        nodes = list(starts)
        while live := [number for number, node in enumerate(nodes) if not node.is_over]:
            seen = [observe(nodes[number].factory, nodes[number].names()) for number in live]
            masks = [ActionMasks(nodes[number].factory, nodes[number].names()) for number in live]
            actions = self._greedy.act_batch(seen, masks, np.random.default_rng(0))
            for number, action in zip(live, actions, strict=True):
                nodes[number] = nodes[number].after(action)
            self._end_what_works([nodes[number] for number in live])
        return nodes

    def _walk_by_chance(
        self, starts: list[Node], guesses: list[Node], rngs: Sequence[np.random.Generator], size: Size
    ) -> list[Node]:
        """All but the first of the samples; `guesses` are the first, at their ends."""
        mending = [start for start in starts if not start.task.allowed]
        free = [(start, guess) for start, guess in zip(starts, guesses, strict=True) if start.task.allowed]
        return self._mended(mending, rngs, size) + list(self._built(free, rngs, size))

    def _built(
        self, free: Sequence[tuple[Node, Node]], rngs: Sequence[np.random.Generator], size: Size
    ) -> Iterator[Node]:
        """Ways that work, of tasks with free choice."""
        open_ = [start for start, guess in free if not (self.first and self._works([guess])[0])]
        tried = 1
        while open_ and tried < self.samples:
            count = self.samples - tried
            if self.first and self._prospects is None:
                count = min(max(tried, FEWEST), count)
            tasks, streams = [node.task for node in open_], [rngs[node.number] for node in open_]
            ways = ways_that_work(
                tasks, streams, count, size, self._choose, first=self.first, prospects=self._prospects
            )
            for start, found in zip(open_, ways, strict=True):
                for actions in found:
                    yield reduce(Node.after, actions, start)
            open_ = [start for start, found in zip(open_, ways, strict=True) if not found]
            tried += count

    def _choose(self, grids: GridArray, hands: GridArray, chances: AnyArray) -> AnyArray:
        parts = [slice(first, first + BATCH) for first in range(0, len(grids), BATCH)]
        every = (np.arange(len(grids[part])) for part in parts)
        return np.concatenate(
            [self._draw(grids[part], hands[part], own, chances[part]) for part, own in zip(parts, every, strict=True)]
        )

    def _mended(self, starts: list[Node], rngs: Sequence[np.random.Generator], size: Size) -> list[Node]:
        walks = [start for start in starts for _ in range(self.samples - 1)]
        while live := [number for number, node in enumerate(walks) if not node.is_over]:
            # As many numbers for each task whatever has ended, so that other tasks change nothing.
            drawn = {start.number: rngs[start.number].random((self.samples, 5), np.float32) for start in starts}
            chances = np.stack([drawn[walks[number].number][number % max(self.samples - 1, 1)] for number in live])
            nodes, owner = distinct([walks[number] for number in live])
            for number, node in zip(live, self._drawn(nodes, owner, chances, size), strict=True):
                walks[number] = node
        return walks

    def _drawn(self, nodes: list[Node], owner: AnyArray, chances: AnyArray, size: Size) -> list[Node]:
        """The states after an action drawn in nodes[owner[i]] with chances[i], (5,) in [0, 1)."""
        after: list[Node] = [nodes[0]] * len(owner)
        for first in range(0, len(nodes), BATCH):
            rows = np.flatnonzero((owner >= first) & (owner < first + BATCH))
            grids, hands = arrays(nodes[first : first + BATCH], size)
            actions = self._draw(grids, hands, owner[rows] - first, chances[rows])
            made: dict[tuple[int, Action], Node] = {}
            for row, action in zip(rows.tolist(), actions, strict=True):
                choice = int(owner[row]), Action.from_row(action, size[1])
                if choice not in made:
                    made[choice] = nodes[choice[0]].after(choice[1])
                after[row] = made[choice]
        return after

    @torch.inference_mode()
    def _draw(self, grids: GridArray, hands: GridArray, owner: AnyArray, chances: AnyArray) -> AnyArray:
        """(N, 5) actions, each head's choice where its cumulated probability passes its chance."""
        shares = torch.from_numpy(chances).double()

        def choose(head: int, log_probabilities: Tensor) -> Tensor:
            cumulated = (log_probabilities.double() / self.temperature).exp().cumsum(dim=1)
            passed = shares[:, head, None] * cumulated[:, -1:]
            return torch.searchsorted(cumulated, passed, right=True).squeeze(1)

        states = torch.from_numpy(grids), torch.from_numpy(hands)
        return decide(self.network, *states, choose, torch.from_numpy(owner)).actions.numpy()

    def _walk_beams(self, starts: list[Node], size: Size) -> list[Node]:
        """The most probable sequences of each task, those that differ in their order alone counted once."""
        beams = {start.number: [(0.0, start)] for start in starts}
        while live := [(score, node) for beam in beams.values() for score, node in beam if not node.is_over]:
            grown = {task: [way for way in beam if way[1].is_over] for task, beam in beams.items()}
            for score, node in self._extended(live, size):
                grown[node.number].append((score, node))
            beams = {task: _most_probable(ways, self.beam) for task, ways in grown.items()}
            self._end_what_works([node for beam in beams.values() for _, node in beam])
        return [node for beam in beams.values() for _, node in beam]

    def _extended(self, live: Sequence[tuple[float, Node]], size: Size) -> Iterator[tuple[float, Node]]:
        for first in range(0, len(live), BATCH):
            part = live[first : first + BATCH]
            actions, logarithms = propose(self.network, *arrays([node for _, node in part], size), self.beam)
            for (score, node), choices, gains in zip(part, actions, logarithms.tolist(), strict=True):
                for choice, gain in zip(choices, gains, strict=True):
                    if gain > ILLEGAL:
                        yield score + gain, node.after(Action.from_row(choice, size[1]))

    def _end_what_works(self, nodes: Sequence[Node]) -> None:
        """With free choice the builder is done as soon as every sink gets what it wants."""
        open_ = [node for node in nodes if node.task.allowed and not node.is_over and node.may_work()]
        for node, works in zip(open_, self._works(open_), strict=True):
            node.is_over = works

    def _works(self, nodes: Sequence[Node]) -> list[bool]:
        """Whether every sink gets what it wants, of tasks with free choice."""
        different, owner = distinct(nodes)
        results = self.measure([node.factory for node in different]) if different else ()
        solved = [is_solved(node.task, node.factory, result) for node, result in zip(different, results, strict=True)]
        return [solved[place] for place in owner.tolist()]

    def _best(self, tasks: Sequence[MissingEntityTask], found: list[list[Node]]) -> Iterator[Found]:
        """Of the ways through each task the one that delivers most; of those that deliver as much the first.

        Structural tasks have nothing to measure: theirs is the first.
        """
        ways = [distinct(ends)[0] for ends in found]
        asked = [node.factory for task, ends in zip(tasks, ways, strict=True) if is_measured(task) for node in ends]
        results = iter(self.measure(asked) if asked else ())
        for task, ends in zip(tasks, ways, strict=True):
            rates = [_rate(node, next(results)) if is_measured(task) else 0.0 for node in ends]
            best = int(np.argmax(rates))
            yield Found(ends[best].actions, ends[best].factory, rates[best], rates[0], len(ends))


def is_measured(task: MissingEntityTask) -> bool:
    """Whether throughput says how well the task was solved."""
    return task.kind != "structural"


def _rate(node: Node, result: SimulationResult) -> float:
    """Items per second; with free choice nothing counts until every sink gets what it wants."""
    counts = is_solved(node.task, node.factory, result) if node.task.allowed else result.error is None
    return result.throughput if counts else 0.0


def _rounded(factory: Factory) -> Size:
    """(H, W) of the window: states run with others of that size."""
    return -(-factory.height // STRIDE) * STRIDE, -(-factory.width // STRIDE) * STRIDE


def _most_probable(ways: list[tuple[float, Node]], width: int) -> list[tuple[float, Node]]:
    """The best `width` of (log probability, state), the same actions in another order counted once."""
    ordered = sorted(ways, key=lambda way: -way[0])
    kept: dict[Key, tuple[float, Node]] = {}
    for score, node in ordered:
        kept.setdefault(node.key, (score, node))
    return list(kept.values())[:width]
