import json
from pathlib import Path

import pytest
import torch

from factorion_cli.errors import DataError
from factorion_cli.factory.vocabulary import default_vocabulary
from factorion_cli.policies.bundled import BUNDLED, bundled_folder
from factorion_cli.policies.checkpoints import export_policy, load_policy, policy_folder, save_policy
from factorion_cli.policies.network import NetworkConfig, PolicyNetwork

SMALL = NetworkConfig(channels=12, blocks_in=1, blocks_middle=1, blocks_out=1, attention_blocks=1, heads=3, hidden=24)


@pytest.fixture(scope="module")
def network():
    return PolicyNetwork(default_vocabulary(), SMALL)


def test_a_policy_comes_back_from_disk_with_the_same_bits(tmp_path, network):
    save_policy(tmp_path / "policy", network)
    loaded = load_policy(tmp_path)
    assert loaded.config == SMALL
    for name, weight in network.state_dict().items():
        assert torch.equal(weight, loaded.state_dict()[name])


def test_the_same_weights_are_the_same_bytes(tmp_path, network):
    for name in ("one", "other"):
        save_policy(tmp_path / name, network)
    for file in ("model.safetensors", "config.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()


def test_whoever_may_read_a_new_file_may_read_the_weights(tmp_path, network):
    save_policy(tmp_path / "policy", network)
    (tmp_path / "plain").touch()
    modes = {path.stat().st_mode for path in (tmp_path / "plain", *(tmp_path / "policy").iterdir())}
    assert len(modes) == 1


def test_a_run_means_its_best_checkpoint(tmp_path, network):
    for step in ("00000001", "00000002"):
        save_policy(tmp_path / "checkpoints" / step / "policy", network)
    (tmp_path / "last").write_text("checkpoints/00000002\n")
    assert policy_folder(tmp_path) == tmp_path / "checkpoints/00000002/policy"
    (tmp_path / "best").write_text("checkpoints/00000001\n")
    assert policy_folder(tmp_path) == tmp_path / "checkpoints/00000001/policy"


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(DataError, match="holds no policy; expected a run"):
        load_policy(tmp_path / "nowhere")


def test_weights_of_other_prototypes_are_refused(tmp_path, network):
    save_policy(tmp_path / "policy", network)
    path = tmp_path / "policy" / "config.json"
    about = json.loads(path.read_text())
    about["vocabulary"]["items"].append("unobtainium")
    path.write_text(json.dumps(about))
    with pytest.raises(DataError, match="train it again"):
        load_policy(tmp_path)


def test_damage_is_named(tmp_path, network):
    save_policy(tmp_path / "policy", network)
    weights = tmp_path / "policy" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(DataError, match="does not hold the weights"):
        load_policy(tmp_path)
    (tmp_path / "policy" / "config.json").write_text('{"format_version": 9}')
    with pytest.raises(DataError, match="has format version 9"):
        load_policy(tmp_path)


def test_an_exported_policy_takes_half_the_bytes_and_decides_the_same(tmp_path, network):
    save_policy(tmp_path / "run" / "policy", network)
    export_policy(tmp_path / "run", tmp_path / "half")
    whole, half = (
        (folder / "model.safetensors").stat().st_size for folder in (tmp_path / "run" / "policy", tmp_path / "half")
    )
    assert half < 0.6 * whole
    for name, weight in load_policy(tmp_path / "half").state_dict().items():
        assert weight.dtype == torch.float32
        assert torch.allclose(weight, network.state_dict()[name], rtol=1e-3, atol=1e-6)


def test_weights_that_float16_cannot_hold_are_not_exported(tmp_path, network):
    weights = {name: weight.clone() for name, weight in network.state_dict().items()}
    weights["content_bias"][0] = 1e6
    save_policy(tmp_path / "run" / "policy", network, weights)
    with pytest.raises(DataError, match="content_bias has weights beyond"):
        export_policy(tmp_path / "run", tmp_path / "half")
    assert not (tmp_path / "half").exists()


def test_a_folder_that_has_the_name_of_a_bundled_policy_is_meant_itself(tmp_path, network, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert policy_folder(Path("builder")) == bundled_folder("builder")
    save_policy(tmp_path / "builder", network)
    assert policy_folder(Path("builder")) == Path("builder")


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_policies_load_and_are_small(name):
    assert sum(parameter.numel() for parameter in load_policy(Path(name)).parameters()) > 100_000
    assert sum(path.stat().st_size for path in bundled_folder(name).iterdir()) < 5e6
