"""The two pictures: what stands in them, and that the same factory gives the same bytes."""

from pathlib import Path

import pytest

from factorion_cli.errors import UsageError
from factorion_cli.factory import Factory
from factorion_cli.simulation import SimulationResult, throughput
from factorion_cli.simulation.pictures import write_flow_picture, write_heat_map
from factorion_cli.simulation.pictures.heat_map import DENSITIES, colour_of
from tests.simulation.judging import factory, results


def _simulated(case_id: str) -> tuple[Factory, SimulationResult]:
    design = factory(case_id)
    return design, throughput([design], details=True)[0]


def test_the_flow_picture_names_parties_items_and_rates(tmp_path: Path) -> None:
    write_flow_picture(*_simulated("line-gear-am1"), tmp_path / "gear.svg", title="gears")
    text = (tmp_path / "gear.svg").read_text(encoding="utf-8")
    for words in ("gears", "1 x assembling-machine-1", "iron-plate 0.8", "iron-gear-wheel 0.4", "% busy"):
        assert words in text


@pytest.mark.parametrize("write", [write_flow_picture, write_heat_map])
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_factory_gives_the_same_bytes(write, suffix: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.{suffix}" for name in ("one", "two")]
    for path in paths:
        write(*_simulated("line-circuit-am2-3arms"), path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths}


@pytest.mark.parametrize("write", [write_flow_picture, write_heat_map])
def test_without_details_nothing_is_drawn(write, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="details=True"):
        write(factory("line-gear-am1"), results()["line-gear-am1"], tmp_path / "no.png")
    assert not list(tmp_path.iterdir())


def test_a_factory_in_which_nothing_flows_is_drawn_all_the_same(tmp_path: Path) -> None:
    empty = Factory(2, 2, id="empty")
    (result,) = throughput([empty], details=True)
    write_flow_picture(empty, result, tmp_path / "flow.svg")
    write_heat_map(empty, result, tmp_path / "belts.svg")
    assert "nothing flows" in (tmp_path / "flow.svg").read_text(encoding="utf-8")


def test_full_lanes_are_red_and_as_thick_as_they_flow(tmp_path: Path) -> None:
    write_heat_map(*_simulated("belt-straight-yellow"), tmp_path / "belt.svg")
    text = (tmp_path / "belt.svg").read_text(encoding="utf-8")
    assert f'stroke="{DENSITIES[-1][1]}" stroke-width="0.36"' in text
    assert "items/s on a lane" in text
    assert "7.5" in text


def test_densities_have_the_colours_of_the_legend_and_mixtures_between() -> None:
    assert [colour_of(density) for density, _ in DENSITIES] == [colour for _, colour in DENSITIES]
    assert colour_of(0.5) not in {colour for _, colour in DENSITIES}


def test_labels_in_any_script_and_with_any_sign_are_drawn(tmp_path: Path) -> None:
    write_flow_picture(*_simulated("line-gear-am1"), tmp_path / "odd.png", title="[item=coal] 未命名 $x$ \n tab\t")
    write_flow_picture(*_simulated("line-gear-am1"), tmp_path / "odd.svg", title="[item=coal] 未命名 $x$")
    assert "未命名 $x$" in (tmp_path / "odd.svg").read_text(encoding="utf-8")
