"""Where metrics go: JSON lines, TensorBoard and, if wanted, Weights & Biases; and how a run stands."""

from factorion_cli.tracking.metrics import MetricsWriter, Sink
from factorion_cli.tracking.standing import Standing, State, standing

__all__ = ["MetricsWriter", "Sink", "Standing", "State", "standing"]
