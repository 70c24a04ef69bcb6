"""Letters by SMTP: what goes out, and what each answer of the other side means for the letter."""

import email
import email.policy
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tanggap.channels.base import Outgoing, SendResult, Trouble
from tanggap.channels.email import EMAIL, address, lines, oauth
from tests.channels.email.letters import CITY, NOON, account, mail, one, said
from tests.world.mail import Mailbox, Postbox

LETTER = Outgoing(
    to="ani@warga.example", subject="Laporan JK2611240007 diterima",
    text="Terima kasih, Ibu Ani.\n.titik\n\nSalam — Kota", reference="letter-42", letter=42, token="17",
    number="JK2611240007", code="received", thread=("dua@warga.example", "satu@warga.example"),
)  # fmt: skip


@pytest.fixture
def post():
    with Postbox() as made:
        yield made


def at(post: Postbox, **more):
    given = {"smtp_host": "127.0.0.1", "smtp_port": str(post.port), "smtp_security": "none"}
    return account(**{**given, **more})


def like(**more) -> Outgoing:
    return Outgoing(**{**vars(LETTER), **more})


def sent(post: Postbox, **more):
    result = EMAIL.send(at(post), like(**more))
    assert result.state == "sent", result
    return email.message_from_bytes(post.taken[-1].raw, policy=email.policy.default)


def test_a_letter_goes_with_everything_that_finds_its_way_back(post):
    result = EMAIL.send(at(post), LETTER)
    taken = post.taken[0]
    got = email.message_from_bytes(taken.raw, policy=email.policy.default)
    name = address.message_id(CITY, 42)
    assert result == SendResult("sent", external_id=name)
    assert (taken.sender, taken.to) == (address.plus(CITY, "b", "42"), "ani@warga.example")
    assert {key: got[key] for key in (
        "From", "To", "Reply-To", "Subject", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Tanggap-Reference", "Date",
    )} == {
        "From": "Tanggap Kota <laporan@kota.example>", "To": "ani@warga.example",
        "Reply-To": address.plus(CITY, "r", "17"), "Subject": "Laporan JK2611240007 diterima",
        "Message-ID": f"<{name}>", "In-Reply-To": "<dua@warga.example>",
        "References": "<satu@warga.example> <dua@warga.example>", "Auto-Submitted": "auto-replied",
        "X-Tanggap-Reference": "letter-42", "Date": "Tue, 24 Nov 2026 05:00:00 +0000",
    }  # fmt: skip
    assert got.get_content().replace("\r\n", "\n").strip() == "Terima kasih, Ibu Ani.\n.titik\n\nSalam — Kota"


def test_the_answer_to_it_finds_the_report_and_the_letter(post):
    got = sent(post)
    answer = said(
        mail("Terima kasih.", to=got["Reply-To"], in_reply_to=got["Message-ID"], references=got["Message-ID"])
    )
    assert (answer.token, answer.replies_to[0]) == ("17", address.message_id(CITY, 42))


def test_our_own_letter_that_comes_back_is_ours(post):
    EMAIL.send(at(post), LETTER)
    assert one(post.taken[0].raw).why == "own"


def test_long_ids_of_strangers_stay_ids(post):
    names = tuple(f"{sign * 180}@warga.example" for sign in "abc")
    got = sent(post, thread=names)
    assert (got["In-Reply-To"], got["References"].split()) == (
        f"<{names[0]}>",
        [f"<{name}>" for name in reversed(names)],
    )
    assert max(map(len, post.taken[0].raw.split(b"\r\n"))) < 998


def test_the_same_letter_has_the_same_name_and_one_without_a_letter_its_own(post):
    assert sent(post)["Message-ID"] == sent(post)["Message-ID"]
    assert sent(post, letter=0)["Message-ID"] != sent(post, letter=0)["Message-ID"]
    assert post.taken[-1].sender == "laporan@kota.example"


def test_a_persons_words_are_not_called_automatic(post):
    got = sent(post, automatic=False)
    assert (got["Auto-Submitted"], got["List-Unsubscribe"]) == (None, None)


