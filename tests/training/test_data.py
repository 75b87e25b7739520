from dataclasses import replace

import pytest

from factorion_cli.datasets import DatasetInfo, TaskWriter
from factorion_cli.datasets.manifest import content_fingerprint, count_rows
from factorion_cli.environments import builtin_tasks
from factorion_cli.errors import DatasetError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.training.data import TrainingData
from factorion_cli.training.examples import ExamplePool


@pytest.fixture
def dataset(tmp_path):
    """The built-in tasks on disk, the last one kept for validation."""
    *train, last = builtin_tasks()
    with TaskWriter(tmp_path, 100) as writer:
        writer.write("train", train)
        writer.write("validation", [last])
    info = DatasetInfo(
        path=tmp_path,
        shards=writer.shards,
        counts=count_rows(writer.shards),
        seed=0,
        settings={},
        vocabulary=default_vocabulary().to_json(),
        game_version="2.1.20",
        tool_version="0",
        fingerprint=content_fingerprint(writer.shards),
    )
    info.save()
    return info


def test_the_train_split_is_drawn_from_and_the_validation_split_is_kept(dataset):
    data = TrainingData.read({dataset.path: 1.0})
    (part,) = data.parts
    assert part.orders is None
    assert [reference.factory.id for reference in part.pool.references] == ["line", "corner", "underground", "unload"]
    assert [removal.missing for removal in part.pool.removals] == [task.missing for task in builtin_tasks()[:4]]
    assert [task.id for task in data.validation] == ["builtin-gears"]
    assert data.about["datasets"][0]["fingerprint"] == dataset.fingerprint


def test_a_folder_without_tasks_is_refused(tmp_path):
    with pytest.raises(DatasetError):
        TrainingData.read({tmp_path: 1.0})


def test_factories_with_unknown_names_are_left_out():
    tasks = builtin_tasks()
    source = replace(tasks[0].reference.sources[0], item="parameter-0")
    broken = replace(tasks[0], reference=replace(tasks[0].reference, sources=(source,)))
    pool = ExamplePool.of([broken, *tasks[1:]])
    assert len(pool.references) == len(pool.removals) == 4
