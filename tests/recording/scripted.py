"""A player that follows a script: walks to the ore, mines, crafts, builds a burner smelting line and feeds it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from factorion_cli.recording.recorder import Recorder, RecorderOptions
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.live import LiveServer
from factorion_cli.servers.modding import mod_folder
from factorion_cli.servers.resident import ResidentTransport


def record_smelting(folder: Path, **options: Any) -> Path:
    """Record the whole of it, on a server with these options."""
    transport = ResidentTransport(EmbeddedServer(mod_folder(), **options))
    recorder = Recorder(transport, RecorderOptions(folder, "resident", "expert", every=300))
    recorder.begin()
    ScriptedPlayer(LiveServer(transport)).play()
    recorder.run(lambda: True)
    return folder


class ScriptedPlayer:
    """Plays the scenario automation_intro over the wire, by the rules."""

    def __init__(self, live: LiveServer, seed: int = 0) -> None:
        self.live = live
        live.pause()
        live.scenario("automation_intro", seed)

    def play(self) -> None:
        """All of it, to a furnace that smelts."""
        self.mine("stone", 5)
        self.craft("stone-furnace")
        left, top = self.go_to_ore("iron-ore")
        self.build(left, top)
        self.feed(left, top)
        self.live.step(3000)
        self.collect(left, top)
        self.finish(left, top)

    def position(self) -> tuple[float, float]:
        """Where the character stands."""
        place = self.live.observe()["player"]["position"]
        return place["x"], place["y"]

    def ores(self, name: str) -> list[dict[str, Any]]:
        """Fields of ore, the nearest first."""
        x, y = self.position()
        found = self.live.session.ask("entities", {"area": [[0, 0], [128, 128]]})["entities"]
        return sorted(
            (each for each in found if each["name"] == name),
            key=lambda each: (each["position"]["x"] - x) ** 2 + (each["position"]["y"] - y) ** 2,
        )

    def walk(self, x: float, y: float) -> None:
        """Walk there and stand still."""
        self.live.act("walk", position={"x": x, "y": y})
        for _ in range(200):
            self.live.step(10)
            here = self.position()
            if abs(here[0] - x) < 0.3 and abs(here[1] - y) < 0.3:
                break
        self.live.act("stop")

    def mine(self, name: str, count: int) -> None:
        """Walk to a field of ore and mine by hand."""
        place = self.ores(name)[0]["position"]
        self.walk(place["x"], place["y"])
        self.live.act("mine", x=int(place["x"]), y=int(place["y"]), count=count)
        self.live.step(150 * count)
        self.live.act("stop")

    def craft(self, recipe: str) -> None:
        """Craft one and wait for it."""
        self.live.act("craft", recipe=recipe)
        self.live.step(300)

    def go_to_ore(self, name: str) -> tuple[int, int]:
        """Walk into a patch of ore; the top-left tile of a place for a drill."""
        fields = self.ores(name)
        middle = fields[len(fields) // 2]["position"]
        self.walk(middle["x"], middle["y"])
        return int(middle["x"]), int(middle["y"])

    def build(self, left: int, top: int) -> None:
        """Drill, belt, arm and furnace in a row to the east; one belt is turned round twice on the way."""
        self.live.act("place", name="burner-mining-drill", x=left, y=top, direction=4)
        for step in range(3):
            self.live.act("place", name="transport-belt", x=left + 2 + step, y=top, direction=4)
            self.live.step(7)
        self.live.act("rotate", x=left + 3, y=top)
        self.live.step(30)
        self.live.act("rotate", x=left + 3, y=top, reverse=True)
        self.live.act("place", name="burner-inserter", x=left + 5, y=top, direction=12)
        self.live.act("place", name="stone-furnace", x=left + 6, y=top)
        self.live.act("place", name="stone-furnace", x=left, y=top + 3)
        self.live.step(1)

    def feed(self, left: int, top: int) -> None:
        """Coal for all that burns; ore by hand for the second furnace, which is mined again later."""
        for x, y in ((left, top), (left + 5, top), (left + 6, top), (left, top + 3)):
            self.live.act("transfer", x=x, y=y, item="coal", count=5)
            self.live.step(3)

    def collect(self, left: int, top: int) -> None:
        """Take the plates, and mine the second furnace with what is in it."""
        made = self.live.act("transfer", x=left + 6, y=top, item="iron-plate", count=50, to="self")
        assert made["moved"] >= 8, made
        self.live.act("mine", x=left, y=top + 3)
        self.live.step(60)

    def finish(self, left: int, top: int) -> None:
        """A chest of its plates, an arm that fills it, and away."""
        self.craft("iron-chest")
        self.live.act("place", name="iron-chest", x=left + 9, y=top)
        self.live.act("place", name="burner-inserter", x=left + 8, y=top, direction=12)
        self.live.step(600)
        self.live.act("walk", direction=2)
        self.live.step(50)
        self.live.act("stop")
