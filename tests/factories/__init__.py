"""Random factories, grown from a seed."""

from tests.factories.generator import random_factory

__all__ = ["random_factory"]
