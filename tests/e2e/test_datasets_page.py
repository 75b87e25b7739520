"""docs/datasets.md runs as it is written, with blueprints of the starter set as the reader's."""

import re
import shlex
import sys
from itertools import islice
from pathlib import Path

import pytest

from factorion_cli.blueprints import Print, encode_book, read_prints, to_factory
from factorion_cli.cli.app import main
from tests.e2e.test_readme import ROOT, run

PAGE = ROOT / "docs/datasets.md"
STARTER = ROOT / "datasets/starter/blueprints"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with the downloads that the page speaks of: books of a few designs, so that it does not take long."""
    (tmp_path / "more").mkdir()
    (tmp_path / "book.txt").write_text(_book("circuits.txt", 4), encoding="utf-8")
    (tmp_path / "more" / "cells.txt").write_text(_book("chest-cells.txt", 3), encoding="utf-8")
    return tmp_path


def _book(name: str, count: int) -> str:
    found = (one for one in read_prints(str(STARTER / name)) if isinstance(one, Print))
    return encode_book(map(to_factory, islice(found, count)))


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def exit_code() -> int:
    """What the command line in `sys.argv` ends with, run in this process."""
    try:
        main()
    except SystemExit as stop:
        return int(stop.code or 0)
    return 0


def test_the_page_runs_word_for_word(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(desk)
    # In this process, which spares a score of starts; none of the commands needs what the Python between them does.
    for line in "".join(_blocks("sh")).splitlines():
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        assert exit_code() == 0, f"{line}\n{capsys.readouterr().err}"
    assert (desk / "runs/first/report/report.html").exists()
    done = run([sys.executable, "-c", "\n".join(_blocks("python"))], desk)
    assert done.returncode == 0, done.stderr


def test_every_command_of_the_page_is_in_a_block() -> None:
    prose = re.sub(r"```.*?```", "", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert "factorion " not in "".join(re.findall(r"`[^`]+`", prose))
