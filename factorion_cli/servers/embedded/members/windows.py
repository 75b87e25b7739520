"""LuaGui, as little of it as the mod uses: frames on the screen with buttons that choose an item."""

from __future__ import annotations

from typing import Any

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.members.registry import calls, reads, writes
from factorion_cli.servers.embedded.things import Player, Widget
from factorion_cli.servers.embedded.values import ApiError, Ref, boolean_of

KINDS = frozenset({"frame", "choose-elem-button"})
GIVEN = frozenset({"type", "name", "caption", "tooltip", "direction", "elem_type"})
"""Arguments of LuaGuiElement.add that are known here."""


@reads("LuaPlayer", "gui")
def _gui(game: Game, player: Player) -> Ref:
    return Ref("LuaGui", player.index)


@reads("LuaGui", "screen")
def _screen(game: Game, player: Player) -> Ref:
    for widget in game.widgets.values():
        if widget.kind == "screen" and widget.player == player.index:
            return Ref("LuaGuiElement", widget.id)
    return Ref("LuaGuiElement", game.add_widget("screen", player.index, None).id)


@calls("LuaGuiElement", "add")
def _add(game: Game, parent: Widget, given: Any) -> Ref:
    if not isinstance(given, dict) or given.get("type") not in KINDS or not set(given) <= GIVEN:
        raise ApiError(f"the embedded server adds only {', '.join(sorted(KINDS))} with {', '.join(sorted(GIVEN))}")
    if given["type"] == "choose-elem-button" and given.get("elem_type") != "item":
        raise ApiError("the embedded server lets only items be chosen")
    return Ref("LuaGuiElement", game.add_widget(given["type"], parent.player, parent.id).id)


@calls("LuaGuiElement", "destroy")
def _destroy(game: Game, widget: Widget) -> None:
    for child in [child for child in game.widgets.values() if child.parent == widget.id]:
        _destroy(game, child)
    del game.widgets[widget.id]


@writes("LuaGuiElement", "auto_center")
def _set_centred(game: Game, widget: Widget, value: Any) -> None:
    boolean_of(value, "auto_center")


def _chooser(widget: Widget) -> Widget:
    if widget.kind != "choose-elem-button":
        raise ApiError("Gui element is not a choose-elem-button.")
    return widget


@reads("LuaGuiElement", "elem_value")
def _chosen(game: Game, widget: Widget) -> str | None:
    return _chooser(widget).chosen


@writes("LuaGuiElement", "elem_value")
def _choose(game: Game, widget: Widget, value: Any) -> None:
    _chooser(widget).chosen = None if value is None else game.item_name(value)
