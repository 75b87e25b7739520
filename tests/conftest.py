"""What every test can rely on."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Hear Ctrl-C, whoever started the tests: a shell's background job ignores it, and its children would, too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
