"""SMS through the city's own door, with the worker's own line to a small exchange: in and back, in parts, stopped,
throttled, dropped (C06, C07, F22)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from tanggap.channels import registry
from tanggap.channels.sms import SMS, listener, send
from tanggap.channels.sms.alphabet import decode
from tanggap.models import Case, ChannelState, Identity, Letter, Message, Report, Task
from tanggap.work import lines
from tests import cast as people
from tests.world.smsc import THROTTLED, Smsc, parts

ANI = "6281234567890"
CLEAR = "Lampu jalan mati di Kelurahan Mawar depan pasar, gelap sekali"
NOWHERE = "Lampu jalan mati, gelap sekali dan berbahaya"


@pytest.fixture(name="smsc")
def _smsc(story, monkeypatch):
    """The exchange, and the worker's line to it."""
    people.assemble()
    listener._memories.clear()
    with Smsc() as smsc:
        smsc.receipts = "never"
        for name, value in smsc.settings(part_wait="0.3").items():
            monkeypatch.setenv(registry.variable("pesan", name), value)
        over = threading.Event()
        thread = threading.Thread(target=lines.Line("pesan", SMS, over).run, daemon=True)
        thread.start()
        smsc.until(lambda: smsc.binds)
        yield smsc
        over.set()
        thread.join(10)
        for outlet in list(send._outlets.values()):
            outlet.close()
        send._outlets.clear()


def work(story, hours: float = 0) -> None:
    story.work(datetime.now(UTC) + timedelta(minutes=2, hours=hours))


def seen(smsc: Smsc) -> list[str]:
    """What citizens read, letter by letter: parts put together."""
    found: list[str] = []
    for one in smsc.submitted:
        text = one.text[6:] if one.esm & 0x40 else one.text
        goes_on = one.esm & 0x40 and one.text[5] > 1
        words = decode(text, one.coding)
        found = [*found[:-1], found[-1] + words] if goes_on else [*found, words]
    return found


def test_a_report_comes_in_its_number_goes_back_and_the_ledger_says_what_the_exchange_saw(story, smsc):
    smsc.deliver(ANI, CLEAR)
    smsc.all_taken()
    work(story)
    report = Report.objects.get()
    letters = list(Letter.objects.filter(way="sms").order_by("id"))
    assert (len(letters) > 0, {one.dest for one in smsc.submitted}) == (True, {ANI})
    assert all(report.number in words for words in seen(smsc))
    for one in smsc.submitted:
        if one.receipt:
            smsc.receipt(one)
    smsc.all_taken()
    states = list(Letter.objects.filter(way="sms").order_by("id").values_list("external_id", "state"))
    assert states == [(one.id, "delivered") for one in smsc.submitted if one.receipt]


def test_a_receipt_that_comes_before_the_answer_is_matched_late(story, smsc):
    smsc.receipts = "before"
    smsc.deliver(ANI, CLEAR)
    smsc.until(lambda: Report.objects.count())
    work(story)
    states = set(Letter.objects.filter(way="sms").values_list("state", flat=True))
    assert states == {"delivered"}


def test_a_number_of_a_sender_proves_nothing(story, smsc):
    smsc.deliver(ANI, CLEAR)
    smsc.all_taken()
    assert Identity.objects.get(channel="phone").proven_at is None


def test_where_no_place_was_given_it_is_asked_and_answered(story, smsc):
    smsc.deliver(ANI, NOWHERE)
    smsc.all_taken()
    work(story)
    assert Case.objects.get().waiting_for == "reporter"
    smsc.deliver(ANI, "Di Kelurahan Mawar, depan pasar")
    smsc.all_taken()
    work(story)
    case = Case.objects.get()
    assert (case.waiting_for, case.area.name, Report.objects.count(), Message.objects.count()) == (
        "",
        "Mawar",
        1,
        1,
    )


def test_parts_out_of_order_are_one_report(story, smsc):
    for one in reversed(parts([CLEAR[:30].encode(), CLEAR[30:].encode()], 17)):
        smsc.deliver(ANI, one, esm=0x40, coding=3)
    smsc.all_taken()
    work(story)
    assert (Report.objects.get().case.area.name, Message.objects.count()) == ("Mawar", 0)