def test_a_first_letter_is_generated_and_can_be_stopped(post):
    got = sent(post, thread=())
    stop = address.plus(CITY, "r", "17").replace("+", "%2B")
    assert (got["Auto-Submitted"], got["List-Unsubscribe"]) == (
        "auto-generated",
        f"<mailto:{stop}?subject=BERHENTI>",
    )


@pytest.mark.parametrize(
    "bad", ["x\r\nBcc: evil@luar.example", "x\nBcc: evil@luar.example", "a\x00b\x0bc\u2028d"]
)
def test_e22_a_line_break_makes_no_header(post, bad):
    result = EMAIL.send(at(post, name=bad), like(subject=bad, reference=bad, text=bad))
    got = email.message_from_bytes(post.taken[0].raw, policy=email.policy.default)
    assert (result.state, got["Bcc"], len(got.get_all("To"))) == ("sent", None, 1)
    assert post.taken[0].to == "ani@warga.example"


@pytest.mark.parametrize("to", [
    "", "ani", "ani@", "a@b, c@d", "ani@warga.example\r\nRCPT TO:<evil@luar.example>", "Ani <ani@warga.example>",
    "ani@warga.example\nBcc: evil@luar.example", "é@warga.example", "\ud800@x", "a" * 70 + "@warga.example",
])  # fmt: skip
def test_e22_what_is_no_plain_address_gets_no_letter(post, to):
    result = EMAIL.send(at(post), like(to=to))
    assert (result.state, result.again, post.taken, post.connects) == ("failed", False, [], 0)


def test_ids_from_strangers_that_are_no_ids_stay_out(post):
    got = sent(
        post, thread=("a b@c", "x\r\nBcc: evil@luar.example", "sha256:0123", "ok@warga.example", "<x>@y")
    )
    assert (got["In-Reply-To"], got["References"], got["Bcc"]) == (
        "<ok@warga.example>",
        "<ok@warga.example>",
        None,
    )


AGAIN, FAILED = {"again": True}, {}
GONE, DOWN = {"gone": True}, {"again": True, "down": True}


@pytest.mark.parametrize(("step", "answer", "outcome", "reason"), [
    ("rcpt", "450 4.2.0 Greylisted, try again in 300 seconds", {**AGAIN, "after": 300.0}, "SMTP 450 4.2.0 (to)"),
    ("rcpt", "451 4.7.1 later", AGAIN, "SMTP 451 4.7.1 (to)"),
    ("rcpt", "452 4.2.2 full for now", AGAIN, "SMTP 452 4.2.2 (to)"),
    ("rcpt", "550 5.1.1 no such user", GONE, "SMTP 550 5.1.1 (to)"),
    ("rcpt", "550 5.2.1 shut", GONE, "SMTP 550 5.2.1 (to)"),
    ("rcpt", "551 moved", GONE, "SMTP 551 (to)"),
    ("rcpt", "550 5.7.1 we do not like you", FAILED, "SMTP 550 5.7.1 (to)"),
    ("rcpt", "552 5.2.2 mailbox full", FAILED, "SMTP 552 5.2.2 (to)"),
    ("rcpt", "599 what", FAILED, "SMTP 599 (to)"),
    ("rcpt", "421 4.3.2 going down", DOWN, "SMTP 421 4.3.2 (to)"),
    ("rcpt", "999 what", AGAIN, "SMTP 999 (to)"),
    ("mail", "452 4.3.1 no room", AGAIN, "SMTP 452 4.3.1 (from)"),
    ("mail", "550 5.7.1 not allowed to send as", DOWN, "SMTP 550 5.7.1 (from)"),
    ("mail", "552 5.3.4 too big", FAILED, "SMTP 552 5.3.4 (from)"),
    ("data", "451 4.3.0 later", AGAIN, "SMTP 451 4.3.0 (data)"),
    ("data", "554 5.5.1 no", FAILED, "SMTP 554 5.5.1 (data)"),
    ("dot", "451 4.3.0 later", AGAIN, "SMTP 451 4.3.0 (body)"),
    ("dot", "552 5.3.4 too big", FAILED, "SMTP 552 5.3.4 (body)"),
    ("dot", "554 5.7.1 spam", FAILED, "SMTP 554 5.7.1 (body)"),
    ("hello", "554 5.7.1 blocked", DOWN, "SMTP 554 5.7.1 (connect)"),
    ("hello", "421 4.7.0 too many", DOWN, "SMTP 421 4.7.0 (connect)"),
])  # fmt: skip
def test_f21_every_answer_has_its_outcome(post, step, answer, outcome, reason):
    post.answers[step] = [answer]
    assert EMAIL.send(at(post), LETTER) == SendResult("failed", reason, **outcome)
    assert post.taken == []
    assert EMAIL.send(at(post), LETTER).state == "sent"


