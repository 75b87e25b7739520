"""What an examination finds out about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "absent", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's table.

    Attributes:
        name: of what was examined.
        state: "absent" is something optional that is not there; "broken" something needed.
        found: versions, places, counts.
        advice: what to do about it, a command where there is one; "" when all is well.
    """

    name: str
    state: State
    found: str
    advice: str = ""
