"""Damaged and hostile input, made from prints of our own: `python -m tests.blueprints.mutants --count 10000`.

Bits flipped, ends cut off, values replaced by hostile ones (huge, endless, nested, of another type), and bombs: little
input that would become much. Prints as JSON how many became prints, why the others did not, the slowest and the peak of
memory; ends with an error, which names the seed of the mutant, at the first that raises anything.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import random
import resource
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from factorion_cli.blueprints import Print, as_factory, decode, read_prints
from factorion_cli.blueprints.exchange import find_strings, pack
from factorion_cli.blueprints.reader import read_stream
from factorion_cli.factory import Factory
from tests.blueprints.handmade import V0_16, V1_1, belt_line, blueprint, book, entity

STARTER = Path(__file__).parents[2] / "datasets" / "starter" / "blueprints"
MEMORY_BYTES = 2 << 30
MIB = 1 << 20

HOSTILE: tuple[Any, ...] = (
    None, True, 0, -1, 7, 1e308, float("nan"), float("inf"), 10**30, 10**4000, "", "x" * 5000, "\0", "\ud800", [], {},
    [[]], {"name": {"name": {}}}, {"x": "0", "y": []}, [1, 2, 3], "transport-belt",
    {"factorion": {"sources": [{"index": 1e99}]}},
)  # fmt: skip


def seeds() -> list[dict[str, Any]]:
    """Small documents with many kinds of fields, of several versions of the game."""
    machine = entity("assembling-machine-2", 4.5, 1.5, recipe="iron-gear-wheel", items={"speed-module": 2})
    arm = entity(
        "filter-inserter", 2.5, 1.5, direction=2, filters=[{"index": 1, "name": "coal"}], connections={"1": {}}
    )
    documents = [
        belt_line(12, label="line", version=V1_1),
        blueprint(machine, arm, version=V1_1),
        blueprint(machine | {"items": [{"item": "speed-module", "count": 1}]}, arm, version=V0_16),
        book(belt_line(2), book(blueprint(machine)), label="outer"),
        {"upgrade_planner": {"settings": {}}},
    ]
    strings = [text for path in sorted(STARTER.glob("*.txt")) for text in find_strings(path.read_text("utf-8"))]
    return documents + [document for document in map(decode, strings[::12]) if len(json.dumps(document)) < 20_000]


def mutant(seed: int, documents: list[dict[str, Any]]) -> tuple[str, bytes]:
    """One piece of input, named by how it was made."""
    draw = random.Random(seed)
    if seed % 500 == 0:
        return BOMBS[seed // 500 % len(BOMBS)]()
    document = (
        _hostile(json.loads(json.dumps(draw.choice(documents))), draw)
        if draw.random() < 0.6
        else draw.choice(documents)
    )
    name, form = draw.choice(FORMS)
    content = form(document)
    if draw.random() < 0.6:
        damage = draw.choice((_flipped, _cut, _doubled))
        return f"{name}, {damage.__name__}", damage(content, draw)
    return name, content


def _hostile(document: Any, draw: random.Random) -> Any:
    """The document with one to three values, anywhere in it, replaced, copied elsewhere or taken away."""
    for _ in range(draw.randint(1, 3)):
        node, depth = document, draw.randint(1, 9)
        while depth and isinstance(node, (dict, list)) and node:
            key = draw.choice(list(node)) if isinstance(node, dict) else draw.randrange(len(node))
            inner = node[key]
            if depth == 1 or not isinstance(inner, (dict, list)) or not inner:
                value = draw.choice((draw.choice(HOSTILE), _nested(draw.randint(1, 250)), [inner] * 3))
                node[key] = json.loads(json.dumps(value))
                break
            node, depth = inner, depth - 1
    return document


def _nested(depth: int) -> Any:
    value: Any = {}
    for _ in range(depth):
        value = {"blueprint_book": {"blueprints": [value]}}
    return value


def _flipped(content: bytes, draw: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 8)):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _cut(content: bytes, draw: random.Random) -> bytes:
    start, end = sorted((draw.choice((0, draw.randrange(len(content)))), draw.randrange(1, len(content) + 1)))
    return content[start:end]


def _doubled(content: bytes, draw: random.Random) -> bytes:
    place = draw.randrange(len(content))
    return content[:place] + content[place // 2 :]


def _json(document: Any) -> bytes:
    return json.dumps(document).encode()


def _string(document: Any) -> bytes:
    return _packed(_json(document))


def _packed(*pieces: bytes, repeated: int = 1) -> bytes:
    """An exchange string of JSON in pieces, of which the middle ones are repeated without ever being in memory."""
    packer = zlib.compressobj(1)
    first, *middle = pieces
    *middle, last = middle or [b""]
    packed = [packer.compress(first)]
    packed += [packer.compress(piece) for _ in range(repeated) for piece in middle]
    packed += [packer.compress(last), packer.flush()]
    return b"0" + base64.b64encode(b"".join(packed))


def _lines(document: Any) -> bytes:
    return b"\n".join([_json(document), _json({"title": "x", "blueprint": pack(belt_line())}), _json(document)])


def _dump(document: Any) -> bytes:
    return _json([{"title": "x", "data": _string(document).decode()}, document, {"deep": {"er": document}}])


def _archive(document: Any) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", _string(document))
        archive.writestr("b/c.json", _json(document))
    return raw.getvalue()


FORMS: tuple[tuple[str, Callable[[Any], bytes]], ...] = (
    ("string", _string), ("string", _string), ("string", _string), ("json", _json), ("lines", _lines), ("dump", _dump),
    ("page", lambda document: b"# Title\n```\n" + _string(document) + b"\n```\n"),
    ("utf-16", lambda document: _string(document).decode().encode("utf-16")),
    ("zip", _archive),
)  # fmt: skip

BOMBS: tuple[Callable[[], tuple[str, bytes]], ...] = (
    lambda: ("bomb of spaces", _packed(b'{"blueprint":', b" " * MIB, b"{}}", repeated=300)),
    lambda: ("bomb of lists", _packed(b"[", b"[]," * MIB, b"1]", repeated=20)),
    lambda: ("bomb of entities", _packed(b'{"blueprint":{"entities":[', b"{}," * 1000, b"{}]}}", repeated=1000)),
    lambda: ("million belts", _packed(b'{"blueprint":{"entities":[', _BELT * 1000, b"{}]}}", repeated=999)),
    lambda: ("deep lists", _packed(b"[" * 1_000_000)),
    lambda: ("deep lists, plain", b"[" * 3_000_000),
    lambda: ("deep books", _string(_nested(300))),
    lambda: ("long number", _packed(b'{"blueprint":{"version":' + b"9" * 5_000_000 + b"}}")),
    lambda: ("long line", b'{"a": "' + b"x" * (70 * MIB) + b'"}\n{"b": 1}\n'),
    lambda: ("long text", b"0eNq" + b"A" * (70 * MIB)),
    lambda: ("long quote", b'["' + b"\\\\" * (35 * MIB)),
    lambda: ("zip bomb", _zip_bomb()),
)
_BELT = b'{"name":"transport-belt","position":{"x":0,"y":0}},'


def _zip_bomb() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"0" * (200 * MIB))
    return raw.getvalue()


def outcomes(name: str, content: bytes, folder: Path) -> Counter[str]:
    """What a mutant gives: `factory`, or kinds of reasons."""
    if name.startswith("zip"):
        path = folder / "mutant.zip"
        path.write_bytes(content)
        found = read_prints(path)
    else:
        found = read_stream(io.BytesIO(content), "mutant")
    counts: Counter[str] = Counter()
    for part in found:
        outcome = as_factory(part) if isinstance(part, Print) else part
        if isinstance(outcome, Factory):
            counts["factory"] += 1
        else:
            assert outcome.reason
            assert len(outcome.reason) < 2000
            counts[outcome.kind] += 1
    assert counts
    return counts


def main() -> None:
    """Read the mutants and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first mutant")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    documents = seeds()
    counts: Counter[str] = Counter()
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seed, options.seed + options.count):
            name, content = mutant(seed, documents)
            began = time.process_time()
            try:
                counts += outcomes(name, content, Path(folder))
            except BaseException as error:
                raise RuntimeError(f"mutant {seed} ({name}) raised {type(error).__name__}") from error
            slowest = max(slowest, (time.process_time() - began, f"{seed} ({name})"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    json.dump({"outcomes": counts, "slowest": slowest, "peak_mib": peak}, sys.stdout)


if __name__ == "__main__":
    main()
