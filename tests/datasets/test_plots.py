"""The overview is drawn of whatever a dataset holds, the same bytes for the same figures."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from factorion_cli.datasets.figures import dataset_figures
from factorion_cli.datasets.plots import overview_png
from factorion_cli.tasks.task import TaskKind
from tests.datasets.conftest import line_tasks, write_dataset

PICTURE_OF = {"throughput": (217, 130, 43), "structural": (125, 163, 196)}


@pytest.mark.parametrize("kinds", [("throughput",), ("structural",), ("throughput", "structural")])
def test_each_config_is_drawn_in_its_colour(tmp_path: Path, kinds: tuple[TaskKind, ...]) -> None:
    tasks = [task for place, kind in enumerate(kinds) for task in line_tasks(4 + place, kind, family="one")]
    figures = dataset_figures(write_dataset(tmp_path / "ds", tasks))
    content = overview_png(figures)
    assert content == overview_png(figures)
    colours = {colour for _, colour in Image.open(io.BytesIO(content)).convert("RGB").getcolors(1 << 20)}
    assert {kind for kind, colour in PICTURE_OF.items() if colour in colours} == set(kinds)
