"""The one tree of errors that users may see, each class with its exit code.

    FactorionError              3  something inside went wrong
    ├── UsageError              2  a command line or a configuration that cannot be run
    ├── DataError               2  input that cannot be used
    │   ├── FactoryError        2  a Factory file or a value in it
    │   ├── PlacementError      2  an entity that the game would not let stand there
    │   ├── BlueprintError      2  an exchange string that cannot be understood
    │   └── DatasetError        2  a dataset folder that is missing, empty or damaged
    ├── SimulationError         3  the simulator cannot answer
    ├── StorageError            3  results cannot be written
    ├── SchedulingError         3  the workers of a pool or cluster are lost
    ├── ServerError             3  a game server cannot be reached, refuses or does not answer
    │   ├── ConnectionLostError 3  nobody answers there now; trying again may help
    │   ├── RefusedError        3  the mod refused an operation; it says why by a code
    │   └── UnbuildableError    3  a factory has parts that cannot be built on a server
    └── GateError               1  a measured figure is below its threshold

A message names the thing, what was found, what was expected and the next step.
"""

from collections.abc import Sequence


class FactorionError(Exception):
    """Base of every error raised on purpose; `exit_code` is what the command line returns."""

    exit_code = 3


class UsageError(FactorionError):
    """The command or its configuration cannot be run as given."""

    exit_code = 2


class DataError(FactorionError):
    """Input could not be used."""

    exit_code = 2


class FactoryError(DataError):
    """A Factory, or the file that should hold one, is malformed."""


class PlacementError(DataError):
    """An entity collides, leaves the factory or cannot face that way."""


class BlueprintError(DataError):
    """A blueprint string, book or file could not be read."""


class DatasetError(DataError):
    """A dataset folder is missing, empty, damaged or of another version."""


class SimulationError(FactorionError):
    """The simulator could not answer."""


class StorageError(FactorionError):
    """Results could not be written: the disk is full, or a limit is reached."""


class SchedulingError(FactorionError):
    """The workers of a pool or cluster were lost before their jobs were done."""


class ServerError(FactorionError):
    """A game server could not be reached, refused what was asked, or did not answer in time."""


class ConnectionLostError(ServerError):
    """Nobody answers at an address, or a connection broke: another attempt may go well."""


class RefusedError(ServerError):
    """The mod refused an operation.

    Attributes:
        code: the mod's word for why, such as `blocked` or `unknown_entity`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class UnbuildableError(ServerError):
    """A factory cannot be built whole on a server.

    Attributes:
        reasons: what cannot be built, and why, part by part.
    """

    def __init__(self, factory: str, reasons: Sequence[str]) -> None:
        super().__init__(f"{factory or 'a factory'} cannot be built on the server: {'; '.join(reasons)}")
        self.reasons = tuple(reasons)


class GateError(FactorionError):
    """A measured figure missed its threshold."""

    exit_code = 1
