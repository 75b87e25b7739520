"""How the kernels of the search are compiled: as those of the simulator, but once for every function.

numba makes one more copy of a function for each pattern of constants among the arguments of its calls; that would
triple the time of compiling and make nothing faster.
"""

from typing import Any

from numba import njit, types

from factorion_cli.simulation.kernels.compiled import entry

_shared = {"_nrt": False, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "error_model": "numpy"}


def _once(dispatcher: Any) -> Any:
    """The same function, compiled for types alone."""
    template = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: template([types.unliteral(part) for part in args], kws)
    return dispatcher


def called(function: Any) -> Any:
    """A function that kernels call."""
    return _once(njit(**_shared)(function))


def helper(function: Any) -> Any:
    """A small one, which becomes part of those that call it."""
    return _once(njit(forceinline=True, **_shared)(function))


__all__ = ["called", "entry", "helper"]
