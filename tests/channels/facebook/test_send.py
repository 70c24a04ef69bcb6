"""Letters to who wrote to the page: private within 24 hours, by a person within 7 days, one reply to an open word."""

from datetime import timedelta

import pytest

from tanggap.channels.facebook import FACEBOOK
from tanggap.channels.facebook.parse import parse
from tests.world import graph_says as says
from tests.world.graph import DAY, WEEK, Graph, No
from tests.world.graph_accounts import NOON, TEXT, account, letter

ANI, WORD, POST = "5001", "900_1", f"{says.PAGE}_901"


@pytest.fixture
def graph():
    with Graph(now=lambda: NOON) as running:
        running.wrote(ANI)
        running.words |= {WORD: NOON, POST: NOON}
        yield running


def send(graph, to=ANI, *, settings=None, **more):
    return FACEBOOK.send(
        account("facebook", graph, **(settings or {})), letter(to, **{"heard_at": NOON, **more})
    )


def openly(graph, to=ANI, **more):
    return send(graph, to, **{"open_talk": True, "thread": (WORD,), **more})


def test_a_private_message_is_answered_privately(graph):
    result = send(graph, thread=("m_A1",))
    (taken,) = graph.sent
    assert (result.state, result.external_id) == ("sent", taken["id"])
    assert taken["said"] == {
        "recipient": {"id": ANI},
        "messaging_type": "RESPONSE",
        "message": {"text": TEXT, "metadata": "tanggap:7"},
    }


@pytest.mark.parametrize(
    ("age", "automatic", "sent"),
    [
        (timedelta(hours=23), True, "RESPONSE"),
        (DAY, True, None),
        (DAY, False, "MESSAGE_TAG"),
        (timedelta(days=6), False, "MESSAGE_TAG"),
        (WEEK, False, None),
        (timedelta(days=6), True, None),
    ],
)
def test_after_a_day_only_a_person_may_write_and_after_a_week_nobody(graph, age, automatic, sent):
    graph.heard[ANI] = NOON - age
    result = send(graph, thread=("m_A1",), heard_at=NOON - age, automatic=automatic)
    assert [one["said"]["messaging_type"] for one in graph.sent] == ([sent] if sent else [])
    assert (result.closed, result.reason) == ((False, "") if sent else (True, "window_over"))


def test_who_never_wrote_is_never_written_to(graph):
    assert (send(graph, heard_at=None).closed, graph.asked) == (True, [])


def test_an_app_without_the_right_to_the_tag_shuts_this_way_alone(graph):
    graph.fail(error=No(10))
    result = send(graph, thread=("m_A1",), heard_at=NOON - timedelta(days=2), automatic=False)
    assert (result.closed, result.down, result.reason) == (True, False, "human_agent_graph_10")


def test_the_tag_can_be_switched_off(graph):
    result = send(graph, heard_at=NOON - timedelta(days=2), automatic=False, settings={"human_agent": "no"})
    assert (result.closed, graph.asked) == (True, [])


# ---- open words ----


def test_an_open_word_gets_one_private_reply(graph):
    result = openly(graph)
    assert (result.state, graph.sent[0]["said"]["recipient"], graph.said) == (
        "sent",
        {"comment_id": WORD},
        [],
    )
    again = openly(graph, heard_at=NOON - DAY)
    assert (again.state, again.closed, again.reason, len(graph.sent)) == ("failed", True, "graph_10900", 1)


def test_a_visitors_post_is_named_as_post(graph):
    openly(graph, thread=(POST,))
    assert graph.sent[0]["said"]["recipient"] == {"post_id": POST}


@pytest.mark.parametrize(
    ("to", "receiver"), [(f"comment:{WORD}", {"comment_id": WORD}), (f"post:{POST}", {"post_id": POST})]
)
def test_an_author_nobody_named_is_reached_through_the_word(graph, to, receiver):
    assert openly(graph, to, thread=()).state == "sent"
    assert graph.sent[0]["said"]["recipient"] == receiver


def test_after_a_week_an_open_word_has_no_private_reply(graph):
    result = openly(graph, heard_at=NOON - WEEK)
    assert (result.closed, result.reason, graph.asked) == (True, "window_over", [])


def test_who_answered_privately_since_is_written_to_privately(graph):
    graph.answered.add(WORD)
    result = openly(graph)
    assert (result.state, graph.sent[0]["said"]["recipient"]) == ("sent", {"id": ANI})


@pytest.mark.parametrize("no", [None, No(100, 2018001), No(551, 1545041)])
def test_who_never_did_is_not_taken_for_gone(graph, no):
    graph.answered.add(WORD)
    graph.heard.clear()
    graph.unreachable = {ANI: (no.code, no.subcode)} if no else {}
    result = openly(graph)
    assert (result.closed, result.gone, result.again, graph.sent) == (True, False, False, [])


