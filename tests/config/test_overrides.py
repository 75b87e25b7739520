import pytest

from factorion_cli.config import BCConfig, load_config
from factorion_cli.errors import UsageError


def test_flags_win_over_overrides_and_overrides_over_files(tmp_path):
    file = tmp_path / "bc.toml"
    file.write_text("batch_size = 8\nlr = 0.01\nsteps = 5\n[network]\nchannels = 16\nhidden = 32\n")
    config = load_config(BCConfig, ["lr=0.02", "network.hidden=64", str(file)], {"steps": 7, "seed": None})
    assert (config.batch_size, config.lr, config.steps, config.seed) == (8, 0.02, 7, 0)
    assert (config.network.channels, config.network.hidden) == (16, 64)


def test_none_unsets_a_default():
    config = load_config(BCConfig, ["max_minutes=none", "steps=3"])
    assert config.max_minutes is None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("stepz=3", "no configuration key is called 'stepz'"),
        ("network.width=3", "no configuration key is called 'network.width'"),
        ("lr=fast", "'lr' is 'fast'"),
        ("batch_size=0", "'batch_size' is 0"),
        ("deterministic=true", "deterministic needs steps"),
        ("max_minutes=none", "training would never end"),
        ("nowhere.toml", "cannot read the configuration nowhere.toml"),
    ],
)
def test_what_is_wrong_is_named(source, message):
    with pytest.raises(UsageError, match=message):
        load_config(BCConfig, [source])


def test_a_value_is_not_a_table():
    with pytest.raises(UsageError, match="'seed' is a value, not a table"):
        load_config(BCConfig, ["seed=1", "seed.more=1"])


def test_broken_toml_is_named(tmp_path):
    file = tmp_path / "bc.toml"
    file.write_text("steps = = 3")
    with pytest.raises(UsageError, match=r"bc\.toml is not TOML"):
        load_config(BCConfig, [str(file)])