@pytest.mark.parametrize("step", ["mail", "rcpt", "data"])
def test_a_line_that_breaks_before_the_letter_went_is_tried_again(post, step):
    post.answers[step] = [""]
    result = EMAIL.send(at(post), LETTER)
    assert (result.state, result.again, post.taken) == ("failed", True, [])


def test_a_lost_answer_after_the_last_dot_is_unknown_and_never_tried_again(post):
    post.answers["dot"] = [""]
    result = EMAIL.send(at(post), LETTER)
    assert (result.state, result.again, result.external_id) == (
        "unknown",
        False,
        address.message_id(CITY, 42),
    )
    assert len(post.taken) == 1


def test_an_answer_that_does_not_come_in_time_is_unknown(post, monkeypatch):
    monkeypatch.setattr(lines, "SECONDS", 0.5)
    post.keep_silent = 1.5
    assert EMAIL.send(at(post), LETTER).state == "unknown"


def test_nobody_at_home_is_down(post):
    post.stop()
    result = EMAIL.send(at(post), LETTER)
    assert (result.state, result.again, result.down) == ("failed", True, True)
    post.start()


def test_a_password_is_shown_where_it_is_wanted(post):
    post.user, post.password = "laporan", "kata sandi"
    right = at(post, smtp_user="laporan", smtp_password="kata sandi")
    assert EMAIL.send(right, LETTER).state == "sent"
    wrong = EMAIL.send(at(post, smtp_user="laporan", smtp_password="salah"), LETTER)
    assert wrong == SendResult("failed", "SMTP 535 5.7.8 (log_in)", again=True, down=True)


def test_without_encryption_nothing_is_sent_where_it_is_wanted(post):
    result = EMAIL.send(at(post, smtp_security="starttls"), LETTER)
    assert (result.state, result.down, post.taken) == ("failed", True, [])


# ---- access tokens ----


