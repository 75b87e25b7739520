"""The mod on the embedded server, in both versions and with what the game leaves open going either way."""

from __future__ import annotations

import pytest

from tests.mod.client import Client

VARIANTS = {
    "2.0": {"version": "2.0"},
    "2.1": {"version": "2.1"},
    "2.1-endpoints-by-script": {"version": "2.1", "keeps_endpoints": False},
    "2.0-reversed-pairs": {"version": "2.0", "reversed_pairs": True},
    "2.1-one-shot-walking": {"version": "2.1", "latched_walking": False},
}


@pytest.fixture(params=VARIANTS.values(), ids=VARIANTS)
def client(request):
    """A client that has said hello."""
    return Client(**request.param)


@pytest.fixture
def plain():
    """A client of one kind, for what no variant can change."""
    return Client()
