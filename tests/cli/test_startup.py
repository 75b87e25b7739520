"""A command answers fast because nothing heavy is imported before it is needed."""

import subprocess
import sys

HEAVY = {"torch", "numba", "draftsman", "pyarrow", "h5py", "matplotlib", "PIL", "yaml", "gymnasium", "datasets"}


def _modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not HEAVY & _modules_after("import factorion_cli")


def test_the_command_line_is_ready_without_anything_heavy() -> None:
    loaded = _modules_after("import factorion_cli.cli.app")
    assert not HEAVY & loaded
    assert "numpy" not in loaded
