"""What is installed, what works, and what to do about the rest; what a game server really does."""

from factorion_cli.doctor.examination import examine
from factorion_cli.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]
