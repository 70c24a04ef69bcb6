"""Letters to WhatsApp against the small Graph API: windows, templates, codes, silences, storms (F26)."""

import time
from datetime import timedelta

import pytest

from tanggap.channels.base import Delivery
from tanggap.channels.whatsapp import WHATSAPP
from tanggap.channels.whatsapp.parse import parse
from tests.world import graph_says as says
from tests.world.graph import DAY, Graph, No
from tests.world.graph_accounts import NOON, TEXT, account, letter

USER, NUMBER = "ID.1000000000000001", "6281200000001"
TEMPLATES = '{"received": "laporan_diterima", "*": {"name": "kabar_laporan", "language": "id", "parameters": ["link"]}}'


@pytest.fixture
def graph():
    with Graph(now=lambda: NOON) as running:
        running.wrote(USER, NUMBER)
        yield running


def send(graph, to=USER, *, settings=None, **more):
    more = {"heard_at": NOON, **more}
    return WHATSAPP.send(account("whatsapp", graph, **(settings or {})), letter(to, **more))


def test_within_the_window_free_words_go_to_the_id_with_our_letters_id(graph):
    result = send(graph)
    (taken,) = graph.sent
    assert (result.state, result.external_id) == ("sent", taken["id"])
    assert taken["said"] == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "recipient": USER,
        "biz_opaque_callback_data": "tanggap:7",
        "type": "text",
        "text": {"preview_url": False, "body": TEXT},
    }


@pytest.mark.parametrize("to", [f"+{NUMBER}", NUMBER])
def test_a_number_goes_in_its_own_field_without_plus(graph, to):
    assert send(graph, to).state == "sent"
    assert (graph.sent[0]["said"]["to"], "recipient" in graph.sent[0]["said"]) == (NUMBER, False)


@pytest.mark.parametrize("to", ["", "Ani", "ani@contoh.id", "../me", "ID.", "ID.1 2", "+62x"])
def test_what_is_no_address_is_never_asked(graph, to):
    result = send(graph, to)
    assert (result.state, result.gone, graph.asked) == ("failed", True, [])


def test_the_answer_hangs_below_the_citizens_own_words(graph):
    send(graph, thread=("sha256:x", "wamid.NEW", "wamid.OLD"))
    assert graph.sent[0]["said"]["context"] == {"message_id": "wamid.NEW"}


def test_a_letter_longer_than_a_message_ends_in_its_link(graph):
    assert send(graph, text="kata " * 2000).state == "sent"
    body = graph.sent[0]["said"]["text"]["body"]
    assert (len(body) <= 4096, body.endswith("… https://tanggap.example/l/JK260302-0007")) == (True, True)


# ---- the window ----


@pytest.mark.parametrize(
    ("age", "template"),
    [(timedelta(0), False), (timedelta(hours=23, minutes=58), False), (DAY, True), (timedelta(days=9), True)],
)
def test_the_window_is_counted_from_what_they_last_wrote_at_the_moment_of_sending(graph, age, template):
    graph.heard[USER] = NOON - age
    assert send(graph, heard_at=NOON - age, settings={"templates": TEMPLATES}).state == "sent"
    assert (graph.sent[0]["said"]["type"] == "template", len(graph.asked)) == (template, 1)


def test_outside_the_window_the_letters_own_template_goes_with_number_and_link(graph):
    send(graph, heard_at=None, settings={"templates": TEMPLATES})
    assert graph.sent[0]["said"]["template"] == {
        "name": "laporan_diterima",
        "language": {"code": "id"},
        "components": [
            {
                "type": "body",
                "parameters": [
                    {"type": "text", "text": "JK260302-0007"},
                    {"type": "text", "text": "https://tanggap.example/l/JK260302-0007"},
                ],
            }
        ],
    }


def test_another_letter_takes_the_template_of_all(graph):
    send(graph, heard_at=None, code="done", settings={"templates": TEMPLATES})
    assert graph.sent[0]["said"]["template"]["name"] == "kabar_laporan"


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ("", "window_over"),
        ('{"done": "selesai"}', "window_over"),
        ("{", "templates_unreadable"),
        ("[]", "templates_unreadable"),
        ('{"*": {}}', "templates_unreadable"),
        ('{"*": {"name": "x", "parameters": ["secret"]}}', "templates_unreadable"),
        ("[" * 9000, "templates_unreadable"),
    ],
)
def test_without_a_template_the_way_is_shut_and_nothing_is_asked(graph, setting, reason):
    result = send(graph, heard_at=None, settings={"templates": setting})
    assert (result.state, result.reason, result.closed, result.again, graph.asked) == (
        "failed", reason, True, False, [],
    )  # fmt: skip


def test_where_the_provider_counts_otherwise_the_template_still_goes(graph):
    graph.heard.clear()
    result = send(graph, settings={"templates": TEMPLATES})
    assert (result.state, len(graph.asked), [one["said"]["type"] for one in graph.sent]) == (
        "sent",
        2,
        ["template"],
    )


def test_a_template_the_provider_does_not_know_shuts_the_way(graph):
    graph.templates.clear()
    result = send(graph, heard_at=None, settings={"templates": TEMPLATES})
    assert (result.reason, result.closed, result.again) == ("graph_132001", True, False)


# ---- refusals, silences, storms ----


