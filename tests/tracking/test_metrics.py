import json

from factorion_cli.tracking import MetricsWriter


def _rows(folder):
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def test_each_step_is_a_line_and_an_event(tmp_path):
    with MetricsWriter(tmp_path) as metrics:
        metrics.write(1, {"train/loss": 2.0})
        metrics.write(2, {"train/loss": 1.0})
    assert _rows(tmp_path) == [{"step": 1, "train/loss": 2.0}, {"step": 2, "train/loss": 1.0}]
    assert any(path.stat().st_size > 0 for path in (tmp_path / "tb").iterdir())


def test_a_resumed_run_says_each_step_once(tmp_path):
    with MetricsWriter(tmp_path) as metrics:
        for step in (1, 2, 3):
            metrics.write(step, {"train/loss": float(step)})
    with (tmp_path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "train/l')
    with MetricsWriter(tmp_path, step=2) as metrics:
        metrics.write(3, {"train/loss": 9.0})
    assert [(row["step"], row["train/loss"]) for row in _rows(tmp_path)] == [(1, 1.0), (2, 2.0), (3, 9.0)]
