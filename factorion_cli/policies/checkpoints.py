"""Policies on disk.

    runs/<name>/
      last, best              each names a checkpoint: "checkpoints/00000400"
      checkpoints/<step>/
        policy/
          config.json         format version, sizes of the network, vocabulary
          model.safetensors   weights; one JSON text under the metadata key "factorion"
        training_state/       what `--resume` needs (see `training.run_folder`)

Nothing here is a pickle.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch import Tensor

from factorion_cli.errors import DataError
from factorion_cli.factory.vocabulary import Vocabulary, default_vocabulary
from factorion_cli.policies.bundled import BUNDLED, bundled_folder
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork

FORMAT_VERSION = 1
METADATA_KEY = "factorion"


def save_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write tensors with one JSON text beside them; the same input gives the same bytes."""
    text = json.dumps(about, sort_keys=True)
    whole = {name: tensors[name].detach().cpu().contiguous() for name in sorted(tensors)}
    # Not `save_file`: that keeps the file from everybody but its owner, and tells of a full disk in words alone.
    path.write_bytes(save(whole, {METADATA_KEY: text}))


def save_policy(folder: Path, network: PolicyNetwork, weights: dict[str, Tensor] | None = None) -> None:
    """Write a policy into `folder`, made anew; `weights` instead of the network's own when given (averaged ones)."""
    folder.mkdir(parents=True)
    about = {
        "format_version": FORMAT_VERSION,
        "network": network.config.to_json(),
        "vocabulary_fingerprint": network.vocabulary.fingerprint,
    }
    save_tensors(folder / "model.safetensors", weights or network.state_dict(), about)
    text = json.dumps(about | {"vocabulary": network.vocabulary.to_json()}, indent=1) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8")


def export_policy(path: Path, folder: Path) -> Path:
    """Write the policy that `path` means into `folder`, made anew, with half the bytes: weights as float16.

    The weights are those of networks that calculate in bfloat16, which keeps 8 bits of each; float16 keeps 11.

    Raises:
        DataError: no policy there, or weights beyond what float16 holds.
    """
    network = load_policy(path)
    half = {name: weight.half() for name, weight in network.state_dict().items()}
    if beyond := [name for name, weight in half.items() if not bool(weight.isfinite().all())]:
        raise DataError(f"{path} cannot be kept in float16: {', '.join(beyond)} has weights beyond 65504")
    whole_or_not = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(whole_or_not, ignore_errors=True)
    save_policy(whole_or_not, network, half)
    return whole_or_not.rename(folder)


def load_policy(path: Path) -> PolicyNetwork:
    """The network of a run (its best checkpoint), of a checkpoint, of a `policy/` folder or of a bundled policy.

    Raises:
        DataError: nothing there, a damaged file, or a checkpoint made with other prototypes.
    """
    folder = policy_folder(path)
    about = _read_config(folder / "config.json")
    vocabulary = Vocabulary.from_json(about["vocabulary"])
    if vocabulary.fingerprint != default_vocabulary().fingerprint:
        raise DataError(
            f"{folder} was trained with prototypes of game {vocabulary.game_version} (vocabulary "
            f"{vocabulary.fingerprint}), this factorion has {default_vocabulary().fingerprint}; train it again"
        )
    try:
        network = PolicyNetwork(vocabulary, NetworkConfig.from_json(about["network"]))
        network.load_state_dict(load_file(folder / "model.safetensors"))
    except (OSError, SafetensorError, RuntimeError, TypeError) as error:
        raise DataError(f"{folder} does not hold the weights that its config.json describes: {error}") from error
    return network.eval()


def policy_folder(path: Path) -> Path:
    """Where the policy lies that `path` means: a run, a checkpoint, the folder itself or, where none stands, a name.

    Raises:
        DataError: it means none.
    """
    if not path.exists() and (bundled := bundled_folder(str(path))) is not None:
        return bundled
    for name in ("best", "last"):
        link = path / name
        if link.is_file():
            path = path / link.read_text(encoding="utf-8").strip()
            break
    for folder in (path / "policy", path):
        if (folder / "config.json").is_file() and (folder / "model.safetensors").is_file():
            return folder
    raise DataError(
        f"{path} holds no policy; expected a run of `factorion train-bc`, one of its checkpoints, a policy/ folder, "
        f"or one that is bundled: {', '.join(BUNDLED)}"
    )


def _read_config(path: Path) -> dict[str, Any]:
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {path}: {error}") from error
    version = about.get("format_version") if isinstance(about, dict) else None
    if version != FORMAT_VERSION:
        raise DataError(f"{path} has format version {version!r}, this factorion reads {FORMAT_VERSION}")
    return dict(about)
