"""Help in the game: what players ask for through the mod, built by a policy or the expert while they watch."""

from factorion_cli.assisting.assistant import Assistant, Outcome, Pace
from factorion_cli.assisting.builders import Builder, Proposal
from factorion_cli.assisting.counter import Counter, Request, Site
from factorion_cli.assisting.design_builder import DesignBuilder
from factorion_cli.assisting.policy_builder import PolicyBuilder

__all__ = [
    "Assistant",
    "Builder",
    "Counter",
    "DesignBuilder",
    "Outcome",
    "Pace",
    "PolicyBuilder",
    "Proposal",
    "Request",
    "Site",
]
