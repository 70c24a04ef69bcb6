"""E-mail against real servers: Dovecot and Postfix of Debian, and aiosmtpd as everybody else's server.

In and back; every fault of the mailbox (reliability.md F18, F19) and of the server that takes our letters (F21).
"""

import base64
import email
import email.policy
import json
import os
import smtplib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import jwt
import pytest

from tanggap.channels.base import Account, Delivery, Outgoing, Submission, Trouble
from tanggap.channels.email import EMAIL, address, mailbox, oauth
from tests.channels.email.letters import SETTINGS, mail, parts, reply_to
from tests.services.mail import servers
from tests.services.mail.servers import Cutter, Servers, World, wait_for

WITHIN = 60.0  # seconds: a mail is found, once the server is back


@pytest.fixture(scope="module")
def city() -> Iterator[Servers]:
    if why := servers.missing():
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    with Servers() as made:
        yield made
    mailbox.close_readers()


@pytest.fixture
def world(city) -> Iterator[World]:
    with World(city.world) as made:
        yield made


@pytest.fixture(autouse=True)
def _empty(city) -> None:
    city.empty()


def account(city: Servers, cursor=None, **more: str) -> Account:
    given = SETTINGS | {
        "imap_host": "127.0.0.1", "imap_port": str(city.imap), "imap_security": "none", "imap_user": "laporan",
        "imap_password": servers.PASSWORD, "smtp_host": "127.0.0.1", "smtp_port": str(city.smtp),
        "smtp_security": "none",
    }  # fmt: skip
    return Account("surel", "email", given | more, cursor or {}, datetime.now(UTC))


class Ears:
    """Keeps each thing once, as the house does."""

    def __init__(self) -> None:
        self.kept: dict[str, object] = {}
        self.times = 0

    def __call__(self, heard) -> None:
        for one in heard:
            self.times += 1
            self.kept.setdefault(one.external_id, one)

    def of(self, kind) -> list:
        return [one for one in self.kept.values() if isinstance(one, kind)]


class Listening:
    """A listener that is called again after each break, with growing pauses, as the worker does."""

    def __init__(self, of: Account, ears: Ears):
        self.of, self.ears = of, ears
        self.breaks: list[Exception] = []
        self.end = threading.Event()

    def __enter__(self) -> "Listening":
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        return self

    def run(self) -> None:
        while not self.end.is_set():
            try:
                EMAIL.listen(self.of, self.ears, self.end.is_set)
            except (Trouble, OSError) as error:
                self.breaks.append(error)
                self.end.wait(min(2.0 ** len(self.breaks) / 4, 15))

    def __exit__(self, *error: object) -> None:
        self.end.set()
        self.thread.join(15)
        assert not self.thread.is_alive()


def letter(**more) -> Outgoing:
    given = {
        "to": "ani@warga.example", "subject": "Laporan JK2611240007 diterima", "text": "Terima kasih, Ibu Ani.",
        "reference": "letter-42", "letter": 42, "token": "17", "number": "JK2611240007", "code": "received",
    }  # fmt: skip
    return Outgoing(**{**given, **more})


def read(raw: bytes):
    return email.message_from_bytes(raw, policy=email.policy.default)


# ---- in and back ----


def test_a_report_comes_in_and_its_answers_go_to_and_fro(city, world):
    photo = "Content-Type: image/jpeg\r\nContent-Disposition: attachment; filename*=utf-8''lubang%20%E2%80%94.jpg\r\n"
    photo += (
        "Content-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"\xff\xd8\xff" + b"x" * 900).decode()
    )
    ears = Ears()
    with Listening(account(city), ears) as listening:
        time.sleep(0.5)
        start = time.monotonic()
        city.write(
            parts("Content-Type: text/plain; charset=utf-8\r\n\r\nJalan berlubang.", photo, return_path=None)
        )
        assert wait_for(lambda: ears.of(Submission), 10)
        print(f"written to heard: {time.monotonic() - start:.2f} s")
        said = ears.of(Submission)[0]
        assert (said.words, said.thread, [file.name for file in said.files], said.sender.proven) == (
            "Lampu jalan\n\nJalan berlubang.", "satu@warga.example", ["lubang —.jpg"], False,
        )  # fmt: skip

        result = EMAIL.send(account(city), letter(thread=(said.thread,)))
        assert (result.state, result.external_id) == ("sent", address.message_id(account(city), 42))
        assert wait_for(lambda: world.to("ani@warga.example"))
        got = read(world.to("ani@warga.example")[0])
        assert (got["In-Reply-To"], got["Auto-Submitted"]) == ("<satu@warga.example>", "auto-replied")

        answer = mail("Di depan pasar.\r\n\r\n> Di mana?", subject=f"Re: {got['Subject']}", to=got["Reply-To"],
                      in_reply_to=got["Message-ID"], message_id="<tiga@warga.example>", delivered_to=None,
                      return_path=None)  # fmt: skip
        city.write(answer, to=got["Reply-To"])
        assert wait_for(lambda: len(ears.of(Submission)) == 2, 10)
        said = ears.of(Submission)[1]
        assert (said.token, said.replies_to, said.number, said.words) == (
            "17", (result.external_id,), "JK2611240007", "Di depan pasar.",
        )  # fmt: skip
    assert (listening.breaks, city.count("INBOX"), city.count("Processed")) == ([], 0, 2)


