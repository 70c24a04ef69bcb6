"""Acknowledged means committed, sent twice means once, numbers have no gaps: on committed data, with real threads."""

from concurrent.futures import ThreadPoolExecutor
from copy import copy

import pytest
from django.db import connection

from tanggap import door
from tanggap.channels.base import Busy, SameIdOtherWords
from tanggap.intake import batch
from tanggap.models import DayNumber, Inbound, Report
from tests.cast import NOON, submission


def take(said):
    """As a request does: the thread gives its connection back to the pool."""
    try:
        return door.take([said], NOON)[0]
    finally:
        connection.close()


def test_the_same_form_sent_eight_times_at_once_is_one_report(story):
    said = submission()
    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(take, [copy(said) for _ in range(8)]))
    assert {receipt.number for receipt in receipts} == {"KM2611240001"}
    assert sorted(receipt.again for receipt in receipts) == [False] + [True] * 7
    assert (Report.objects.count(), Inbound.objects.count()) == (1, 1)


def test_the_same_id_with_other_words_is_refused_and_names_the_first(story):
    said = submission()
    first = take(copy(said))
    other = copy(said)
    other.words, other.body = "Lain sekali", b"Lain sekali"
    refused = take(other)
    assert isinstance(refused, SameIdOtherWords)
    assert refused.receipt.number == first.number
    assert Report.objects.count() == 1


def test_numbers_have_no_gaps_also_when_one_of_a_batch_fails(story):
    good = [submission() for _ in range(12)]
    bad = submission()
    bad.channel = "no such channel"

    def tell(said):
        try:
            return take(said).number
        except KeyError:
            return None

    with ThreadPoolExecutor(13) as pool:
        numbers = list(pool.map(tell, [*good[:6], bad, *good[6:]]))
    assert sorted(number for number in numbers if number) == [f"KM261124{n:04d}" for n in range(1, 13)]
    assert numbers[6] is None
    assert DayNumber.objects.get().last == 12


def test_a_full_queue_says_so_and_stores_nothing(story, monkeypatch):
    monkeypatch.setattr(batch, "_committer", Stuck())
    with pytest.raises(Busy):
        take(submission())
    assert Report.objects.count() == 0


class Stuck(batch.Committer):
    """A committer whose queue is full: the outside fault of this test."""

    def __init__(self):
        super().__init__(1)
        self.stop()
        self.queue.put_nowait(None)
        self.thread = AlwaysAlive()


class AlwaysAlive:
    def is_alive(self) -> bool:
        return True


def test_a_batch_over_midnight_gives_each_report_the_number_of_its_own_day(story):
    from datetime import timedelta

    from tanggap.intake import receive

    before, after = submission(at=NOON), submission(at=NOON + timedelta(days=1))
    receipts = receive([door.prepare(before), door.prepare(after)], NOON + timedelta(days=1))
    assert [receipt.number for receipt in receipts] == ["KM2611240001", "KM2611250001"]
