"""Why there is no design: what stopped the layouts that came nearest."""

from __future__ import annotations

from dataclasses import dataclass

from factorion_cli.design.layout import DARK, FAILED, MOST_BLOCKS, NO_ROOM, OUT, REQUIREMENTS, Record
from factorion_cli.design.plan import Plan
from factorion_cli.tasks.markers import MarkerTask


@dataclass(slots=True)
class Reasons:
    """Keeps what was missing from the best of the layouts that did not work."""

    task: MarkerTask
    plan: Plan
    problem: Record
    least: float = float("inf")
    text: str = ""

    def note(self, badness: float, board: Record) -> None:
        """A layout with something missing."""
        if badness >= self.least:
            return
        self.least = badness
        if badness >= NO_ROOM:
            self.text = f"no room for {len(self.plan.steps)} machines"
            return
        missing = [self._missing(int(number)) for number in board["failed"][: board["counts"][FAILED]]]
        if board["counts"][DARK]:
            missing.append(f"no way to power {int(board['counts'][DARK])} of the machines and arms")
        self.text = "; ".join(dict.fromkeys(missing))

    def note_stuck(self, within: str = "") -> None:
        """A layout that was complete but delivered nothing, `within` that time if no more was given."""
        if not self.text:
            self.text = f"complete layouts delivered nothing{within and f' within {within}'}"

    def worst(self) -> str:
        """The reason, in words."""
        return self.text or "no layout was tried"

    def _missing(self, requirement: int) -> str:
        block, place = divmod(requirement, REQUIREMENTS)
        if block >= MOST_BLOCKS:
            item = self.plan.items[self.problem["sink_item"][requirement - MOST_BLOCKS * REQUIREMENTS]]
            return f"no route for {item} to a sink"
        # Machines stand in the order of their groups after the chests, as long as none was added.
        group = block - self.problem["chests"]
        if not 0 <= group < len(self.plan.steps):
            return "no route to or from a chest"
        made = self.plan.steps[group]
        if place == OUT:
            return f"no route for {made.item} from its machine"
        item = self.plan.items[self.problem["group_inputs"][group, place]]
        return f"no route for {item} to the machine that makes {made.item}"
