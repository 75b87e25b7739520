"""Throughputs of what stands in many environments: by the flow engine without a Factory wherever that can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from factorion_cli.arrays import AnyArray, LongArray
from factorion_cli.environments.action import Action, entity_for
from factorion_cli.environments.backend import Measure, measure_by_flow
from factorion_cli.environments.kernels.stepping import CONTENT, HELD_PIECES, KIND, PIECE, SLOT, TURN, X
from factorion_cli.environments.piece_book import PieceBook
from factorion_cli.environments.reward import measured
from factorion_cli.environments.standing import Standing
from factorion_cli.environments.task_table import TaskTable
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.simulation.flow_layout import FREE
from factorion_cli.simulation.result import SimulationResult
from factorion_cli.simulation.running import Crew
from factorion_cli.simulation.site_scoring import Scores, SiteScorer, States
from factorion_cli.simulation.sites import Sites
from factorion_cli.tasks.task import MissingEntityTask

MOST_KNOWN = 1 << 17
"""Measured states that are remembered."""


class Scoring:
    """What the states of N environments deliver, as far as it was asked for since they changed.

    Attributes:
        table: the tasks.
        book: the pieces that were put down.
        state: of the environments.
        rates: (N,) float64 items per second into all sinks.
        works: (N,) bool, whether every sink gets what it wants by the flow engine.

    Args:
        tasks: what the environments draw from.
        count: N.
        window: (H, W) of what they show.
        measure: what finds `rates`; None: the flow engine (`backend.measure_by_flow`, mostly without making factories
            first, to the same bits).
        crew: who shares the work.
    """

    def __init__(
        self,
        tasks: Sequence[MissingEntityTask],
        count: int,
        window: tuple[int, int],
        measure: Measure | None,
        crew: Crew,
    ) -> None:
        self._sites = Sites()
        self.book = PieceBook(self._sites)
        self.table = TaskTable.of(tasks, window, self.book)
        most_held, most_placed = max(1, *map(len, self.table.held)), int(self.table.arrays.most.max())
        self.state = Standing.of(count, window, most_held, most_placed)
        self.rates, self.works = np.zeros(count), np.zeros(count, np.bool_)
        self._rated, self._tested = (np.zeros(count, np.bool_) for _ in range(2))
        self._crew, self._measure = crew, measure
        self._scorer = SiteScorer()
        self._site_of = np.full(len(tasks), -1, np.int64)
        self._at_start = Scores.of(len(tasks))
        self._at_start.rates[:] = np.nan
        self._known: dict[tuple[Measure, int, bytes], tuple[float, float]] = {}

    def put_down(self, number: int) -> list[Entity]:
        """What was put down in one environment, with all that the arrays leave out."""
        s = self.state
        held = self.table.held[int(s.tasks[number])]
        return [_entity(row, held) for row in s.placed[number, : s.n_placed[number]].tolist()]

    def factory(self, number: int) -> Factory:
        """What stands in one environment."""
        return self.table.starts[int(self.state.tasks[number])].adding(*self.put_down(number))

    def arrays(self) -> list[AnyArray]:
        """All that is known of the environments, (N, ...) each."""
        standing = [array for name, array in self.state._asdict().items() if name != "pairs"]  # the grids' memory
        return [*standing, self.rates, self.works, self._rated, self._tested]

    def follow(self) -> None:
        """Take note of what the last actions changed."""
        s, arrays = self.state, self.table.arrays
        self._rated &= ~s.changed
        self._tested &= ~s.changed
        s.changed[:] = False
        for number in np.flatnonzero(s.unread).tolist():
            task, row = int(s.tasks[number]), s.placed[number, s.n_placed[number] - 1]
            first = int(arrays.held[arrays.first_held[task] + row[SLOT], HELD_PIECES])
            held, way = self.table.held[task][row[SLOT]], (int(row[TURN]), int(row[KIND]), int(row[CONTENT]))
            row[PIECE] = self.book.read(first, held, self.table.starts[task], way)

    def test(self, which: LongArray) -> None:
        """Find `works` of these environments (M,)."""
        which = which[~self._tested[which]]
        if len(which):
            self._flow(which)

    def rate(self, which: LongArray) -> None:
        """Find `rates` of these environments (M,)."""
        which = which[~self._rated[which]]
        if not len(which):
            return
        if self._measure is None:
            self._flow(which)
        else:
            self.rates[which] = [rate for rate, _ in self._measured(self._measure, which)]
            self._rated[which] = True

    def _flow(self, which: LongArray) -> None:
        """Ask the flow engine about these environments."""
        s, start = self.state, self._at_start
        states, tables = States(self._sites_of(which), s.placed, s.n_placed), self._sites.tables()
        tasks, alike = s.tasks[which], np.zeros(len(which), np.bool_)
        found = Scores(start.rates[tasks], start.least[tasks], np.zeros(len(which), np.bool_))

        def score(first: int, end: int) -> None:
            # Starts are few, and most of what is put down somewhere changes nothing.
            self._scorer.judge(tables, states, which, alike, first, end)
            asked = first + np.flatnonzero(~alike[first:end] | np.isnan(found.rates[first:end]))
            for every, part in zip(found, self._scorer.score(tables, states, which[asked]), strict=True):
                every[asked] = part

        self._crew.share_out(len(which), score)
        if found.apart.any():
            read = self._measured(measure_by_flow, which[found.apart])
            found.rates[found.apart], found.least[found.apart] = zip(*read, strict=True)
        start.rates[tasks[alike]], start.least[tasks[alike]] = found.rates[alike], found.least[alike]
        self.works[which] = found.least > 0
        self._tested[which] = True
        if self._measure is None:
            self.rates[which] = found.rates
            self._rated[which] = True

    def _sites_of(self, which: LongArray) -> LongArray:
        """(N,) the sites of the tasks, those of `which` read if need be."""
        tasks = self.state.tasks
        asked = tasks[which]
        for task in sorted(set(asked[self._site_of[asked] < 0].tolist())):
            self._site_of[task] = self._sites.site(self.table.starts[task])
        return self._site_of[tasks]

    def _measured(self, measure: Measure, which: LongArray) -> list[tuple[float, float]]:
        """Rates, and those of the sink that gets least, of states as factories, each of which is measured once."""
        s = self.state
        keys = [(measure, int(s.tasks[number]), _key(s, number)) for number in which.tolist()]
        if len(self._known) + len(keys) > MOST_KNOWN:
            self._known.clear()
        new = {key: number for key, number in zip(keys, which.tolist(), strict=True) if key not in self._known}
        if new:
            factories = [self.factory(number) for number in new.values()]
            results = measure(factories)
            self._known |= dict(zip(new, map(_rates, factories, results), strict=True))
        return [self._known[key] for key in keys]


def _rates(factory: Factory, result: SimulationResult) -> tuple[float, float]:
    least = min((result.rate(sink.id, sink.item) for sink in factory.sinks), default=FREE)
    return measured(result), least if result.error is None else 0.0


def _key(s: Standing, number: int) -> bytes:
    """What was put down, in any order."""
    return b"".join(sorted(row.tobytes() for row in s.placed[number, : s.n_placed[number], X:]))


def _entity(row: list[int], held: Sequence[Entity]) -> Entity:
    _, x, y, slot, turn, kind, content = row
    vocabulary = default_vocabulary()
    action = Action(False, vocabulary.entity_id(held[slot].name), x, y, 4 * turn, content, kind)
    return entity_for(action, vocabulary, held[slot])
