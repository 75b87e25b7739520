"""How kernels are compiled, in one place.

Nothing is allocated in them, so numba's reference counting is off (`_nrt`): with it on, every call counted every
array of the world up and down, which made an idle arm cost 200 ns a tick instead of 6. Helpers are inlined into the
tick loop for the same reason: 5 ms instead of 27 ms for 7200 ticks of a 276-entity smelter. Threads are Python's,
over kernels that let go of the interpreter lock: numba's own pools cannot be entered by two threads at once or
survive a fork, and their start costs more than a small factory's run. Nobody calls a helper from Python, so it has
neither a wrapper that would unpack a world for it nor machine code of its own (`parts`): without these two, compiling
takes less than half as long. No divisor is ever zero, so nothing checks for that (`error_model`).
Loops are not turned into loops over vectors: most are over one to five items, for which that only adds code. If that is
set already, or numba loaded already, it is left as it is.
While numba compiles, Python does not look for garbage: it makes millions of objects, nearly all of them needed to the
end, and to go through them again and again takes an eighth of the time.
"""

import gc
import os

os.environ.setdefault("NUMBA_LOOP_VECTORIZE", "0")

from numba import config, njit
from numba.core import event

from factorion_cli.simulation.kernels.parts import KernelCompiler, Part


class _Uncollected(event.Listener):  # type: ignore[misc]  # numba has no types
    """Turns garbage collection off from the start of the outermost compilation to its end; numba's lock guards it."""

    depth = 0
    was_on = False

    def on_start(self, _event: event.Event) -> None:
        """A compilation begins, maybe within another one."""
        if self.depth == 0:
            self.was_on = gc.isenabled()
            gc.disable()
        self.depth += 1

    def on_end(self, _event: event.Event) -> None:
        """It has ended, well or not."""
        self.depth -= 1
        if self.depth == 0 and self.was_on:
            gc.enable()


event.register("numba:compile", _Uncollected())

_shared = {"_nrt": False, "no_cfunc_wrapper": True, "error_model": "numpy"}
entry = njit(cache=True, nogil=True, pipeline_class=KernelCompiler, **_shared)


def called(function):
    """A part of kernels that they call."""
    return function if config.DISABLE_JIT else Part(function, no_cpython_wrapper=True, **_shared)


def helper(function):
    """A part of kernels that is inlined wherever they use it."""
    return function if config.DISABLE_JIT else Part(function, no_cpython_wrapper=True, forceinline=True, **_shared)
