"""The worker's lines to the outside: listened to by one worker, asked when it is time, opened again when they break."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from tanggap.channels import registry
from tanggap.channels.base import Trouble
from tanggap.models import Channel, ChannelState, Letter, Report
from tanggap.work import lines
from tests import cast as people
from tests.talk import heard, talking

CLEAR = "Lampu jalan mati di Kelurahan Mawar depan pasar, gelap sekali"


@pytest.fixture
def world(monkeypatch, story):
    people.assemble()
    with talking(monkeypatch) as providers:
        yield providers


def said(account, name="m1", words=CLEAR):
    return heard(account, {"id": name, "words": words, "at": datetime.now(UTC).isoformat()})


def until(true, seconds=20):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def state(code="gema"):
    return ChannelState.objects.get(channel__code=code)


def change(monkeypatch, **more):
    kind = replace(registry.KINDS["gema"], **more)
    monkeypatch.setattr(registry, "KINDS", registry.KINDS | {"gema": kind})
    return kind


def test_a_poll_goes_on_from_where_it_stopped(world, monkeypatch):
    seen = []

    def poll(account, ears):
        seen.append(dict(account.cursor))
        ears([said(account, f"m{len(seen)}")])
        return {"last": len(seen)}

    change(monkeypatch, poll=poll, poll_seconds=60)
    assert lines.poll_due() == 1
    assert lines.poll_due() == 0  # its time has not come
    ChannelState.objects.update(due_at=datetime.now(UTC))
    assert lines.poll_due() == 1
    assert (seen, state().cursor) == ([{}, {"last": 1}], {"last": 2})
    assert (Report.objects.count(), state().received_at is not None) == (1, True)


def test_a_poll_that_fails_is_told_and_keeps_its_place(world, monkeypatch):
    def poll(account, ears):
        ears([said(account)])
        raise Trouble("The password is refused.")

    change(monkeypatch, poll=poll)
    ChannelState.objects.create(channel=Channel.objects.get(code="gema"), cursor={"last": 7})
    lines.poll_due()
    assert (state().cursor, state().last_error) == ({"last": 7}, "The password is refused.")
    assert state().failing_since is not None
    assert Report.objects.count() == 1  # what was heard before is committed


def test_a_broken_line_is_opened_again(world, monkeypatch):
    monkeypatch.setattr(lines, "PAUSES", (0,))
    tries, stopping = [], threading.Event()

    def listen(account, ears, stopped):
        tries.append(account.code)
        if len(tries) == 1:
            raise OSError("reset")
        ears([said(account)])
        until(stopped)

    line = lines.Line("gema", change(monkeypatch, listen=listen), stopping)
    thread = threading.Thread(target=line.run)
    thread.start()
    until(lambda: Report.objects.count() == 1)
    stopping.set()
    thread.join(10)
    assert (tries, thread.is_alive(), state().last_error) == (["gema", "gema"], False, "OSError")


def test_two_workers_keep_one_line(world, monkeypatch):
    monkeypatch.setattr(lines, "LOOK_SECONDS", 0.05)
    now, most, stops = [0], [0], [threading.Event(), threading.Event()]

    def listen(account, ears, stopped):
        now[0] += 1
        most[0] = max(most[0], now[0])
        until(stopped)
        now[0] -= 1

    kind = change(monkeypatch, listen=listen)
    threads = [threading.Thread(target=lines.Line("gema", kind, stop).run) for stop in stops]
    for thread in threads:
        thread.start()
    until(lambda: now[0] == 1)
    stops[0].set()
    threads[0].join(10)
    until(lambda: now[0] == 1 or stops[1].is_set())  # whoever is left takes over
    stops[1].set()
    threads[1].join(10)
    assert most == [1]


def test_a_channel_that_is_switched_off_is_not_asked(world, monkeypatch):
    change(monkeypatch, poll=lambda account, ears: pytest.fail("asked"))
    ChannelState.objects.create(channel=Channel.objects.get(code="gema"), on=False)
    assert lines.poll_due() == 0


def test_letters_go_by_a_thread_of_their_way_and_a_slow_one_holds_up_nobody(world, story, monkeypatch):
    slow = threading.Event()

    def send(account, letter):
        slow.wait(30)
        return world["gema"].send(account, letter)

    change(monkeypatch, send=send)
    at = datetime.now(UTC).isoformat()
    for name in ("gema", "angin"):
        account = registry.account(name, name)
        lines.ears([heard(account, {"id": "m1", "words": CLEAR, "at": at, "from": name})])
    from tanggap import flow

    flow.run_inside(datetime.now(UTC) + timedelta(seconds=5))
    mine = lines.Lines()
    mine.start()
    until(lambda: "received" in world["angin"].codes())
    assert world["gema"].codes() == []
    slow.set()
    until(lambda: world["gema"].codes() == ["received", "arrived"])
    mine.stop()
    connection.close()
    assert not Letter.objects.filter(state="queued", officer=None).exists()
