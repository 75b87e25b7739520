"""A client of the mod without TCP between: requests as text, replies as values."""

from __future__ import annotations

import json
from typing import Any

from factorion_cli.factory import Factory, factory_to_json
from factorion_cli.servers.embedded import EmbeddedServer
from factorion_cli.servers.modding import mod_folder


class RefusedError(Exception):
    """An operation failed; `code` says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Client:
    """Sends requests one after another, numbered."""

    def __init__(self, **flags: Any) -> None:
        self.flags = flags
        self.server = EmbeddedServer(mod_folder(), **flags)
        self.next = 1
        self.hello = self.say('hello {"proto":[3,3],"client":"test"}')["r"][0]

    def restart(self) -> None:
        """Save the game, and go on from there in a new process' stead."""
        self.server = EmbeddedServer.load(self.server.save(), mod_folder(), **self.flags)

    def say(self, payload: str) -> dict[str, Any]:
        """The reply to a payload as it is."""
        text = self.server.command(f"/ff {payload}")
        reply: dict[str, Any] = json.loads(text)
        return reply

    def send(self, text: str) -> dict[str, Any]:
        """The reply to the next numbered request."""
        reply = self.say(f"{self.next} {text}")
        self.next += 1
        return reply

    def batch(self, *operations: tuple[str, dict[str, Any]], stop: bool = False) -> list[dict[str, Any]]:
        """The results of several operations in one tick."""
        reply = self.send("j " + json.dumps({"ops": [list(each) for each in operations], "stop": stop}))
        assert "err" not in reply, reply
        return list(reply["r"])

    def ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """The result of one operation; raises RefusedError."""
        (result,) = self.batch((operation, arguments))
        if "err" in result:
            raise RefusedError(result["err"]["code"], result["err"]["msg"])
        return result

    def act(self, kind: str, **arguments: Any) -> dict[str, Any]:
        """Let the character do something."""
        return self.ask("act", kind=kind, **arguments)

    def step(self, ticks: int) -> None:
        """Run so many ticks."""
        self.ask("step", ticks=ticks)
        while not self.ask("poll")["done"]:
            self.server.tick(1)

    def observe(self, **arguments: Any) -> dict[str, Any]:
        """What is seen."""
        return self.ask("observe", **arguments)

    def build(self, factory: Factory, name: str = "a") -> dict[str, Any]:
        """Build a Factory on a lab surface of its size."""
        self.ask("surface", name=name, width=factory.width, height=factory.height)
        return self.ask("build", surface=name, factory=factory_to_json(factory))

    def rates(self, warmup: int, ticks: int, name: str = "a") -> dict[str, dict[str, float]]:
        """Items per second into each sink, both lanes together."""
        self.ask("time", paused=True)
        self.ask("measure", surface=name, warmup=warmup, ticks=ticks)
        self.server.tick(warmup + ticks + 1)
        result = self.ask("result", surface=name)
        assert result["done"]
        found: dict[str, dict[str, float]] = {}
        for sink, told in result["sinks"].items():
            total = found.setdefault(sink, {})
            for lane in dict(told["rates"]).values():
                for item, rate in dict(lane).items():
                    total[item] = total.get(item, 0.0) + rate
        return found
