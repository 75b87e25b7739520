"""What is to be solved: missing-entity tasks, from blueprints with endpoints inferred."""

from factorion_cli.tasks.assumptions import assume, assumed_power
from factorion_cli.tasks.endpoints import infer_endpoints
from factorion_cli.tasks.task import MissingEntityTask, TaskKind

__all__ = ["MissingEntityTask", "TaskKind", "assume", "assumed_power", "infer_endpoints"]
