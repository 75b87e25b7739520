"""What is to be solved: missing-entity tasks, from blueprints with endpoints inferred."""

from factorion_cli.tasks.assumptions import assume, assumed_power
from factorion_cli.tasks.categories import CATEGORIES, category
from factorion_cli.tasks.endpoints import MARGIN, infer_endpoints
from factorion_cli.tasks.mining import MinedDesign, mine
from factorion_cli.tasks.profile import Profile, profile_of
from factorion_cli.tasks.removal import KINDS, eligible, is_expressible, kind_of, take_out_one, take_out_several
from factorion_cli.tasks.settings import MiningSettings
from factorion_cli.tasks.task import LEVELS, REMOVALS, MissingEntityTask, Provenance, TaskKind
from factorion_cli.tasks.windows import cut_windows

__all__ = [
    "CATEGORIES",
    "KINDS",
    "LEVELS",
    "MARGIN",
    "REMOVALS",
    "MinedDesign",
    "MiningSettings",
    "MissingEntityTask",
    "Profile",
    "Provenance",
    "TaskKind",
    "assume",
    "assumed_power",
    "category",
    "cut_windows",
    "eligible",
    "infer_endpoints",
    "is_expressible",
    "kind_of",
    "mine",
    "profile_of",
    "take_out_one",
    "take_out_several",
]
