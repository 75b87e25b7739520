"""What training runs left behind: read, summed up, compared, drawn and reported."""

from factorion_cli.runs.reading import Run, find_runs, read_run

__all__ = ["Run", "find_runs", "read_run"]
