"""rendering: rectangles and texts that a mod draws for players; nothing is shown, but what would be can be read."""

from __future__ import annotations

from typing import Any

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.things import Drawing
from factorion_cli.servers.embedded.values import Ref, position_of


def _draw(game: Game, kind: str, surface: Any, text: Any = "") -> Ref:
    number = game.next_drawing
    game.next_drawing += 1
    game.drawings[number] = Drawing(number, kind, game.surface(surface).index, text)
    return Ref("LuaRenderObject", number)


@calls("LuaRendering", "draw_rectangle")
def _rectangle(
    game: Game, _: None, color: Any, left_top: Any, right_bottom: Any, surface: Any, width: Any = 1,
    players: Any = None, filled: Any = False,
) -> Ref:  # fmt: skip
    position_of(left_top), position_of(right_bottom)
    return _draw(game, "rectangle", surface)


@calls("LuaRendering", "draw_text")
def _text(
    game: Game, _: None, text: Any, surface: Any, target: Any, color: Any, scale: Any = 1, players: Any = None,
    use_rich_text: Any = False,
) -> Ref:  # fmt: skip
    position_of(target)
    return _draw(game, "text", surface, text)


@reads("LuaRenderObject", "id", "type", "text")
def _field(game: Game, drawing: Drawing, key: str) -> Any:
    return getattr(drawing, "kind" if key == "type" else key)


@writes("LuaRenderObject", "text")
def _set_text(game: Game, drawing: Drawing, value: Any) -> None:
    drawing.text = value


@calls("LuaRenderObject", "destroy")
def _destroy(game: Game, drawing: Drawing) -> None:
    del game.drawings[drawing.id]