@pytest.fixture
def tokens():
    """A server that gives access tokens: `asked` are the forms, `answers` what it says."""
    asked: list[str] = []
    answers: list[tuple[int, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            status, body = answers.pop(0) if answers else (200, b'{"access_token":"abc","expires_in":3600}')
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *told):
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    oauth.forget()
    yield f"http://127.0.0.1:{server.server_address[1]}/token", asked, answers
    server.shutdown()
    server.server_close()
    oauth.forget()


def test_a_token_is_asked_for_once_and_kept(tokens):
    url, asked, _ = tokens
    made = account(
        oauth_url=url, oauth_client_id="kota", oauth_client_secret="rahasia", oauth_refresh_token="r1"
    )
    assert [oauth.token(made), oauth.token(made), oauth.token(made, fresh=True)] == ["abc"] * 3
    assert asked == ["client_id=kota&grant_type=refresh_token&refresh_token=r1&client_secret=rahasia"] * 2


def test_a_letter_goes_with_an_access_token_that_is_fetched_again_when_refused(tokens, post):
    url, asked, answers = tokens
    answers += [(200, b'{"access_token":"old","expires_in":3600}')]
    post.user, post.token = "laporan", "abc"
    made = at(post, smtp_user="laporan", oauth_url=url, oauth_client_id="kota")
    assert [EMAIL.send(made, LETTER).state, EMAIL.send(made, LETTER).state, len(asked)] == ["sent", "sent", 2]
    post.token = "another"
    refused = EMAIL.send(made, LETTER)
    assert (refused.reason, refused.again, refused.down) == ("SMTP 535 5.7.8 (log_in)", True, True)


def test_an_application_asks_with_its_scope(tokens):
    url, asked, _ = tokens
    oauth.token(account(oauth_url=url, oauth_client_id="kota", oauth_scope="surat"))
    assert asked == ["client_id=kota&grant_type=client_credentials&scope=surat"]


@pytest.mark.parametrize("answer", [
    (400, b'{"error":"invalid_grant"}'), (200, b"[]"), (200, b"not json"), (200, b'{"access_token":7}'),
    (200, b'{"access_token":"a\\u0001b"}'), (500, b""),
])  # fmt: skip
def test_no_token_is_a_trouble_and_the_letter_waits(tokens, post, answer):
    url, _, answers = tokens
    answers += [answer, answer]
    made = at(post, oauth_url=url, oauth_client_id="kota")
    with pytest.raises(Trouble):
        oauth.token(made)
    result = EMAIL.send(made, LETTER)
    assert (result.state, result.again, result.down, post.taken) == ("failed", True, True, [])


# ---- what is wrong, in one sentence ----


@pytest.fixture
def both(post):
    with Mailbox() as box:
        box.folders["Processed"] = {}
        yield {
            "imap_host": "127.0.0.1", "imap_port": str(box.port), "imap_security": "none", "imap_user": box.user,
            "imap_password": box.password, "smtp_host": "127.0.0.1", "smtp_port": str(post.port),
            "smtp_security": "none",
        }  # fmt: skip


def test_a_right_account_has_nothing_wrong(both):
    assert EMAIL.test(account(**both)) == ""


@pytest.mark.parametrize(("wrong", "told"), [
    ({"address": "laporan"}, "The setting address is no plain e-mail address."),
    ({"token_secret": "pendek"}, "Each token_secret needs at least 24 signs."),
    ({"address": f"{'x' * 50}@kota.example"},
     "The address is too long: before the @ nothing is left for the signed part behind a plus."),
    ({"authserv_id": ""},
     "Without authserv_id no sender is ever proven: set the name your mail server signs its results with."),
    ({"imap_password": "salah"}, "The mail server does not take the mailbox's log-in: user, password or token."),
    ({"imap_port": "x"}, "imap_port is no port: 'x'."),
    ({"imap_folder": "Surat"}, "The mailbox has no folder 'Surat'."),
    ({"imap_processed": "Sudah"}, "The mailbox has no folder 'Sudah': the first mail will make it, if it may."),
    ({"imap_port": "1"}, "The mailbox at 127.0.0.1 can't be reached (ConnectionRefusedError)."),
    ({"smtp_port": "1"}, "The mail server for sending at 127.0.0.1 can't be reached (ConnectionRefusedError)."),
    ({"smtp_user": "x", "smtp_password": "y"}, "The mail server for sending refuses the log-in (SMTP 535)."),
    ({"smtp_security": "starttls"},
     "The mail server for sending offers no log-in, or no encryption, as the settings want it."),
    ({"imap_security": "starttls"}, "The mailbox at 127.0.0.1 can't be reached (abort)."),
])  # fmt: skip
def test_what_is_wrong_is_told_in_one_sentence(both, wrong, told):
    assert EMAIL.test(account(**{**both, **wrong})) == told


def test_a_refused_sender_is_told(both, post):
    post.answers["mail"] = ["550 5.7.1 no"]
    assert EMAIL.test(account(**both)) == "The mail server refuses laporan@kota.example as sender (SMTP 550)."


def test_the_account_of_the_letters_is_where_the_date_comes_from(post):
    assert CITY.now == NOON