def test_the_operators_test_finds_nothing_wrong_and_what_is(city):
    EMAIL.poll(account(city), Ears())
    city.run("doveadm", "-c", str(city.root / "dovecot.conf"), "mailbox", "create", "-u", "laporan", "Processed",
             check=False)  # fmt: skip
    assert EMAIL.test(account(city)) == ""
    assert "log-in" in EMAIL.test(account(city, imap_password="salah"))


# ---- the mailbox breaks ----


def test_f18_a_mailbox_killed_in_idle_is_noticed_and_its_mail_found_within_a_minute(city):
    ears = Ears()
    with Listening(account(city), ears) as listening:
        time.sleep(1)
        city.kill_dovecot()
        assert wait_for(lambda: listening.breaks, 10)
        city.write(mail("Selama mati", subject=None))  # Postfix keeps it
        busy, start = time.process_time(), time.monotonic()
        time.sleep(8)
        share = (time.process_time() - busy) / (time.monotonic() - start)
        tries = len(listening.breaks)
        city.start_dovecot()
        back = time.monotonic()
        assert wait_for(lambda: ears.of(Submission), WITHIN)
        print(
            f"found {time.monotonic() - back:.1f} s after it was back; {tries} tries, {share:.1%} of a core"
        )
    assert (share < 0.1, tries < 12) == (True, True)
    assert [one.words for one in ears.of(Submission)] == ["Selama mati"]


def test_f18_a_mailbox_restarted_in_good_order_is_the_same(city):
    ears = Ears()
    with Listening(account(city), ears) as listening:
        time.sleep(1)
        city.stop_dovecot()
        city.start_dovecot()
        city.write(mail("Sesudah", subject=None))
        assert wait_for(lambda: ears.of(Submission), WITHIN)
    assert len(listening.breaks) <= 6


def test_f18_a_line_cut_in_the_middle_of_a_mail_takes_nothing_and_then_all(city):
    cutter = Cutter(city.imap)
    try:
        city.write(mail("Jalan rusak. " * 20_000, subject=None))
        assert wait_for(lambda: city.count("INBOX"))
        ears = Ears()
        cutter.after = 60_000
        with pytest.raises(OSError, match=r".*"):
            EMAIL.poll(account(city, imap_port=str(cutter.port)), ears)
        assert (ears.kept, city.count("INBOX")) == ({}, 1)
        EMAIL.poll(account(city, imap_port=str(cutter.port)), ears)
        assert (len(ears.kept), city.count("INBOX"), city.count("Processed")) == (1, 0, 1)
    finally:
        cutter.close()


CRASHING = """
import json, os, sqlite3, sys
from tanggap.channels.base import Account
from tanggap.channels.email import EMAIL
told = json.loads(sys.argv[1])
store = sqlite3.connect(told["store"])
def ears(heard):
    if told["when"] == "before":
        os._exit(9)
    for one in heard:
        store.execute("INSERT OR IGNORE INTO inbound VALUES (?)", [one.external_id])
    store.commit()
    if told["when"] == "after":
        os._exit(9)
EMAIL.poll(Account("surel", "email", told["settings"]), ears)
"""


