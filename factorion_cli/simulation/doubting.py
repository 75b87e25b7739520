"""What the flow engine doubts by, for its close look (doubts.py) and the coarse one (kernels/flow_suspecting.py)."""

LIVE = 1e-4
"""Items per second from which something flows."""

UNEVEN = 1.01
"""From so many items that come close together on, a lane carries hands and no single items."""
