"""Which poles give power to what, and which of them nothing needs."""

from factorion_cli.design.poles import unpowered, without_spares
from factorion_cli.factory import Entity, Factory, Power

ROW = Factory(30, 3, tuple(Entity("inserter", x, 0, 4) for x in (1, 8, 15)), power=Power("poles"))


def _poles(*columns: int) -> Factory:
    return ROW.adding(*(Entity("small-electric-pole", x, 1) for x in columns))


def test_a_pole_reaches_two_tiles_and_a_wire_seven_and_a_half():
    assert list(unpowered(_poles(1, 8, 15))) == []
    assert list(unpowered(_poles(3, 10, 15))) == []
    assert list(unpowered(_poles(4, 10, 15))) == ["inserter at 1,0 has no power"]
    assert list(unpowered(_poles(1, 9, 15))) == ["2 poles are not wired to the others"]


def test_power_that_is_everywhere_needs_no_pole():
    assert list(unpowered(Factory(30, 3, ROW.entities))) == []


def test_a_pole_that_others_stand_in_for_goes_and_one_that_carries_on_stays():
    assert without_spares(_poles(1, 2, 8, 15), 3) == _poles(2, 8, 15)
    needed = _poles(1, 8, 15)
    assert without_spares(needed, 3) == needed
    bridge = Factory(30, 3, (ROW.entities[0], ROW.entities[2]), power=Power("poles"))
    bridge = bridge.adding(*(Entity("small-electric-pole", x, 1) for x in (1, 8, 15)))
    assert without_spares(bridge, 2) == bridge


def test_a_pole_that_stood_there_stays():
    standing = _poles(1, 2, 8, 15)
    assert without_spares(standing, 7) == standing
