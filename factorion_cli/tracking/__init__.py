"""Where metrics go: JSON lines and TensorBoard."""

from factorion_cli.tracking.metrics import MetricsWriter

__all__ = ["MetricsWriter"]
