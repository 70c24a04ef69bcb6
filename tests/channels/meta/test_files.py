"""Fetching what somebody sent: two steps by an id, one by an address; only from listed hosts, counted as it comes."""

import base64
import hashlib

import pytest

from tanggap.channels.base import Trouble
from tanggap.channels.facebook import FACEBOOK
from tanggap.channels.whatsapp import WHATSAPP
from tanggap.lib.outside import NoAnswer, NotAsked, TooMuch
from tests.world.graph import Graph
from tests.world.graph_accounts import account

DATA = b"\xff\xd8\xff" + b"jalan berlubang " * 4000
LIMIT = 1_000_000


@pytest.fixture
def graph():
    with Graph() as running:
        yield running


def fetch(graph, ref, limit=LIMIT, **settings):
    return WHATSAPP.fetch(account("whatsapp", graph, **settings), ref, limit)


def test_the_id_gives_an_address_and_the_address_the_bytes_both_with_the_token(graph):
    ref = graph.has(DATA, "image/jpeg", "5501")
    assert fetch(graph, ref) == DATA
    assert [(call.method, call.path) for call in graph.asked] == [
        ("GET", "/v26.0/5501"),
        ("GET", "/files/5501"),
    ]
    assert {call.headers["authorization"] for call in graph.asked} == {f"Bearer {graph.token}"}


@pytest.mark.parametrize("written", ["base64", "hex", "HEX", ""])
def test_the_promised_hash_is_checked_however_it_is_written(graph, written):
    digest = hashlib.sha256(DATA)
    hashes = {"base64": base64.b64encode(digest.digest()).decode(), "hex": digest.hexdigest(), "": ""}
    graph.has(DATA, "image/jpeg", "5501")
    assert fetch(graph, {"id": "5501", "sha256": hashes.get(written, digest.hexdigest().upper())}) == DATA


def test_other_bytes_than_promised_are_not_taken(graph):
    graph.has(DATA, "image/jpeg", "5501")
    with pytest.raises(NoAnswer, match="other bytes"):
        fetch(graph, {"id": "5501", "sha256": hashlib.sha256(b"else").hexdigest()})


def test_too_big_is_known_before_it_is_fetched(graph):
    ref = graph.has(DATA, "image/jpeg", "5501")
    with pytest.raises(TooMuch):
        fetch(graph, ref, limit=1000)
    assert [call.path for call in graph.asked] == ["/v26.0/5501"]


def test_more_than_was_told_is_cut_off_while_it_comes(graph, monkeypatch):
    graph.has(DATA, "image/jpeg", "5501")
    told = {"id": "5501", "url": f"{graph.url}/files/5501", "file_size": 10}
    monkeypatch.setattr(graph, "read", lambda node, edge, query: told)
    with pytest.raises(TooMuch):
        fetch(graph, {"id": "5501"}, limit=1000)


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x", "http://169.254.169.254/latest/", "http://127.0.0.1:1/x", "file:///etc/passwd",
        "http://user@127.0.0.1/x", "gopher://127.0.0.1/", "https://lookaside.fbsbx.com.evil.example/", "", "http://[",
    ],
)  # fmt: skip
def test_an_address_elsewhere_is_never_asked_whoever_gives_it(graph, monkeypatch, url):
    monkeypatch.setattr(graph, "read", lambda node, edge, query: {"id": node, "url": url})
    with pytest.raises(NotAsked):
        fetch(graph, {"id": "5501"})
    with pytest.raises(NotAsked):
        FACEBOOK.fetch(account("facebook", graph), {"url": url}, LIMIT)
    assert [call.path for call in graph.asked] == ["/v26.0/5501"]


def test_a_star_stands_for_what_lies_below_a_name_and_for_nothing_else():
    from tanggap.channels.meta.files import host_allowed

    listed = ["*.fbcdn.net", "lookaside.fbsbx.com"]
    assert (
        host_allowed("https://scontent-sin6-1.xx.fbcdn.net/v/x.jpg?a=1", listed)
        == "scontent-sin6-1.xx.fbcdn.net"
    )
    for url in (
        "https://fbcdn.net/",
        "https://evilfbcdn.net/",
        "https://fbcdn.net.evil.example/",
        "https://x/",
    ):
        with pytest.raises(NotAsked):
            host_allowed(url, listed)


def test_a_redirect_is_not_followed(graph):
    graph.has(DATA, "image/jpeg", "5501")
    graph.fail(status=302, headers={"Location": f"{graph.url}/files/5501"})
    with pytest.raises(NoAnswer, match="http_302"):
        FACEBOOK.fetch(account("facebook", graph), {"url": f"{graph.url}/files/5501"}, LIMIT)


@pytest.mark.parametrize("ref", [{"id": "404"}, {"id": ""}, {}, {"id": None}, {"id": "../me"}])
def test_what_is_not_there_any_more_is_final(graph, ref):
    with pytest.raises(NotAsked):
        fetch(graph, ref)


def test_an_address_that_ran_out_is_final(graph):
    graph.fail(status=404)
    with pytest.raises(NotAsked, match="gone"):
        FACEBOOK.fetch(account("facebook", graph), {"url": f"{graph.url}/files/1"}, LIMIT)


def test_a_refused_token_is_trouble_of_the_account(graph):
    ref = graph.has(DATA, "image/jpeg", "5501")
    with pytest.raises(Trouble, match="graph_190"):
        fetch(graph, ref, token="EAASALAH")


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_stumbling_provider_is_asked_again_later(graph, status):
    ref = graph.has(DATA, "image/jpeg", "5501")
    graph.fail(status=status)
    with pytest.raises(NoAnswer):
        fetch(graph, ref)
    assert fetch(graph, ref) == DATA


def test_the_token_is_not_shown_to_the_addresses_of_a_page(graph):
    graph.has(DATA, "image/jpeg", "5501")
    graph.fail(status=404)
    with pytest.raises(NotAsked):
        FACEBOOK.fetch(account("facebook", graph), {"url": f"{graph.url}/files/5501"}, LIMIT)
    assert "authorization" not in graph.asked[0].headers
