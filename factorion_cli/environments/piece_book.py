"""Which piece (`simulation.sites`) each way to put down a held entity is: looked up by compiled code, read when new."""

from __future__ import annotations

import numpy as np

from factorion_cli.arrays import IntArray
from factorion_cli.environments.action import Action, entity_for
from factorion_cli.environments.kernels.stepping import UNREAD
from factorion_cli.environments.rules import content_options
from factorion_cli.factory import Entity, Factory
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.simulation.growing import Growing
from factorion_cli.simulation.sites import Sites


class PieceBook:
    """Kinds of held entities, alike but for where they stood and what an action says of them.

    The ways in which one of a kind can be put down follow each other: quarter turn by quarter turn, variant by
    variant, content by content (`rules.Options`).
    """

    def __init__(self, sites: Sites) -> None:
        self._sites = sites
        self._pieces = Growing(np.int32)
        self._kinds: dict[tuple[object, ...], int] = {}
        self._options = content_options()

    @property
    def pieces(self) -> IntArray:
        """The number of the piece of each way; UNREAD where it was never asked for."""
        return self._pieces.array

    def kind(self, entity: Entity, factory: Factory) -> int:
        """Where the ways begin in which this entity, held in this factory's task, can be put down."""
        action = Action(entity_id=default_vocabulary().entity_id(entity.name))
        alike = entity_for(action, default_vocabulary(), entity)
        filters = entity.filters if len(entity.filters) > 1 else ()
        key = (alike, filters, factory.power.mode, factory.power.value, tuple(sorted(factory.research.items())))
        if key not in self._kinds:
            number = action.entity_id
            ways = 12 * int(self._options.first[number + 1] - self._options.first[number])
            self._kinds[key] = self._pieces.extend(np.full(ways, UNREAD, np.int32))
        return self._kinds[key]

    def read(self, first: int, held: Entity, factory: Factory, way: tuple[int, int, int]) -> int:
        """The piece of one way (quarter turn, variant, content) of the kind that begins at `first`.

        It is read with its three other turns.
        """
        vocabulary = default_vocabulary()
        turn, variant, content = way
        entity = vocabulary.entity_id(held.name)
        action = Action(False, entity, 0, 0, 0, content, variant)
        piece = self._sites.piece(entity_for(action, vocabulary, held), factory)
        count = int(self._options.first[entity + 1] - self._options.first[entity])
        place = first + variant * count + self._options.number[entity, content]
        self.pieces[place : place + 12 * count : 3 * count] = range(piece, piece + 4)
        return piece + turn
