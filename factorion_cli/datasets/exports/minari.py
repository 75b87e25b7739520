"""Demonstrations in Minari's HDF5 layout: one episode per building order.

    FOLDER/factorion/NAME/CONFIG-SPLIT-v0/data/
      main_data.hdf5   /episode_0/{observations/{grid,hand,steps_left},actions,rewards,terminations,truncations}
      metadata.json    spaces, the environment, counts

With MINARI_DATASETS_PATH=FOLDER, `minari.load_dataset("factorion/NAME/CONFIG-SPLIT-v0")` opens it. Observations,
actions and rewards are those of `factorion/MissingEntity-v0`: the improvement over the start, paid at the end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from factorion_cli.arrays import AnyArray
from factorion_cli.datasets.epoch_plan import find_groups
from factorion_cli.datasets.exports.episodes import Episode, episodes
from factorion_cli.datasets.filters import Condition
from factorion_cli.datasets.manifest import DatasetInfo
from factorion_cli.datasets.schema import CONFIGS, SPLITS
from factorion_cli.errors import DatasetError
from factorion_cli.factory.tensor import CHANNELS
from factorion_cli.factory.vocabulary import Vocabulary

if TYPE_CHECKING:
    import h5py

ENVIRONMENT = "factorion/MissingEntity-v0"
_ENTRY_POINT = "factorion_cli.environments.missing_entity:MissingEntityEnv"
_MINARI_VERSION = "0.5.4"
_LEAST_SIDE = 16  # holds the environment's built-in tasks, so that Minari can recover it


def export_minari(
    info: DatasetInfo,
    folder: Path,
    name: str,
    configs: Sequence[str] = CONFIGS,
    splits: Sequence[str] = SPLITS,
    conditions: Sequence[Condition] = (),
    tell: Callable[[int], None] = lambda _: None,
) -> list[str]:
    """Write one Minari dataset per config and split below `folder`; their ids.

    `tell` is called with the number of episodes written so far.

    Raises:
        DatasetError: nothing is left, or a shard is damaged.
    """
    wanted = [(config, split) for config in configs for split in splits if info.shards_of(config, split)]
    found = {part: find_groups(info, part[1], part[0], conditions, None) for part in wanted}
    found = {part: groups for part, groups in found.items() if groups.groups}
    if not found:
        raise DatasetError(f"{info.path} has no task to export that fits: wanted {', '.join(map(str, conditions))}")
    largest = [side for groups in found.values() for side in groups.largest]
    side = max(_LEAST_SIDE, *largest)
    ids: list[str] = []
    written = 0
    for (config, split), groups in found.items():
        ids.append(f"factorion/{_slug(name)}/{config}-{split}-v0")
        data = folder / ids[-1] / "data"
        data.mkdir(parents=True)
        played = _told(episodes(info, split, groups.groups, side), written, tell)
        written += _write(data, ids[-1], info, played, side)
    return ids


def _told(played: Iterator[Episode], before: int, tell: Callable[[int], None]) -> Iterator[Episode]:
    for number, episode in enumerate(played, start=before + 1):
        yield episode
        tell(number)


def _slug(name: str) -> str:
    return re.sub(r"[^\w-]+", "-", name).strip("-") or "tasks"


def _write(data: Path, dataset_id: str, info: DatasetInfo, played: Iterator[Episode], side: int) -> int:
    """Write one dataset; the number of its episodes."""
    import h5py

    steps = count = 0
    with h5py.File(data / "main_data.hdf5", "w", track_order=True) as file:
        for count, episode in enumerate(played, start=1):
            group = file.create_group(f"episode_{count - 1}")
            group.attrs.update({"id": count - 1, "total_steps": len(episode.actions), **episode.about})
            _write_episode(group, episode)
            steps += len(episode.actions)
    metadata = {
        "dataset_id": dataset_id,
        "minari_version": _MINARI_VERSION,
        "data_format": "hdf5",
        "jpeg_encoding": False,
        "total_episodes": count,
        "total_steps": steps,
        "dataset_size": round((data / "main_data.hdf5").stat().st_size / 1e6, 1),
        "observation_space": json.dumps(_observation_space(info, side)),
        "action_space": json.dumps(_action_space(info, side)),
        "env_spec": _env_spec(side),
        "algorithm_name": "the reference, put back in a builder's order",
        "description": f"Missing entities of Factorio factories put back; fingerprint {info.fingerprint}",
    }
    (data / "metadata.json").write_text(json.dumps(metadata) + "\n", encoding="utf-8")
    return count


def _write_episode(group: h5py.Group, episode: Episode) -> None:
    def array(name: str, values: AnyArray) -> None:
        group.create_dataset(name, data=values, compression="gzip", compression_opts=4, shuffle=True)

    for name in ("grid", "hand", "steps_left"):
        array(f"observations/{name}", getattr(episode, name))
    array("actions", episode.actions)
    array("rewards", episode.rewards)
    array("terminations", episode.terminations)
    array("truncations", np.zeros(len(episode.actions), np.bool_))


def _observation_space(info: DatasetInfo, side: int) -> dict[str, Any]:
    """The environment's, in Minari's JSON."""
    entities = Vocabulary.from_json(info.vocabulary).n_entities
    shapes = {"grid": (len(CHANNELS), side, side), "hand": (entities,), "steps_left": (1,)}
    most = np.iinfo(np.int16).max
    boxes = {
        name: {
            "type": "Box",
            "dtype": "int16",
            "shape": list(shape),
            "low": np.zeros(shape, np.int16).tolist(),
            "high": np.full(shape, most, np.int16).tolist(),
        }
        for name, shape in shapes.items()
    }
    return {"type": "Dict", "subspaces": boxes}


def _action_space(info: DatasetInfo, side: int) -> dict[str, Any]:
    vocabulary = Vocabulary.from_json(info.vocabulary)
    heads = [vocabulary.n_entities, side * side, 4, 3, vocabulary.n_contents]
    return {"type": "MultiDiscrete", "dtype": "int64", "nvec": heads, "start": [0] * len(heads)}


def _env_spec(side: int) -> str:
    from gymnasium.envs.registration import EnvSpec

    return str(EnvSpec(ENVIRONMENT, entry_point=_ENTRY_POINT, kwargs={"window": [side, side]}).to_json())
