"""The bundled policies reach what docs/results.md says of them, by the commands that stand there."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.e2e.test_datasets_page import exit_code
from tests.e2e.test_readme import ROOT

PAGE = ROOT / "docs/results.md"


def _small_suite() -> list[str]:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(block).splitlines()


def test_the_small_suite_reaches_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "datasets").symlink_to(ROOT / "datasets")
    monkeypatch.chdir(tmp_path)
    lines = _small_suite()
    assert sum("--min success=" in line for line in lines) == 2
    for line in lines:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        assert exit_code() == 0, f"{line}\n{capsys.readouterr()}"
