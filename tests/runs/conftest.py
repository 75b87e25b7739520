import pytest

from tests.runs.folders import write_run


@pytest.fixture
def make_run(tmp_path):
    """Writes the folder of a run under `runs/`, by name."""

    def make(name="first", *rows, **settings):
        given = {"rows": rows} if rows else {}
        return write_run(tmp_path / "runs" / name, **given, **settings)

    return make