@pytest.mark.parametrize("when", ["before", "after"])
def test_f19_a_crash_before_or_after_the_commit_loses_nothing_and_doubles_nothing(city, tmp_path, when):
    store = tmp_path / "store"
    with sqlite3.connect(store) as made:
        made.execute("CREATE TABLE inbound (external_id text PRIMARY KEY)")
    for n in range(5):
        city.write(mail(f"Laporan {n}", subject=None, message_id=f"<{n}@warga.example>"))
    assert wait_for(lambda: city.count("INBOX") == 5)

    def take(how: str) -> int:
        told = {"store": str(store), "when": how, "settings": dict(account(city).settings)}
        return subprocess.run(
            [sys.executable, "-c", CRASHING, json.dumps(told)], timeout=60, check=False
        ).returncode

    def stored() -> int:
        with sqlite3.connect(store) as now:
            return now.execute("SELECT count(*) FROM inbound").fetchone()[0]

    assert take(when) == 9
    assert (stored(), city.count("INBOX")) == (0 if when == "before" else 5, 5)
    assert take("never") == 0
    assert (stored(), city.count("INBOX"), city.count("Processed")) == (5, 0, 5)


def test_a_mailbox_with_another_uidvalidity_is_taken_again_and_stores_nothing_twice(city):
    ears = Ears()
    for n in range(3):
        city.write(mail(f"Laporan {n}", subject=None, message_id=f"<{n}@warga.example>"))
    assert wait_for(lambda: city.count("INBOX") == 3)
    cursor = EMAIL.poll(account(city), ears)
    city.doveadm("move", "-u", "laporan", "INBOX", "mailbox", "Processed", "all")
    city.doveadm("mailbox", "update", "-u", "laporan", "--uid-validity", "4711", "INBOX")
    after = EMAIL.poll(account(city, cursor), ears)
    assert (cursor["uidvalidity"] != "4711", after) == (True, {"uidvalidity": "4711", "left": []})
    assert (len(ears.kept), ears.times, city.count("INBOX")) == (3, 6, 0)


def test_a_mail_of_thirty_megabytes_is_taken_with_a_note_and_blocks_nothing(city):
    photo = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    photo += base64.encodebytes(b"\xff\xd8\xff" + os.urandom(30_000_000))
    city.write(parts(b"Content-Type: text/plain\r\n\r\nJalan rusak, foto terlampir.", photo, subject=None))
    city.write(mail("Berikutnya", subject=None, message_id="<dua@warga.example>"))
    assert wait_for(lambda: city.count("INBOX") == 2, 30)
    ears = Ears()
    EMAIL.poll(account(city), ears)
    assert sorted((one.words, one.notes) for one in ears.of(Submission)) == [
        ("Berikutnya", ()),
        ("Jalan rusak, foto terlampir.", ("too_large",)),
    ]


def test_e09_a_smuggled_second_mail_is_one(city):
    second = b"\r\nMAIL FROM:<evil@luar.example>\r\nRCPT TO:<laporan@kota.example>\r\nDATA\r\nSubject: dua\r\n\r\ndua"
    with smtplib.SMTP("127.0.0.1", city.smtp, timeout=10) as line:
        line.ehlo()
        line.mail("ani@warga.example")
        line.rcpt("laporan@kota.example")
        line.docmd("DATA")
        line.send(mail("satu", subject=None) + b"\n." + second + b"\r\n.\r\n")
        line.getreply()
    ears = Ears()
    wait_for(lambda: city.count("INBOX"), 3)
    EMAIL.poll(account(city), ears)
    assert [one.sender.address for one in ears.of(Submission)] in ([], ["ani@warga.example"])


def test_a_token_opens_the_mailbox_and_an_old_one_does_not(city, monkeypatch):
    def token(ends: float) -> str:
        return jwt.encode(
            {"sub": "laporan", "iat": int(time.time()) - 60, "exp": int(ends)}, servers.KEY, "HS256"
        )

    given = iter(
        [token(time.time() - 30), token(time.time() + 300), token(time.time() - 30), token(time.time() - 30)]
    )
    monkeypatch.setattr(oauth, "asked", lambda account: (next(given), 600.0))
    oauth.forget()
    made = account(city, oauth_url="http://127.0.0.1:1/token", imap_password="")
    assert EMAIL.poll(made, Ears())["left"] == []  # the first is refused, a fresh one is taken
    oauth.forget()
    with pytest.raises(Trouble, match="log-in"):
        EMAIL.poll(made, Ears())
    oauth.forget()


# ---- lines that nobody reads along ----


def guarded(city: Servers, how: str) -> dict[str, str]:
    return {
        "imap_security": how, "imap_port": str(city.secure if how == "tls" else city.imap),
        "smtp_security": "starttls", "ca_file": str(city.root / "cert.pem"),
    }  # fmt: skip