@pytest.mark.parametrize(
    ("code", "again", "closed", "down", "after"),
    [
        (131026, False, True, False, None),
        (131049, False, True, False, None),
        (131056, True, False, False, 7.0),
        (130429, True, False, True, 5.0),
        (131000, True, False, False, None),
        (131048, True, False, True, 3600.0),
        (4, True, False, True, 60.0),
        (80007, True, False, True, 60.0),
        (131042, True, False, True, None),
        (131009, False, False, False, None),
    ],
)
def test_a_refusal_is_translated(graph, code, again, closed, down, after):
    graph.fail(error=No(code))
    result = send(graph)
    told = (result.reason, result.again, result.closed, result.down, result.after)
    assert (result.state, *told) == ("failed", f"graph_{code}", again, closed, down, after)
    assert graph.sent == []


def test_an_expired_token_stops_the_account_and_a_new_one_goes_on(graph):
    """F26"""
    old, graph.token = graph.token, "EAABARU"
    stopped = send(graph, settings={"token": old})
    assert (stopped.reason, stopped.down, stopped.again) == ("graph_190", True, True)
    assert send(graph).state == "sent"


def test_a_storm_of_503_and_429_loses_nothing_doubles_nothing_and_ends_by_itself(graph):
    """F26: each letter is tried again until it went; each went once."""
    graph.fail(5, status=503)
    graph.fail(5, error=No(130429, status=429), headers={"Retry-After": "3"})
    waiting, turns = list(range(1, 9)), 0
    while waiting and turns < 60:
        turns += 1
        result = send(graph, letter=waiting[0])
        assert (result.state == "sent", result.again and result.down) in ((True, False), (False, True))
        if result.state == "sent":
            waiting.pop(0)
    assert (waiting, turns) == ([], 18)
    assert [one["said"]["biz_opaque_callback_data"] for one in graph.sent] == [
        f"tanggap:{n}" for n in range(1, 9)
    ]


def test_how_long_to_wait_is_the_providers_word(graph):
    graph.fail(error=No(130429, status=429), headers={"Retry-After": "33"})
    assert send(graph).after == 33.0


def test_an_answer_that_never_comes_is_unknown_and_in_time(graph):
    graph.fail(seconds=1.5, status=500)
    begun = time.monotonic()
    result = send(graph, settings={"seconds": "0.4"})
    assert (result.state, result.again, result.down) == ("unknown", False, False)
    assert time.monotonic() - begun < 1.2


def test_a_letter_that_went_while_its_answer_was_lost_is_found_by_its_state(graph):
    """There is no idempotency key: unknown is settled by our id in the provider's states, never by sending again."""
    graph.fail(status=504, after_work=True)
    result = send(graph, letter=91)
    assert (result.state, result.reason, len(graph.sent)) == ("unknown", "http_504", 1)
    heard = parse(
        account("whatsapp", graph), says.post("whatsapp", *graph.states("read", "sent", "delivered"))
    )
    assert [(type(one), one.letter, one.of) for one in heard] == [(Delivery, 91, graph.sent[0]["id"])] * 3
    assert sorted(one.state for one in heard) == ["delivered", "read", "sent"]


def test_nobody_there_is_tried_again(graph):
    result = send(graph, settings={"base_url": "http://127.0.0.1:9"})
    assert (result.state, result.again, result.down) == ("failed", True, True)


@pytest.mark.parametrize(
    "body", [None, b"<html>", b"[]", b'{"messages":[]}', b'{"messages":[{"id":5.5}]}', b'"x"']
)
def test_200_without_an_id_is_unknown(graph, body, monkeypatch):
    monkeypatch.setattr(graph, "work", lambda call: body)
    assert send(graph).state == "unknown"


@pytest.mark.parametrize(
    "settings", [{"base_url": "x"}, {"base_url": "http://["}, {"token": "a\nb"}, {"token": "é"}]
)
def test_settings_nobody_can_call_with_stop_the_account(graph, settings):
    result = send(graph, settings=settings)
    assert (result.state, result.down, result.again, graph.asked) == ("failed", True, True, [])


def test_a_limit_a_second_holds_back_what_is_above_it(graph):
    graph.per_second = 3
    states = [send(graph, letter=n).reason for n in range(1, 6)]
    assert states == ["", "", "", "graph_130429", "graph_130429"]


def test_the_token_is_in_a_header_and_never_in_an_address(graph):
    send(graph)
    assert graph.asked[0].headers["authorization"] == f"Bearer {graph.token}"
    assert (graph.asked[0].query, graph.asked[0].path) == ({}, f"/v26.0/{says.PHONE_NUMBER_ID}/messages")


# ---- tanggap channel test ----


def test_nothing_wrong_is_nothing_said(graph):
    assert WHATSAPP.test(account("whatsapp", graph, templates=TEMPLATES)) == ""


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"token": "EAASALAH"}, "The token is refused: it has run out, was taken back, or is not one."),
        ({"app_secret": "salah"}, "The app secret does not belong to the app of this token."),
        (
            {"phone_number_id": "999"},
            "There is no phone_number_id 999 that this token may see: wrong id, or the token is of another business.",
        ),
        (
            {"business_account_id": "998"},
            "There is no WhatsApp Business account that this token may see: "
            "wrong id, or the token is of another business.",
        ),
        ({"templates": "{"}, "The setting templates is not JSON."),
        ({"verify_token": ""}, "The setting verify_token is not given."),
        ({"base_url": "graph"}, "The setting base_url is not a web address."),
        ({"base_url": "http://127.0.0.1:9"}, "The Graph API at http://127.0.0.1:9 gives no answer (ConnectError)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence(graph, settings, sentence):
    assert WHATSAPP.test(account("whatsapp", graph, **settings)) == sentence


def test_an_app_that_is_not_subscribed_is_told(graph):
    graph.apps = 0
    assert WHATSAPP.test(account("whatsapp", graph)) == (
        "No app is subscribed to the WhatsApp Business account: nothing will come in."
    )
