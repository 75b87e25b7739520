"""Planes that the network is given on top of the grid: what follows from it by the rules of the game.

A convolution could learn each of these, but slowly and only within its reach: which way items leave a tile, from where
they arrive, where an underground could end, where an arm picks up and drops, which tiles a pole supplies.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from factorion_cli.factory import tensor as grid_tensor
from factorion_cli.policies.lookup import EntityLookup

DIRECTED = 9
"""Kinds of planes that come in four, north, east, south and west: they lead."""
N_PLANES = 4 * DIRECTED + 11
LONE_ENTRANCE, LONE_EXIT, SUPPLIED, WITHOUT_SUPPLY = range(4 * DIRECTED, 4 * DIRECTED + 4)
"""The first of those that come in ones."""
STEPS = ((0, -1), (1, 0), (0, 1), (-1, 0))
"""(dx, dy) of one step north, east, south, west."""
_SINKS = (grid_tensor.BELT_SINK, grid_tensor.CHEST_SINK)


def shift(planes: Tensor, dx: int, dy: int) -> Tensor:
    """(..., H, W) moved by dx columns and dy rows, zeros coming in: result[y, x] = planes[y - dy, x - dx]."""
    height, width = planes.shape[-2:]
    moved = torch.zeros_like(planes)
    if abs(dx) >= width or abs(dy) >= height:
        return moved
    to_y, from_y = slice(max(dy, 0), height + min(dy, 0)), slice(max(-dy, 0), height + min(-dy, 0))
    to_x, from_x = slice(max(dx, 0), width + min(dx, 0)), slice(max(-dx, 0), width + min(-dx, 0))
    moved[..., to_y, to_x] = planes[..., from_y, from_x]
    return moved


def shift_each(planes: Tensor, tiles: int = 1) -> Tensor:
    """(B, 4, H, W) with plane d moved `tiles` steps in direction d."""
    return torch.stack([shift(planes[:, d], dx * tiles, dy * tiles) for d, (dx, dy) in enumerate(STEPS)], dim=1)


class Planes(nn.Module):
    """Computes the planes of a batch of grids; has no weights.

    First DIRECTED kinds of four: where items leave, entrances, exits, arms, where items arrive, wanted exits, wanted
    entrances, where arms pick up, where they drop. Then one each: lone entrances, lone exits, supplied tiles, electric
    entities without supply, free tiles, the factory, belts, machines, containers, sinks, sources.
    """

    carries: Tensor
    underground: Tensor
    max_distance: Tensor
    reach: Tensor
    electric: Tensor
    machine: Tensor
    container: Tensor

    def __init__(self, lookup: EntityLookup) -> None:
        super().__init__()
        for name in ("carries", "underground", "max_distance", "reach", "electric", "machine", "container"):
            self.register_buffer(name, torch.from_numpy(getattr(lookup, name)), persistent=False)
        self._supply = lookup.supply
        self._longest = int(lookup.max_distance.max())

    @torch.no_grad()
    def forward(self, grid: Tensor) -> Tensor:
        """int64 (B, C, H, W) -> float32 (B, N_PLANES, H, W), every value 0 or 1."""
        entity, variant = grid[:, grid_tensor.ENTITY], grid[:, grid_tensor.VARIANT]
        quarter = torch.arange(1, 5, device=grid.device).view(1, 4, 1, 1)
        faces = grid[:, grid_tensor.DIRECTION, None] == quarter  # (B, 4, H, W)
        underground = self.underground[entity]
        endpoint = grid[:, grid_tensor.ENDPOINT]
        takes_only = (endpoint == _SINKS[0]) | (endpoint == _SINKS[1])
        entrance = (faces & (underground & (variant == 1))[:, None]).long() * entity[:, None]
        exit_ = (faces & (underground & (variant == 2))[:, None]).long() * entity[:, None]
        emits = faces & (self.carries[entity] & ~(underground & (variant == 1)) & ~takes_only)[:, None]
        arms = faces & (self.reach[entity] > 0)[:, None]
        free = (entity == 0) & (grid[:, grid_tensor.BOUNDS] > 0)
        wants_exit, wants_entrance, lone_entrance, lone_exit = self._underground_hints(entrance, exit_, free)
        planes = [
            emits,
            entrance > 0,
            exit_ > 0,
            arms,
            shift_each(emits),
            wants_exit,
            wants_entrance,
            *self._arm_targets(arms, entity),
            lone_entrance,
            lone_exit,
            *self._power(grid, entity),
            free[:, None],
            (grid[:, grid_tensor.BOUNDS] > 0)[:, None],
            self.carries[entity][:, None],
            self.machine[entity][:, None],
            self.container[entity][:, None],
            takes_only[:, None],
            ((endpoint > 0) & ~takes_only)[:, None],
        ]
        return torch.cat([plane.float() for plane in planes], dim=1)

    def _scan(self, start: Tensor, partner: Tensor, forwards: int) -> tuple[Tensor, Tensor]:
        """Look from each underground for its partner.

        Args:
            start: int64 (B, 4, H, W) entity ids of the undergrounds to look from, by direction.
            partner: int64 (B, 4, H, W) entity ids of those that they look for.
            forwards: 1 along the direction, -1 against it.

        Returns:
            int64 (B, 4, H, W): ids of those that look at each tile; and bool, likewise: partners that were found.
        """
        looking, seen, found = start, torch.zeros_like(start), torch.zeros_like(start, dtype=torch.bool)
        for distance in range(1, self._longest + 1):
            looking = shift_each(looking, forwards)
            looking = looking * (self.max_distance[looking] >= distance)
            met = (looking > 0) & (looking == partner)
            found |= met
            # One of the same kind and sense lies in between: it takes the partner.
            looking = looking * ~(met | (looking == start))
            seen = torch.maximum(seen, looking)
        return seen, found

    def _underground_hints(self, entrance: Tensor, exit_: Tensor, free: Tensor) -> list[Tensor]:
        """(B, 4, H, W) where an exit is wanted, (B, 4, H, W) where an entrance is, (B, 1, H, W) each: alone now."""
        if not bool(entrance.any()) and not bool(exit_.any()):
            nothing = torch.zeros_like(entrance, dtype=torch.bool)
            return [nothing, nothing, nothing[:, :1], nothing[:, :1]]
        ahead, found_exits = self._scan(entrance, exit_, 1)
        behind, found_entrances = self._scan(exit_, entrance, -1)
        here = free[:, None]
        return [
            # Between the two ends of a pair both look at a tile: nothing is wanted there.
            (ahead > 0) & (ahead != behind) & here,
            (behind > 0) & (behind != ahead) & here,
            ((entrance > 0) & ~found_entrances).any(dim=1, keepdim=True),
            ((exit_ > 0) & ~found_exits).any(dim=1, keepdim=True),
        ]

    def _arm_targets(self, arms: Tensor, entity: Tensor) -> list[Tensor]:
        """(B, 4, H, W) tiles that an arm facing d picks up from, and (B, 4, H, W) that it drops on."""
        picks, drops = torch.zeros_like(arms), torch.zeros_like(arms)
        reach = self.reach[entity][:, None]
        for tiles in (1, 2):
            some = arms & (reach == tiles)
            picks |= shift_each(some, tiles)
            drops |= shift_each(some, -tiles)
        return [picks, drops]

    def _power(self, grid: Tensor, entity: Tensor) -> list[Tensor]:
        """(B, 1, H, W) tiles that a pole supplies, and (B, 1, H, W) electric entities on tiles that none does."""
        corner = grid[:, grid_tensor.PART] == 1
        covered = torch.zeros_like(corner)[:, None]
        for number, side, pole_side in self._supply:
            poles = (corner & (entity == number))[:, None].float()
            if bool(poles.any()):
                covered |= _square_around(poles, side, pole_side) > 0
        return [covered, self.electric[entity][:, None] & ~covered]


def _square_around(poles: Tensor, side: int, pole_side: int) -> Tensor:
    """(B, 1, H, W): 1 within the square of `side` tiles centred on each pole, whose top-left tile is marked."""
    before = (side - pole_side) // 2  # tiles of the square left of (and above) the pole
    padded = F.pad(poles, (side - 1 - before, before, side - 1 - before, before))
    return F.max_pool2d(padded, side, stride=1)
