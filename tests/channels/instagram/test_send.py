"""Letters and calls to Instagram with both log-ins: two hosts, two edges, one set of windows."""

from datetime import timedelta

import pytest

from tanggap.channels.base import Account, Trouble
from tanggap.channels.instagram import INSTAGRAM
from tanggap.channels.instagram.place import placed
from tests.world import graph_says as says
from tests.world.graph import WEEK, Graph, No
from tests.world.graph_accounts import NOON, TEXT, account, letter

ANI, WORD = "6001", "17910000000000001"
BY_PAGE = {"login": "facebook", "page_id": says.PAGE}


@pytest.fixture
def graph():
    with Graph(now=lambda: NOON) as running:
        running.wrote(ANI)
        running.words[WORD] = NOON
        yield running


def send(graph, to=ANI, *, settings=None, **more):
    return INSTAGRAM.send(
        account("instagram", graph, **(settings or {})), letter(to, **{"heard_at": NOON, **more})
    )


@pytest.mark.parametrize(
    ("settings", "host"),
    [
        ({}, "https://graph.instagram.com"),
        ({"login": "instagram"}, "https://graph.instagram.com"),
        ({"login": "facebook"}, "https://graph.facebook.com"),
        ({"login": "facebook", "base_url": "https://graph.contoh.id"}, "https://graph.contoh.id"),
    ],
)
def test_each_log_in_has_its_host_and_a_setting_goes_before_both(settings, host):
    assert placed(Account("uji", "instagram", settings))["base_url"] == host


@pytest.mark.parametrize(("settings", "owner"), [({}, says.INSTAGRAM), (BY_PAGE, says.PAGE)])
def test_messages_go_through_the_account_or_through_its_page(graph, settings, owner):
    result = send(graph, settings=settings, thread=("aWdfA1",))
    assert (result.state, graph.asked[0].path) == ("sent", f"/v26.0/{owner}/messages")
    assert graph.sent[0]["said"] == {"recipient": {"id": ANI}, "message": {"text": TEXT}}


def test_a_comment_gets_one_private_reply(graph):
    graph.heard.clear()
    states = [
        send(graph, open_talk=True, thread=(WORD,), heard_at=NOON - timedelta(days=2)) for _ in range(2)
    ]
    assert [(one.state, one.reason, one.closed) for one in states] == [
        ("sent", "", False),
        ("failed", "graph_10900", True),
    ]
    assert graph.sent[0]["said"]["recipient"] == {"comment_id": WORD}


def test_a_comment_without_an_author_gets_it_too(graph):
    assert send(graph, f"comment:{WORD}", open_talk=True).state == "sent"


@pytest.mark.parametrize(
    ("age", "automatic", "sent"), [(2, False, True), (2, True, False), (7, False, False)]
)
def test_after_a_day_only_a_person_and_after_a_week_nobody(graph, age, automatic, sent):
    then = NOON - timedelta(days=age)
    graph.heard[ANI] = then
    result = send(graph, thread=("aWdfA1",), heard_at=then, automatic=automatic)
    assert (result.state == "sent", result.closed) == (sent, not sent)


def test_a_comment_older_than_a_week_gets_a_public_sentence_where_the_city_wants_it(graph):
    """C08"""
    result = send(
        graph, open_talk=True, thread=(WORD,), heard_at=NOON - WEEK, settings={"public_replies": "yes"}
    )
    (said,) = graph.said
    assert (result.reason, result.closed, said["to"]) == ("public_reply_only", True, WORD)
    assert [one for one in ("JK260302", "tanggap.example", ANI) if one in said["message"]] == []


def test_a_letter_is_cut_by_bytes_not_by_signs(graph):
    assert send(graph, text="séé " * 600, thread=("aWdfA1",)).state == "sent"
    text = graph.sent[0]["said"]["message"]["text"]
    assert (len(text.encode()) <= 1000, text.endswith("https://tanggap.example/l/JK260302-0007")) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    ("no", "flags"),
    [
        (No(10, 2534022), (False, True, False)),
        (No(190, status=401), (True, False, True)),
        (No(4), (True, False, True)),
    ],
)
def test_a_refusal_is_translated(graph, no, flags):
    graph.fail(error=no)
    result = send(graph, thread=("aWdfA1",))
    assert (result.again, result.closed, result.down) == flags


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, ""),
        (BY_PAGE, ""),
        (
            {"login": "facebook"},
            "The setting page_id is not given; the log-in with Facebook writes through the page.",
        ),
        ({"login": "twitter"}, 'The setting login is neither "instagram" nor "facebook".'),
        ({"token": "x"}, "The token is refused: it has run out, was taken back, or is not one."),
        ({"app_secret": "x"}, "The app secret does not belong to the app of this token."),
        (
            {"account_id": "999"},
            "There is no account 999 that this token may see: wrong id, or the token is of another business.",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(graph, settings, sentence):
    assert INSTAGRAM.test(account("instagram", graph, **settings)) == sentence


# ---- the repair ----


def at(hours):
    return (NOON - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%S+0000")


def comment(word, hours=1.0, author=ANI, **more):
    return {
        "id": word,
        "text": "Sampah",
        "timestamp": at(hours),
        "from": {"id": author, "username": "ani"},
        **more,
    }


def poll(graph, **more):
    turns: list[list] = []
    told = INSTAGRAM.poll(account("instagram", graph, **more), turns.append)
    return [said for turn in turns for said in turn], told


def test_comments_and_answers_of_the_last_days_are_heard_and_our_own_are_not(graph):
    below = {"data": [comment("1793", author=says.INSTAGRAM), comment("1794")]}
    graph.posts = [
        {"id": "900", "comments": {"data": [comment("1791", replies=below), comment("1792", hours=72)]}}
    ]
    heard, cursor = poll(graph)
    assert [(one.external_id, one.replies_to, one.open_talk) for one in heard] == [
        ("1791", ("900",), True),
        ("1794", ("1791", "900"), True),
    ]
    assert (heard[0].at, cursor) == (
        NOON - timedelta(hours=1),
        {"since": int((NOON - timedelta(days=2)).timestamp())},
    )


@pytest.mark.parametrize("failure", [{"status": 503}, {"error": No(190, status=401)}])
def test_a_refusing_provider_is_trouble_of_the_account(graph, failure):
    graph.fail(**failure)
    with pytest.raises(Trouble):
        poll(graph)