def test_parts_one_by_one_are_one_report_and_its_messages(story, smsc):
    smsc.window = 1
    for one in parts([b"Lampu jalan mati di Kelu", b"rahan Mawar depan ", b"pasar, gelap sekali"], 17):
        smsc.deliver(ANI, one, esm=0x40, coding=3)
    smsc.all_taken()
    smsc.until(lambda: Message.objects.count() == 2)
    work(story)
    assert Report.objects.count() == 1


def test_stop_ends_letters_and_inside_a_sentence_is_a_report(story, smsc):
    smsc.deliver(ANI, "Tolong stop truk yang lewat di Kelurahan Mawar depan pasar")
    smsc.all_taken()
    smsc.deliver(ANI, "STOP")
    smsc.all_taken()
    work(story)
    assert (Report.objects.count(), Message.objects.count(), seen(smsc)) == (1, 0, [])


def test_who_has_only_a_name_is_heard_and_gets_no_letter(story, smsc):
    smsc.deliver("WARGA", CLEAR, ton=5)
    smsc.all_taken()
    work(story)
    assert (Report.objects.count(), smsc.submitted) == (1, [])


def test_status_is_told_to_whoever_asks(story, smsc):
    smsc.deliver(ANI, CLEAR)
    smsc.all_taken()
    work(story)
    number, before = Report.objects.get().number, len(seen(smsc))
    smsc.deliver("6281234567891", f"STATUS {number}")
    smsc.all_taken()
    work(story)
    new = seen(smsc)[before:]
    assert (len(new), "Kelurahan Mawar" in new[0], Report.objects.count()) == (1, True, 1)


def test_throttled_it_goes_later_and_once(story, smsc):
    smsc.refusals = [THROTTLED]
    smsc.deliver(ANI, CLEAR)
    smsc.all_taken()
    work(story)
    work(story, hours=1)
    states = set(Letter.objects.filter(way="sms").values_list("state", flat=True))
    told = seen(smsc)
    assert (states, len(told) == len(set(told)), len(told)) == (
        {"sent"},
        True,
        Letter.objects.filter(way="sms").count(),
    )


def test_an_exchange_that_is_away_for_hours_gets_all_of_it_afterwards_once_and_in_order(story, smsc):
    smsc.lines = 1  # the line that listens; the one that sends is let in no more
    senders = [f"628123456789{place}" for place in range(4)]
    for place, sender in enumerate(senders):
        smsc.deliver(sender, f"{CLEAR}, rumah nomor {place}")
    smsc.all_taken()
    for hours in (0, 1, 3):
        work(story, hours)
    assert (smsc.submitted, ChannelState.objects.get(channel__code="pesan").failing_since is not None) == (
        [],
        True,
    )
    smsc.lines = 8
    for hours in (5, 6):
        work(story, hours)
    assert sorted({one.dest for one in smsc.submitted}) == senders
    by_sms = Letter.objects.filter(way="sms")
    assert (set(by_sms.values_list("state", flat=True)), len(seen(smsc))) == ({"sent"}, by_sms.count())
    assert ChannelState.objects.get(channel__code="pesan").failing_since is None


def test_dropped_after_the_submit_it_is_unknown_and_stays_one_sms(story, smsc):
    smsc.hang_up = 1
    smsc.deliver(ANI, CLEAR)
    smsc.all_taken()
    work(story)
    for hours in (1, 2, 30):
        work(story, hours)
    first = Letter.objects.filter(way="sms").order_by("id").first()
    told = seen(smsc)
    assert (first.state, len(told) == len(set(told))) == ("unknown", True)


def test_bytes_for_a_program_are_a_task_and_the_next_one_is_heard(story, smsc):
    smsc.deliver(ANI, b"\x01\x02", coding=4)
    smsc.deliver(ANI, CLEAR)
    smsc.all_taken()
    assert (Task.objects.filter(kind=Task.UNREADABLE).count(), Report.objects.count()) == (1, 1)
    assert ChannelState.objects.get(channel__code="pesan").failing_since is None
