from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from factorion_cli.servers.embedded import EmbeddedServer

MakeServer = Callable[..., EmbeddedServer]


@pytest.fixture
def make_mod(tmp_path: Path) -> Callable[..., Path]:
    """Writes a mod with this control.lua (and further files) into a folder."""

    def make(control: str = "", **files: str) -> Path:
        folder = tmp_path / f"mod{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        (folder / "info.json").write_text(json.dumps({"name": "trial", "version": "1.2.3"}))
        (folder / "control.lua").write_text(control)
        for name, text in files.items():
            (folder / f"{name}.lua").write_text(text)
        return folder

    return make


@pytest.fixture
def make_server(make_mod: Callable[..., Path]) -> MakeServer:
    """A server with a mod of this text."""

    def make(
        control: str = "", version: str = "2.0", files: dict[str, str] | None = None, **options: Any
    ) -> EmbeddedServer:
        return EmbeddedServer(make_mod(control, **(files or {})), version, **options)

    return make


@pytest.fixture(params=["2.0", "2.1"])
def server(request: pytest.FixtureRequest, make_server: MakeServer) -> EmbeddedServer:
    """An empty game of each version."""
    return make_server(version=request.param)
