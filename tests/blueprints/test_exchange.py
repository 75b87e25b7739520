import base64
import json
import textwrap
import zlib

import pytest

from factorion_cli.blueprints import decode
from factorion_cli.blueprints.exchange import find_strings, pack
from factorion_cli.errors import BlueprintError
from tests.blueprints.handmade import belt_line, line_string


def test_packing_and_decoding_give_the_document_back() -> None:
    document = belt_line(label="Eisen für 铁 [item=iron-plate]")
    assert decode(pack(document)) == document


def test_white_space_a_mark_of_order_and_lost_padding_do_no_harm() -> None:
    text = line_string(5)
    wrapped = "\ufeff  " + "\r\n".join(textwrap.wrap(text.rstrip("="), 76)) + "\r\n"
    assert decode(wrapped) == decode(text)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: "", "is empty"),
        (lambda text: "1" + text[1:], "unknown version byte '1'"),
        (lambda text: text[:-20] + "=" * 3, "truncated"),
        (lambda text: text[:21] + "!" + text[22:], "base64 is damaged"),
        (lambda text: text[:22], "base64 is cut off"),
        (lambda text: "0eNrA" + text[5:], "zlib data is damaged"),
        (lambda text: "0" + base64.b64encode(b"not zlib at all").decode(), "zlib data is damaged"),
        (lambda text: "0" + base64.b64encode(zlib.compress(b"{'no': json}")).decode(), "does not hold JSON"),
        (lambda text: "0" + base64.b64encode(zlib.compress(b"[1, 2]")).decode(), "a JSON list, expected an object"),
    ],
)
def test_damage_is_named(damage, reason) -> None:
    with pytest.raises(BlueprintError, match=reason):
        decode(damage(line_string(4)))


def test_a_string_that_unpacks_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("factorion_cli.blueprints.exchange.MAX_JSON_BYTES", 10_000)
    bomb = "0" + base64.b64encode(zlib.compress(json.dumps({"a": "x" * 1_000_000}).encode())).decode()
    with pytest.raises(BlueprintError, match="more than 10,000 bytes of JSON"):
        decode(bomb)


def test_deeply_nested_json_is_refused_not_fatal() -> None:
    nested = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    with pytest.raises(BlueprintError, match="nested too deeply"):
        decode("0" + base64.b64encode(zlib.compress(nested)).decode())


def test_strings_are_found_in_markdown_and_source_code() -> None:
    one, two, three = (line_string(length) for length in (3, 4, 5))
    text = f'# Title 0e1f\n\n```\n{one}\n```\nSee `{two}`.\nconst s = "{three}"; // sha 0e9c8b7a6d5e4f3a2b1c0d9e8f\n'
    assert list(find_strings(text)) == [one, two, three]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_wrapped_strings_are_joined_and_neighbours_kept_apart(newline: str) -> None:
    one, two = line_string(20), line_string(30)
    text = newline.join(["intro", *textwrap.wrap(one, 76), *textwrap.wrap(two, 76), "Outro", ""])
    assert list(find_strings(text)) == [one, two]


def test_strings_one_per_line_stay_single() -> None:
    strings = [line_string(length) for length in range(3, 9)]
    assert list(find_strings("\n".join(strings))) == strings


def test_text_after_a_truncated_string_does_not_hide_the_next_string() -> None:
    whole = line_string(9)
    found = list(find_strings(f"{whole[:40]}\n{whole}\n"))
    assert found[-1] == whole
    assert len(found) == 2


def test_a_text_of_base64_only_is_a_string_whatever_it_begins_with() -> None:
    assert list(find_strings("  0qqqVkrKKU0tKMrMK1GyqlbK\n")) == ["0qqqVkrKKU0tKMrMK1GyqlbK"]
    assert list(find_strings("Hello there, no blueprint here")) == []
