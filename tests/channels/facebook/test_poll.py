"""The repair beside the webhook: the page's feed, asked for in turns."""

from datetime import timedelta

import pytest

from tanggap.channels.base import Trouble
from tanggap.channels.facebook import FACEBOOK
from tanggap.channels.facebook.parse import parse
from tests.world import graph_says as says
from tests.world.graph import Graph, No
from tests.world.graph_accounts import AT, NOON, account

ANI = {"id": "5001", "name": "Ani Contoh"}


@pytest.fixture
def graph():
    with Graph(now=lambda: NOON) as running:
        yield running


def at(hours: float) -> str:
    return (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def post(number: int, words: str = "Got mampet", author=ANI, hours: float = 1, **more):
    return {
        "id": f"{says.PAGE}_{number}",
        "message": words,
        "created_time": at(hours),
        "from": author,
        **more,
    }


def poll(graph, cursor=None):
    turns: list[list] = []
    told = FACEBOOK.poll(account("facebook", graph, cursor=cursor or {}), turns.append)
    return [said for turn in turns for said in turn], told


def test_posts_and_comments_are_heard_as_the_webhook_would_have_said_them(graph):
    comment = {"id": "900_7", "message": "Lampu mati", "created_time": at(0), "from": ANI}
    graph.feed = [
        post(900, author={"id": says.PAGE, "name": "Kota"}, comments={"data": [comment]}),
        post(901),
    ]
    heard, _ = poll(graph)
    (webhook,) = parse(
        account("facebook"), says.post("facebook", says.comment(AT, "900_7", "Lampu mati", by="5001"))
    )
    words = [(type(one).__name__, one.external_id) for one in heard]
    assert words == [("Submission", "900_7"), ("Submission", f"{says.PAGE}_901")]
    found = heard[0]
    assert (found.uuid, found.words, found.sender, found.replies_to, found.at) == (
        webhook.uuid, webhook.words, webhook.sender, webhook.replies_to, webhook.at,
    )  # fmt: skip


def test_the_feed_is_read_to_its_end_page_by_page_at_our_own_address(graph):
    graph.feed = [post(1000 + n) for n in range(130)]
    heard, cursor = poll(graph)
    assert (len(heard), sorted(cursor)) == (130, ["since"])
    assert [call.path for call in graph.asked] == [f"/v26.0/{says.PAGE}/feed"] * 3


def test_what_is_older_than_asked_for_is_not_told_again(graph):
    graph.feed = [post(1, hours=1), post(2, hours=100)]
    heard, cursor = poll(graph)
    assert ([one.external_id for one in heard], cursor) == (
        [f"{says.PAGE}_1"],
        {"since": AT - 2 * 86_400},
    )


def test_more_than_one_turn_takes_is_gone_on_with_in_the_next(graph):
    graph.feed = [post(1000 + n) for n in range(1120)]
    first, cursor = poll(graph)
    assert (len(first), cursor["after"], "begun" in cursor) == (1000, "1000", True)
    rest, cursor = poll(graph, cursor)
    assert (len(rest), cursor) == (120, {"since": AT - 2 * 86_400})


def test_the_cursor_stays_where_it_was_when_the_ears_could_not_keep_it(graph):
    graph.feed = [post(1)]

    def deaf(heard):
        raise OSError("the database is away")

    with pytest.raises(OSError, match="away"):
        FACEBOOK.poll(account("facebook", graph), deaf)


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        ({"error": No(190, status=401)}, "The token is refused"),
        ({"status": 503}, "HTTP 503"),
        ({"error": No(4)}, "asks us to wait"),
    ],
)
def test_a_refusing_provider_is_trouble_of_the_account(graph, failure, sentence):
    graph.fail(**failure)
    with pytest.raises(Trouble, match=sentence):
        poll(graph)


@pytest.mark.parametrize(
    "broken", [{}, {"id": 5}, {"message": []}, {"comments": 7}, {"id": "x", "comments": {"data": [None, {}]}}]
)
def test_a_broken_post_does_not_hold_up_the_others(graph, broken, monkeypatch):
    monkeypatch.setattr(graph, "page_of_feed", lambda query: {"data": [broken, post(5)]})
    heard, _ = poll(graph)
    assert heard[-1].external_id == f"{says.PAGE}_5"
