"""Kannel's HTTP: its requests to our hook, and ours to its sendsms, played by hand after its user guide."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from tanggap.channels.base import Account, Asked, Command, Contact, Delivery, Ignored, Outgoing, Unreadable
from tanggap.channels.sms import SMS, kannel, settings
from tests.world.server import Says, Seen, Server

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
HOOK = "https://tanggap.example/hooks/sms/"
MO = {
    "key": "kunci",
    "from": "+6281234567890",
    "to": "62811000111",
    "id": "5f2c7a1e-1",
    "coding": "0",
    "charset": "UTF-8",
    "text": "Jalan rusak di depan pasar",
}


class Smsbox(Server):
    """Kannel's sendsms, as far as we call it."""

    def __init__(self):
        super().__init__()
        self.says = Says(202, b"0: Accepted for delivery")

    def answer(self, seen: Seen) -> Says:
        if seen.query.get("password") != "rahasia":
            return Says(403, b"Authorization failed for sendsms")
        return self.says if seen.query.get("to") else Says(400, b"Missing receiver number, rejected")


@pytest.fixture
def smsbox():
    with Smsbox() as one:
        yield one


def account(url: str = "http://127.0.0.1:9", **more: str) -> Account:
    told = {
        "way": "kannel", "sender": "62811000111", "username": "tanggap", "password": "rahasia", "base_url": url,
        "hook_url": HOOK, "hook_key": "kunci", "answer_seconds": "1", **more,
    }  # fmt: skip
    return Account("sms", "sms", {**settings.DEFAULTS, **told}, {}, NOON)


def asked(told: dict[str, str], method: str = "GET") -> Asked:
    return Asked(method, f"{HOOK}?{urlencode(told)}", told, {}, b"")


def heard(**more: str):
    answered = kannel.hook(account(), asked({**MO, **more}))
    assert (answered.status, answered.body) == (200, "")  # words would be sent back to the citizen
    (found,) = answered.heard
    return found


LETTER = Outgoing("+6281234567890", "Laporan", "Laporan Anda diterima.", "letter-7", letter=7)


# ---- what citizens write ----


def test_words_are_known_by_kannels_id():
    found = heard()
    assert (found.words, found.sender, found.external_id, found.at) == (
        "Jalan rusak di depan pasar", Contact("phone", "+6281234567890"), "kannel:5f2c7a1e-1", NOON,
    )  # fmt: skip
    assert b"kunci" not in found.body


def test_the_same_again_has_the_same_body_whichever_key_opened():
    told = [
        kannel.hook(account(hook_key="baru,kunci"), asked({**MO, "key": key})).heard[0]
        for key in ("kunci", "baru")
    ]
    assert (told[0].external_id, told[0].body) == (told[1].external_id, told[1].body)


@pytest.mark.parametrize(
    ("data", "coding", "charset", "words"),
    [
        ("Banjir é 😀".encode(), "2", "UTF-8", "Banjir é 😀"),
        ("Banjir é".encode("latin-1"), "0", "ISO-8859-1", "Banjir é"),
        ("Banjir 😀".encode("utf-16-be"), "2", "UTF-16BE", "Banjir 😀"),
        ("Banjir 😀".encode("utf-16-be"), "2", "", "Banjir 😀"),
        ("Banjir é".encode(), "0", "", "Banjir é"),
        ("Banjir é".encode("latin-1"), "0", "", "Banjir é"),
        (b"Banjir \xff", "0", "UTF-8", "Banjir \ufffd"),
    ],
)
def test_words_in_every_coding(data, coding, charset, words):
    told = urlencode({**MO, "coding": coding, "charset": charset, "text": data})
    found = kannel.hook(account(), Asked("GET", f"{HOOK}?{told}", dict(parse_qsl(told)), {}, b"")).heard[0]
    assert found.words == words


def test_bytes_for_a_program_and_a_request_without_words_are_for_a_person():
    assert [type(one) for one in (heard(coding="1", charset=""), heard(coding="1", charset=""))] == [
        Unreadable
    ] * 2
    told = {"key": "kunci", "id": "9"}
    assert kannel.hook(account(), asked(told)).heard[0].why == "no_text"


def test_commands_echoes_and_short_codes():
    assert (type(heard(text="STOP")), heard(text="STOP").verb) == (Command, "stop")
    assert [heard(**{"from": one}).why for one in ("1717", "62811000111")] == ["short_code", "own"]
    assert (type(heard(text=" ")), heard(text=" ").why) == (Ignored, "empty")