@pytest.mark.parametrize("how", ["tls", "starttls"])
def test_over_encrypted_lines_a_mail_is_heard_at_once_and_a_letter_goes(city, world, how):
    made, ears = account(city, **guarded(city, how)), Ears()
    with Listening(made, ears) as listening:
        time.sleep(1)
        for n in range(3):
            city.write(mail(f"Laporan {n}", subject=None, message_id=f"<{n}@warga.example>"))
            assert wait_for(lambda n=n: len(ears.kept) == n + 1, 10)
        assert EMAIL.send(made, letter()).state == "sent"
        assert wait_for(lambda: world.to("ani@warga.example"))
        city.kill_dovecot()
        assert wait_for(lambda: listening.breaks, 10)
        city.start_dovecot()


def test_a_server_that_cant_prove_itself_gets_no_password_and_no_letter(city, world):
    made = account(city, **(guarded(city, "tls") | {"ca_file": ""}))
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        EMAIL.poll(made, Ears())
    result = EMAIL.send(made, letter())
    assert (result.state, result.down, world.taken) == ("failed", True, [])
    assert "SSLCertVerificationError" in EMAIL.test(made)


# ---- letters ----


def test_f21_a_server_that_is_down_loses_no_letter(city, world):
    city.stop_postfix()
    down = EMAIL.send(account(city), letter())
    assert (down.state, down.again, down.down) == ("failed", True, True)
    city.start_postfix()
    assert EMAIL.send(account(city), letter()).state == "sent"
    assert wait_for(lambda: len(world.to("ani@warga.example")) == 1)


def test_f21_a_greylisted_letter_goes_at_the_next_try_once(city, world):
    world.answers["budi@warga.example"] = ["451 4.7.1 greylisted, come again"]
    assert EMAIL.send(account(city), letter(to="budi@warga.example")).state == "sent"
    assert wait_for(lambda: world.to("budi@warga.example"), 30)
    times = [at for to, at in world.tried if to == "budi@warga.example"]
    print(f"greylisted, taken {times[1] - times[0]:.1f} s later")
    assert len(world.to("budi@warga.example")) == 1


@pytest.mark.parametrize(("answers", "status", "gone"), [
    ({"answers": "550 5.1.1 no such user"}, "DSN 5.1.1", True),
    ({"after_data": "552 5.2.2 mailbox full"}, "DSN 5.2.2", False),
    ({"answers": "554 5.7.1 not wanted"}, "DSN 5.7.1", False),
])  # fmt: skip
def test_f21_e12_a_letter_that_comes_back_is_failed_by_its_number(city, world, answers, status, gone):
    for name, answer in answers.items():
        getattr(world, name)["hilang@warga.example"] = [answer]
    ears = Ears()
    with Listening(account(city), ears):
        result = EMAIL.send(account(city), letter(to="hilang@warga.example", letter=77))
        assert wait_for(lambda: ears.kept, 30)
    [came] = ears.kept.values()
    assert isinstance(came, Delivery)
    assert (came.letter, came.of, came.state, came.reason, came.gone) == (
        77, result.external_id, "failed", status, gone,
    )  # fmt: skip


def test_a_refusal_of_the_smart_host_itself_is_told_at_once(city):
    too_big = letter(text="x" * 61_000_000)
    assert EMAIL.send(account(city), too_big).reason == "SMTP 552 5.3.4 (from)"


def test_a_forged_result_of_dmarc_proves_nothing(city):
    forged = "luar.example; dmarc=pass header.from=warga.example"
    city.write(mail("x", to=reply_to(17), delivered_to=None, authentication_results=forged))
    assert wait_for(lambda: city.count("INBOX") == 1)
    ears = Ears()
    EMAIL.poll(account(city), ears)
    assert [one.sender.proven for one in ears.of(Submission)] == [False]


def test_what_waited_is_drained_in_order(city):
    many = 200
    with smtplib.LMTP("127.0.0.1", city.lmtp) as line:
        for n in range(many):
            raw = mail(f"Laporan {n:03}", subject=None, message_id=f"<{n}@warga.example>")
            line.sendmail("ani@warga.example", ["laporan@kota.example"], raw)
    ears = Ears()
    start = time.monotonic()
    EMAIL.poll(account(city), ears)
    seconds = time.monotonic() - start
    print(f"{many} mails in {seconds:.1f} s: {many / seconds:.0f}/s")
    assert [one.words for one in ears.of(Submission)] == [f"Laporan {n:03}" for n in range(many)]
