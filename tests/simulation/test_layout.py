"""What of a world decides its future."""

from factorion_cli.simulation.layout import ARM, COUNTED, FIXED, STATE, WorldArrays, state_words


def test_every_array_of_a_world_is_state_counted_or_fixed() -> None:
    named = [*STATE, "slots", *COUNTED, *FIXED]
    assert sorted(named) == sorted(name for name in WorldArrays._fields if not name.startswith("first_"))
    assert len(set(named)) == len(named)


def test_every_array_of_state_says_where_factories_begin() -> None:
    assert {state.first for state in STATE.values()} <= set(WorldArrays._fields)


def test_ignored_fields_exist() -> None:
    for state in STATE.values():
        assert set(state.ignored.split()) <= set(state.kind.fields or ())


def test_an_arms_counters_are_no_state_and_its_timer_is() -> None:
    assert ARM.fields is not None
    words = set(state_words("arms").tolist())
    assert ARM.fields["timer"][1] // 4 in words
    assert not words & {ARM.fields["moved"][1] // 4, ARM.fields["moved"][1] // 4 + 1}