@pytest.mark.parametrize("key", ["", "salah", "kunci "])
def test_without_the_key_nothing_is_heard(key):
    answered = kannel.hook(account(), asked({**MO, "key": key}))
    assert (answered.status, list(answered.heard)) == (403, [])


def test_two_keys_open_while_one_is_changed():
    assert [
        kannel.hook(account(hook_key="baru, kunci"), asked({**MO, "key": key})).status
        for key in ("baru", "kunci")
    ] == [
        200,
        200,
    ]


def test_only_get_is_answered():
    assert kannel.hook(account(), asked(MO, "POST")).status == 405


# ---- letters ----


def test_a_letter_goes_with_our_own_id_in_a_sealed_address(smsbox):
    result = SMS.send(account(smsbox.url), LETTER)
    query = smsbox.book[0].query
    assert (result.state, query["to"], query["from"], query["text"], query["coding"], query["dlr-mask"]) == (
        "sent", "+6281234567890", "62811000111", LETTER.text, "0", "31",
    )  # fmt: skip
    address = query["dlr-url"].replace("%d", "1").replace("%F", "abc")
    told = dict(parse_qsl(urlsplit(address).query))
    (news,) = kannel.hook(account(), Asked("GET", address, told, {}, b"")).heard
    assert (type(news), news.letter, news.state) == (Delivery, 7, "delivered")
    assert "kunci" not in address


@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("1", "delivered", ""),
        ("2", "failed", "failed"),
        ("4", "sent", ""),
        ("8", "sent", ""),
        ("16", "failed", "refused"),
    ],
)
def test_news_of_a_letter(code, state, reason):
    told = {"letter": "7", "seal": kannel.seal("kunci", "7"), "state": code, "id": "x"}
    (news,) = kannel.hook(account(), asked(told)).heard
    assert (news.letter, news.state, news.reason) == (7, state, reason)


def test_news_of_another_letter_than_the_sealed_one_is_refused():
    told = {"letter": "8", "seal": kannel.seal("kunci", "7"), "state": "1"}
    assert kannel.hook(account(), asked(told)).status == 403


@pytest.mark.parametrize("told", [{"state": "3"}, {"state": "x"}, {"state": ""}, {}, {"state": "9" * 50}])
def test_news_that_say_nothing_known_are_for_a_person(told):
    given = {"letter": "7", "seal": kannel.seal("kunci", "7"), **told}
    assert [one.why for one in kannel.hook(account(), asked(given)).heard] == ["receipt"]


def test_signs_beyond_gsm_go_as_ucs2(smsbox):
    SMS.send(account(smsbox.url), Outgoing("+6281234567890", "", "Kepada Ágnes 😀", "letter-7"))
    query = smsbox.book[0].query
    assert (query["coding"], query["charset"], query["text"], "dlr-url" in query) == (
        "2",
        "UTF-8",
        "Kepada Ágnes 😀",
        False,
    )


@pytest.mark.parametrize(
    ("status", "body", "state", "again", "down"),
    [
        (202, b"0: Accepted for delivery", "sent", False, False),
        (202, b"3: Queued for later delivery", "sent", False, False),
        (202, b"", "unknown", False, False),
        (200, b"<html>masuk</html>", "unknown", False, False),
        (400, b"x", "failed", False, False),
        (403, b"Authorization failed for sendsms", "failed", True, True),
        (404, b"", "failed", True, True),
        (503, b"Temporal failure, try again later.", "failed", True, False),
        (502, b"", "unknown", False, False),
        (418, b"", "failed", False, False),
    ],
)
def test_what_kannel_says_to_a_letter(smsbox, status, body, state, again, down):
    smsbox.says = Says(status, body)
    result = SMS.send(account(smsbox.url), LETTER)
    assert (result.state, result.again, result.down) == (state, again, down)


def test_kannel_that_is_away_or_silent(smsbox):
    away = SMS.send(account(), LETTER)
    assert (away.state, away.again, away.down) == ("failed", True, True)
    smsbox.says = Says(202, b"0: Accepted for delivery", hang=2)
    silent = SMS.send(account(smsbox.url, answer_seconds="0.3"), LETTER)
    assert (silent.state, silent.again, silent.down) == ("unknown", False, True)


def test_an_account_is_tried_without_sending(smsbox):
    assert SMS.test(account(smsbox.url)) == ""
    assert SMS.test(account(smsbox.url, password="lain")) == "Kannel refuses the username or the password."
    assert SMS.test(account(smsbox.url, hook_key=""))[:32] == "The setting hook_key is missing;"
    assert SMS.test(account(smsbox.url, username="")) == "The setting username is missing."
    assert [seen.query.get("to") for seen in smsbox.book] == [None] * 2
