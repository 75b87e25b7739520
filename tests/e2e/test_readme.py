"""The README's quick start runs as it is written."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _quick_start() -> list[list[str]]:
    (block,) = _blocks("sh")
    lines = [shlex.split(line) for line in block.splitlines()]
    assert lines.pop(0) == [".", ".venv/bin/activate"]
    return lines


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)


def run(arguments: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a reader of the docs would, with this working copy of the package."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    return subprocess.run(arguments, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with what the README's commands name, to be written to."""
    for name in ("datasets", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_the_quick_start_runs_word_for_word(clone: Path) -> None:
    command = [sys.executable, "-c", "from factorion_cli.cli.app import main; main()"]
    for line in _quick_start():
        assert line[0] == "factorion"
        done = run([*command, *line[1:]], clone)
        assert done.returncode == 0, f"{shlex.join(line)}\n{done.stderr}"
    assert (clone / "gears.png").stat().st_size > 1000
    assert (clone / "runs/first/report/report.html").exists()


def test_the_library_example_prints_a_rate(clone: Path) -> None:
    (example,) = _blocks("python")
    done = run([sys.executable, "-c", example], clone)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[1]) > 0
