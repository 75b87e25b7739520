"""Whether what computes does: torch, the compiled simulator, the embedded server, the mod, and the folders they use."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from factorion_cli.doctor.finding import Finding
from factorion_cli.errors import FactorionError

BELT_RATE = 15.0
"""Items per second on a full yellow belt (wiki: Transport belts; base 2.0 and 2.1)."""
TOLERANCE = 0.01


def cores() -> Finding:
    """What there is to compute with."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return Finding("processor", "ok", f"{usable} cores")


def torch() -> Finding:
    """Torch multiplies, on how many threads, and whether it has a GPU."""
    try:
        import torch

        product = torch.ones(2, 3) @ torch.ones(3, 2)
        works = bool((product == 3).all())
    except (ImportError, OSError, RuntimeError) as error:
        return Finding("torch", "broken", str(error), "pip install --force-reinstall torch")
    if not works:
        return Finding("torch", "broken", f"2x3 by 3x2 ones gave {product.tolist()}", "pip install torch")
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU: training runs on the processor"
    return Finding("torch", "ok", f"{torch.__version__}, {torch.get_num_threads()} threads; {device}")


def numba() -> Finding:
    """Numba, its threads, and whether compiled kernels can be kept."""
    try:
        import numba

        from factorion_cli.simulation.kernels.world import run_range

        folder = Path(run_range.stats.cache_path)
    except (ImportError, OSError, RuntimeError) as error:  # RuntimeError: numba finds no folder to cache in
        return Finding("numba", "broken", f"{error}", "set NUMBA_CACHE_DIR to a folder that you may write to")
    found = f"{numba.__version__}, {numba.config.NUMBA_NUM_THREADS} threads"
    if _is_writable(folder):
        return Finding("numba", "ok", f"{found}; compiled kernels are kept in {folder}")
    return Finding(
        "numba",
        "broken",
        f"{found}; kernels cannot be kept in {folder}, so every start compiles them",
        "set NUMBA_CACHE_DIR to a folder that you may write to",
    )


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def simulator() -> Finding:
    """Five yellow belts carry what they carry in the game."""
    from factorion_cli.factory import Entity, Factory, Sink, Source
    from factorion_cli.simulation import throughput

    belts = tuple(Entity("transport-belt", x, 0, 4) for x in range(1, 4))
    source, sink = Source("in", "belt", 0, 0, "coal", 4), Sink("out", "belt", 4, 0, direction=4)
    line = Factory(5, 1, belts, sources=(source,), sinks=(sink,))
    try:
        (result,) = throughput([line], warmup_ticks=120, measure_ticks=600)
        rate = result.rate("out", "coal")
    except (FactorionError, ImportError, OSError, RuntimeError) as error:
        return Finding("simulator", "broken", f"{type(error).__name__}: {error}", "factorion --debug doctor")
    if result.error or abs(rate - BELT_RATE) > TOLERANCE * BELT_RATE:
        return Finding("simulator", "broken", f"{result.error or f'{rate} items/s, expected {BELT_RATE}'}", "see above")
    return Finding("simulator", "ok", f"a yellow belt carries {rate:g} items/s")


def state() -> Finding:
    """The folder where servers write their records and passwords."""
    from factorion_cli.servers.state_folder import state_folder

    try:
        folder = state_folder()
    except OSError as error:
        return Finding("folder for state", "broken", str(error), "set FACTORION_STATE to a folder of your own")
    if _is_writable(folder):
        return Finding("folder for state", "ok", str(folder))
    return Finding("folder for state", "broken", f"{folder} cannot be written to", "set FACTORION_STATE to another one")


def embedded() -> Iterator[Finding]:
    """The embedded server answers, in both versions."""
    from factorion_cli.servers.api import VERSIONS
    from factorion_cli.servers.live import LiveServer
    from factorion_cli.servers.resident import ResidentTransport
    from factorion_cli.servers.serving import EmbeddedOptions

    for version in VERSIONS:
        name = f"embedded server {version}"
        try:
            with LiveServer(ResidentTransport(EmbeddedOptions(version).start())) as live:
                operations = len(live.hello.operations)
                yield Finding(name, "ok", f"answers as {live.hello.factorio}, {operations} operations")
        except (FactorionError, ImportError) as error:
            yield Finding(name, "broken", str(error), "pip install --force-reinstall lupa; then `factorion mod check`")


def mod() -> Finding:
    """The mod can be packed for both versions, and nothing wrong is found in it."""
    from factorion_cli.servers.api import VERSIONS
    from factorion_cli.servers.modding import check, mod_folder, packed

    try:
        names = {packed(mod_folder(), version)[0] for version in VERSIONS}
        faults = check(mod_folder())
    except FactorionError as error:
        return Finding("mod", "broken", str(error), "install factorion again")
    if faults:
        return Finding("mod", "broken", f"{len(faults)} faults, first {faults[0]}", "factorion mod check")
    return Finding("mod", "ok", f"{', '.join(sorted(names))} packs for {' and '.join(VERSIONS)}, no faults found")
