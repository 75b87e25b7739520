"""The command line, run in this process."""

import pytest

from factorion_cli.cli import app


@pytest.fixture
def factorion(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["factorion", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            app.main()
        captured = capsys.readouterr()
        return exit_.value.code or 0, captured.out, captured.err

    return run