@pytest.mark.parametrize("ours", ["edit:900_1:1772427600:abcd", "edit:m_1:2", "sha256:ab", "apart:7"])
def test_ids_of_our_own_making_are_no_words_to_answer(graph, ours):
    assert openly(graph, thread=(ours, WORD)).state == "sent"
    assert graph.sent[0]["said"]["recipient"] == {"comment_id": WORD}


def test_words_in_private_go_before_an_older_open_one(graph):
    openly(graph, thread=("m_A1", WORD))
    assert graph.sent[0]["said"]["recipient"] == {"id": ANI}


def test_an_old_private_id_with_a_colon_is_theirs(graph):
    send(graph, thread=("mid.1457764197618:41d102a3e1ae206a38", WORD), open_talk=True)
    assert graph.sent[0]["said"]["recipient"] == {"id": ANI}


# ---- C08: in public, nothing of anybody ----


def test_nothing_is_said_in_public_unless_the_city_wants_it(graph):
    graph.answered.add(WORD)
    graph.heard.clear()
    assert (openly(graph).closed, graph.said) == (True, [])


def test_a_public_reply_names_nobody_and_nothing_and_the_letter_still_waits_for_another_way(graph):
    graph.answered.add(WORD)
    graph.heard.clear()
    result = openly(graph, settings={"public_replies": "yes"})
    (said,) = graph.said
    assert (result.state, result.reason, result.closed, result.again) == (
        "failed",
        "public_reply_only",
        True,
        False,
    )
    assert said["message"] == account("facebook")["public_words"]
    private = ["JK260302", "0007", "tanggap.example", "Ani", ANI, "https://", "3175"]
    assert [one for one in private if one in said["message"]] == []


def test_the_public_sentence_is_said_once_however_many_letters_there_are(graph):
    graph.answered.add(WORD)
    graph.heard.clear()
    reasons = [openly(graph, letter=n, settings={"public_replies": "yes"}).reason for n in range(1, 4)]
    assert (reasons, len(graph.said)) == (["public_reply_only", "no_private_way", "no_private_way"], 1)


def test_where_a_private_way_is_open_nothing_is_said_in_public(graph):
    assert openly(graph, settings={"public_replies": "yes"}).state == "sent"
    assert graph.said == []


# ---- refusals and silences ----


@pytest.mark.parametrize(
    ("no", "flags"),
    [
        (No(551, 1545041), (False, False, True, False)),
        (No(100, 2018001), (False, False, True, False)),
        (No(10, 2018278), (False, True, False, False)),
        (No(613), (True, False, False, True)),
        (No(1200), (True, False, False, False)),
        (No(190, 463, status=401), (True, False, False, True)),
        (No(230, status=403), (True, False, False, True)),
        (No(100), (False, False, False, False)),
    ],
)
def test_a_refusal_is_translated(graph, no, flags):
    graph.fail(error=no)
    result = send(graph, thread=("m_A1",))
    assert (result.again, result.closed, result.gone, result.down) == flags


def test_a_lost_answer_is_unknown_and_settled_by_the_echo(graph):
    graph.fail(status=504, after_work=True)
    assert send(graph, letter=55, thread=("m_A1",)).state == "unknown"
    (taken,) = graph.sent
    echo = says.direct(
        int(NOON.timestamp()) * 1000,
        says.PAGE,
        taken["id"],
        TEXT,
        is_echo=True,
        metadata=taken["said"]["message"]["metadata"],
    )
    (heard,) = parse(account("facebook", graph), says.post("facebook", echo))
    assert (heard.letter, heard.state, heard.of) == (55, "sent", taken["id"])


def test_a_private_reply_without_an_answer_is_unknown_and_nothing_else_is_tried(graph):
    graph.fail(status=504)
    result = openly(graph, settings={"public_replies": "yes"})
    assert (result.state, graph.said, len(graph.asked)) == ("unknown", [], 1)


def test_a_long_letter_is_cut_and_ends_in_its_link(graph):
    send(graph, text="kata " * 1000, thread=("m_A1",))
    text = graph.sent[0]["said"]["message"]["text"]
    assert (len(text) <= 2000, text.endswith("https://tanggap.example/l/JK260302-0007")) == (True, True)


# ---- tanggap channel test ----


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, ""),
        ({"token": "EAASALAH"}, "The token is refused: it has run out, was taken back, or is not one."),
        ({"app_secret": "salah"}, "The app secret does not belong to the app of this token."),
        (
            {"page_id": "999"},
            "There is no page 999 that this token may see: wrong id, or the token is of another business.",
        ),
        ({"page_id": ""}, "The setting page_id is not given."),
    ],
)
def test_what_is_wrong_is_one_sentence(graph, settings, sentence):
    assert FACEBOOK.test(account("facebook", graph, **settings)) == sentence


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (["feed"], "The app is not subscribed to messages of the page: they will not come in."),
        ([], "The app is not subscribed to feed, messages of the page: they will not come in."),
    ],
)
def test_a_field_not_subscribed_is_told(graph, fields, sentence):
    graph.subscribed = fields
    assert FACEBOOK.test(account("facebook", graph)) == sentence
