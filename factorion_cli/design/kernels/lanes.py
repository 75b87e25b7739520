"""On which lane of a sink what arms lay down arrives; a lane takes only half of what a belt does."""

from factorion_cli.design.kernels.compiled import called, helper
from factorion_cli.design.kernels.reaching import ahead, blocks_belts
from factorion_cli.design.layout import ENTRY, EXIT, SINK, SPLIT

LEFT, RIGHT, UNKNOWN = 0, 1, 2


@helper
def _fed_from(p, board, tile, side):
    """Whether a belt leads to the tile towards a side."""
    behind = ahead(p.width, p.height, tile, side, -1)
    return behind >= 0 and blocks_belts(board, behind) and board.kind[behind] != ENTRY and board.side[behind] == side


@called
def lane_at_sink(p, board, tile, heading):
    """The lane on which what an arm that drops towards `heading` lays on this tile arrives at the end of its line."""
    side = board.side[tile]
    # Across a belt it is the far lane, along it the right one (facts: drop_lane).
    lane = LEFT if heading == (side + 3) % 4 else RIGHT
    for _ in range(p.tiles):
        if board.kind[tile] == SINK:
            return lane
        if board.kind[tile] == SPLIT:
            return UNKNOWN
        side = board.side[tile]
        front = ahead(p.width, p.height, tile, side, 1)
        if board.kind[tile] == ENTRY:
            while front >= 0 and (board.kind[front] != EXIT or board.side[front] != side):
                front = ahead(p.width, p.height, front, side, 1)
        if front < 0 or not blocks_belts(board, front):
            return UNKNOWN
        onwards = board.side[front]
        # What comes from the side of a belt that is fed otherwise, too, stays on the near lane; a curve changes none.
        beside = onwards != side
        if beside and (_fed_from(p, board, front, onwards) or _fed_from(p, board, front, (side + 2) % 4)):
            lane = LEFT if side == (onwards + 1) % 4 else RIGHT
        tile = front
    return UNKNOWN
