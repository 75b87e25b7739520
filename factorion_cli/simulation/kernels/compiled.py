"""How kernels are compiled, in one place.

Nothing is allocated in them, so numba's reference counting is off (`_nrt`): with it on, every call counted every
array of the world up and down, which made an idle arm cost 200 ns a tick instead of 6. Helpers are inlined into the
tick loop for the same reason: 5 ms instead of 27 ms for 7200 ticks of a 276-entity smelter. Threads are Python's,
over kernels that let go of the interpreter lock: numba's own pools cannot be entered by two threads at once or
survive a fork, and their start costs more than a small factory's run. Nobody calls a helper from Python, so the
wrapper that would unpack a world for it is left out: a third of the time of compiling. No divisor is ever zero, so
nothing checks for that (`error_model`).
Optimising beyond level 1 takes a fifth longer to compile and makes nothing faster here; a level that is set already, or
a numba that is loaded already, is left as it is.
"""

import os

os.environ.setdefault("NUMBA_OPT", "1")

from numba import njit

_shared = {"_nrt": False, "no_cfunc_wrapper": True, "error_model": "numpy"}
helper = njit(forceinline=True, no_cpython_wrapper=True, **_shared)
called = njit(no_cpython_wrapper=True, **_shared)
entry = njit(cache=True, nogil=True, **_shared)
