"""A report's whole way by e-mail through real servers and the real doors: Postfix, Dovecot, the worker, the ledger of
deliveries; and everything that must never become a report or get an answer."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from tanggap.channels import registry
from tanggap.channels.base import Account
from tanggap.channels.email import mailbox
from tanggap.channels.registry import variable
from tanggap.models import ChannelState, Inbound, Letter, Message, Report
from tanggap.work import lines
from tests import cast as people
from tests.channels.email.letters import SECRET, mail
from tests.services.mail import servers
from tests.services.mail.servers import Servers, World, wait_for

DMARC = "mx.kota.example; dmarc=pass header.from=warga.example"


@pytest.fixture(scope="module")
def machine() -> Iterator[Servers]:
    if why := servers.missing():
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    with Servers() as made:
        yield made
    mailbox.close_readers()


class City:
    """Ani's server on one side, the city's on the other, and what was sent from here to her."""

    def __init__(self, machine: Servers, world: World, story):
        self.machine, self.world, self.story = machine, world, story

    def write(self, words: str, *, to: str = "laporan@kota.example", proven: bool = True, **headers) -> None:
        """A mail through the city's server, until the worker has read it."""
        before = Inbound.objects.count()
        given = {
            "to": to, "delivered_to": None, "return_path": None, "authentication_results": DMARC if proven else None,
        }  # fmt: skip
        self.machine.write(mail(words, **{**given, **headers}), to=to)
        assert wait_for(lambda: self.machine.count("INBOX"))
        self.read()
        assert Inbound.objects.count() == before + 1

    def read(self) -> None:
        ChannelState.objects.update(due_at=None)
        assert lines.poll_due() == 1
        self.story.work(datetime.now(UTC) + timedelta(minutes=2))

    def letters(self, to: str = "ani@warga.example", wanted: int = 0) -> list:
        wait_for(lambda: len(self.world.to(to)) >= wanted, 10)
        return [message_from_bytes(raw, policy=policy.default) for raw in self.world.to(to)]


@pytest.fixture
def city(machine, story, monkeypatch) -> Iterator[City]:
    people.assemble()
    machine.empty()
    given = {
        "address": "laporan@kota.example", "token_secret": SECRET, "authserv_id": "mx.kota.example",
        "imap_host": "127.0.0.1", "imap_port": str(machine.imap), "imap_security": "none", "imap_user": "laporan",
        "imap_password": servers.PASSWORD, "smtp_host": "127.0.0.1", "smtp_port": str(machine.smtp),
        "smtp_security": "none",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(variable("surel", name), value)
    with World(machine.world) as world:
        yield City(machine, world, story)


def test_in_and_back_and_the_ledger_is_what_the_other_side_saw(city):
    city.write("Lampu jalan mati, gelap sekali", subject="Lampu")
    report = Report.objects.get()
    (asked,) = city.letters(wanted=1)
    assert report.number in asked.get_content()
    city.write("Di Kelurahan Mawar, depan pasar", to=asked["Reply-To"], subject=f"Re: {asked['Subject']}",
               in_reply_to=asked["Message-ID"], message_id="<dua@warga.example>")  # fmt: skip
    report.case.refresh_from_db()
    assert (Report.objects.count(), Message.objects.get().proven, report.case.status) == (1, True, "ASSIGNED")
    sent = Letter.objects.filter(report=report).order_by("id")
    seen = city.letters(wanted=len(sent))
    assert [row.external_id for row in sent] == [one["Message-ID"].strip("<>") for one in seen]
    assert {row.state for row in sent} == {"sent"}


def test_f19_a_crash_between_commit_and_move_is_one_report(city, monkeypatch):
    with monkeypatch.context() as crash:
        crash.setattr(mailbox, "move", lambda box, account, uids: 1 / 0 if uids else [])
        city.machine.write(mail("Lampu jalan mati di Kelurahan Mawar", delivered_to=None, return_path=None))
        assert wait_for(lambda: city.machine.count("INBOX"))
        lines.poll_due()
    assert (Report.objects.count(), city.machine.count("INBOX")) == (1, 1)
    city.read()
    assert (Report.objects.count(), Inbound.objects.count(), city.machine.count("INBOX")) == (1, 1, 0)


def test_f18_a_mailbox_killed_in_idle_is_listened_to_again_by_the_worker(city):
    stopping = threading.Event()
    line = lines.Line("surel", registry.KINDS["email"], stopping)
    thread = threading.Thread(target=line.run, daemon=True)
    thread.start()
    try:
        time.sleep(2)
        city.machine.kill_dovecot()
        assert wait_for(lambda: ChannelState.objects.exclude(failing_since=None).exists(), 20)
        city.machine.write(mail("Lampu jalan mati di Kelurahan Mawar", delivered_to=None, return_path=None))
        time.sleep(8)
        city.machine.start_dovecot()
        assert wait_for(Report.objects.exists, 60)
    finally:
        stopping.set()
        thread.join(20)
    assert (thread.is_alive(), Report.objects.count(), city.machine.count("INBOX")) == (False, 1, 0)


def test_e12_a_letter_that_comes_back_is_marked_and_no_case_is_made(city):
    city.world.after_data["ani@warga.example"] = ["552 5.2.2 mailbox full"]
    city.write("Lampu jalan mati di Kelurahan Mawar", subject="Lampu")
    letter = Letter.objects.filter(report__isnull=False).order_by("id").first()
    assert wait_for(lambda: city.machine.count("INBOX"), 20)
    city.read()
    letter.refresh_from_db()
    assert (letter.state, "5.2.2" in letter.last_error, Report.objects.count()) == ("failed", True, 1)


def test_an_absent_reader_our_own_letter_and_a_loop_get_no_answer(city):
    city.write("Lampu jalan mati di Kelurahan Mawar", subject="Lampu")
    letters = city.letters(wanted=1)
    back = letters[0]["Reply-To"]
    city.write("Saya cuti.", to=back, auto_submitted="auto-replied", message_id="<cuti@warga.example>")
    city.write("Saya cuti.", to=back, precedence="auto_reply", message_id="<cuti2@warga.example>")
    city.write("x", from_="laporan@kota.example", message_id="<kami@kota.example>")
    city.write("x", x_loop="laporan@kota.example", message_id="<putar@warga.example>")
    assert (Report.objects.count(), Message.objects.count(), len(city.letters())) == (1, 0, len(letters))


def test_e01_who_only_claims_to_be_ani_gets_nothing_and_is_kept_apart(city):
    city.write("Lampu jalan mati di Kelurahan Mawar", subject="Lampu")
    letters = city.letters(wanted=1)
    city.write("Kirimkan riwayat laporan saya", to=letters[0]["Reply-To"], proven=False, cc="evil@luar.example",
               message_id="<tiga@warga.example>")  # fmt: skip
    assert (Message.objects.get().proven, len(city.letters()), city.letters("evil@luar.example")) == (
        False,
        len(letters),
        [],
    )


def test_the_account_is_read_from_the_environment(city):
    account = lines.account_of(lines.state_of("surel"))
    assert isinstance(account, Account)
    assert account["address"] == "laporan@kota.example"
