"""LuaInventory and LuaItemStack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from factorion_cli.servers.embedded.game import Game
from factorion_cli.servers.embedded.holders import Holder, holder_of
from factorion_cli.servers.embedded.members.registry import INDICES, LENGTHS, calls, reads
from factorion_cli.servers.embedded.things import stack_size
from factorion_cli.servers.embedded.values import ApiError, Items, Ref, name_of


@dataclass(frozen=True, slots=True)
class Stack:
    """A slot of an inventory: its name and count, or (None, 0)."""

    name: str | None
    count: int


@calls("LuaInventory", "get_contents")
def _contents(game: Game, holder: Holder) -> Items:
    return Items(holder.contents())


@calls("LuaInventory", "get_item_count")
def _count(game: Game, holder: Holder, item: Any = None) -> int:
    contents = holder.contents()
    return sum(contents.values()) if item is None else contents.get(game.item_name(name_of(item, "an item")), 0)


@calls("LuaInventory", "insert")
def _insert(game: Game, holder: Holder, items: Any) -> int:
    name, count = game.stack_of(items)
    return holder.insert(name, count)


@calls("LuaInventory", "remove")
def _remove(game: Game, holder: Holder, items: Any) -> int:
    name, count = game.stack_of(items)
    return holder.remove(name, count)


@calls("LuaInventory", "can_insert")
def _can_insert(game: Game, holder: Holder, items: Any) -> bool:
    name = game.stack_of(items)[0]
    done = holder.insert(name, 1)
    holder.remove(name, done)
    return done > 0


@calls("LuaInventory", "is_empty")
def _is_empty(game: Game, holder: Holder) -> bool:
    return not holder.contents()


@calls("LuaInventory", "is_full")
def _is_full(game: Game, holder: Holder) -> bool:
    return all(slot is not None and slot[1] >= stack_size(slot[0]) for slot in holder.slots())


@calls("LuaInventory", "clear")
def _clear(game: Game, holder: Holder) -> None:
    for name, count in holder.contents().items():
        holder.remove(name, count)


@calls("LuaInventory", "sort_and_merge")
def _sort(game: Game, holder: Holder) -> None:
    for name, count in sorted(holder.contents().items()):
        holder.remove(name, count)
        holder.insert(name, count)


@calls("LuaInventory", "count_empty_stacks")
def _empty_stacks(game: Game, holder: Holder, *_flags: Any) -> int:
    return sum(slot is None for slot in holder.slots())


def _slot(game: Game, ref: Ref, key: Any) -> Ref:
    size = len(holder_of(game, ref).slots())
    if not isinstance(key, int | float) or not 1 <= key <= size or key != int(key):
        raise ApiError(f"Index {key} out of range: the inventory has {size} slots")
    return Ref("LuaItemStack", f"{ref.handle}:{int(key)}")


INDICES["LuaInventory"] = _slot
LENGTHS["LuaInventory"] = lambda game, ref: len(holder_of(game, ref).slots())


@reads("LuaItemStack", "valid_for_read")
def _valid_for_read(game: Game, stack: Stack) -> bool:
    return stack.name is not None


@reads("LuaItemStack", "name", "count")
def _stack_field(game: Game, stack: Stack, key: str) -> Any:
    if stack.name is None:
        raise ApiError("This LuaItemStack is not valid for read at this time.")
    return getattr(stack, key)


@reads("LuaItemStack", "quality")
def _stack_quality(game: Game, stack: Stack) -> Ref:
    return Ref("LuaQualityPrototype", "normal")
