"""The boards: citizens first, nothing added up, nobody guessable, and the officers' day."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Case, Report
from tanggap.monitoring import counts
from tanggap.pages.board import charts
from tests.cast import NOON, case_of, report
from tests.unit.pages.conftest import act

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=8)


@pytest.fixture(autouse=True)
def fresh():
    counts.forget()
    yield
    counts.forget()


def say(row: Report, deed, at=LATER) -> None:
    act(deed, row.id, by=access.reporter_viewer(row), at=at)


def test_the_day_counts_what_was_said_today(chain):
    yes, no, wait = chain("close"), chain("close"), chain("close")
    report()
    say(yes, followup.confirm)
    say(no, followup.contest)
    day = counts.today(LATER)
    # the contested one was opened again by itself: it is called done no more
    assert (day.received, day.done, day.confirmed, day.contested, day.waiting) == (4, 2, 1, 1, 1)
    assert wait.pk
    counts.forget()
    tomorrow = counts.today(LATER + timedelta(days=1))
    assert (tomorrow.received, tomorrow.done, tomorrow.confirmed, tomorrow.waiting) == (0, 0, 0, 1)


def test_silence_is_counted_on_the_day_the_time_ran_out(chain, cast):
    row = chain("close")
    end = Case.objects.get(pk=row.case_id).confirm_by
    act(followup.silence, row.case_id, at=end)
    assert counts.today(end + timedelta(minutes=1)).silent == 1
    counts.forget()
    assert counts.today(LATER).silent == 0


def test_a_cohort_keeps_what_is_late(chain):
    chain("close")
    late = case_of(report())
    Case.objects.filter(pk=late.pk).update(promise_at=NOON)
    word = counts.citizens_word(LATER, 30)
    assert (word.city.received, word.city.done, word.city.open, word.city.late) == (2, 1, 1, 1)
    assert [(row.name, row.received) for row in word.areas] == [("Melati", 2)]


def test_secret_reports_are_in_no_public_figure():
    report("Petugas minta pungli", visibility="secret")
    assert counts.today(LATER).received == 0
    assert counts.citizens_word(LATER, 30).city.received == 0
    assert [row.received for row in counts.day_by_day(LATER, 14)] == [0] * 14


@pytest.mark.parametrize(("number", "said"), [(0, 0), (1, None), (4, None), (5, 5), (300, 300)])
def test_few_are_not_told(number, said):
    assert counts.told(number) == said


def test_the_public_board_says_few_as_few(visit, chain, words):
    say(chain("close"), followup.confirm)
    page = visit().get("/papan/")
    text = words(page)
    assert "kurang dari 5 dinyatakan" not in text
    assert "Hari ini kota menyatakan" in text
    assert "kurang dari 5" in text
    assert page["Cache-Control"] == "public, max-age=15"
    assert "style=" not in page.content.decode()


def test_five_of_a_kind_are_told(visit, words):
    for _ in range(5):
        report(at=timezone.now())
    assert "5 masuk hari ini" in " ".join(reversed_pulse(visit().get("/papan/").content.decode()))


def reversed_pulse(body: str) -> list[str]:
    import re

    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", body)
    return [f"{value} {words}" for words, value in found]


@pytest.mark.parametrize("days", ["7", "30", "90", "", "0", "x", "9" * 40])
def test_any_span_is_answered(visit, days):
    assert visit().get("/papan/", {"hari": days}).status_code == 200


def test_the_public_board_costs_the_same_however_much_there_is(visit, chain):
    client = visit()

    def asked() -> int:
        counts.forget()
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/papan/").status_code == 200
        return len(seen)

    asked()
    one = asked()
    for _ in range(10):
        chain("close")
    asked()
    assert asked() == one
    assert one <= 8


# ---- the city board ----


def test_what_nobody_may_ignore(chain, cast):
    fine, late, quiet = case_of(report()), case_of(report()), case_of(report())
    Case.objects.filter(pk=fine.pk).update(promise_at=LATER + timedelta(days=1))
    Case.objects.filter(pk=late.pk).update(promise_at=NOON, promise_step="first_response")
    Case.objects.filter(pk=quiet.pk).update(promise_at=None, changed_at=NOON - timedelta(days=4))
    found = counts.ignored(LATER)
    assert (found.untouched, found.late, found.quiet, found.unanswered) == (1, 1, 1, 0)


def test_a_citizens_answer_waits_until_an_officer_writes(cast):
    from uuid import uuid4

    from tanggap.reply import actions as reply

    row = report()
    reply.answer(row.id, "Sudah dua minggu begini.", form=uuid4(), by=access.reporter_viewer(row), now=LATER)
    assert counts.ignored(LATER).unanswered == 1
    reply.tell(row.case_id, "Besok kami datang.", by=cast.budi, now=LATER + timedelta(minutes=1))
    counts.forget()
    assert counts.ignored(LATER).unanswered == 0


def test_what_burns_is_named_beside_its_usual_day():
    for _ in range(3):
        report(at=NOON)
    found = counts.burning(LATER, "id")
    assert [(row.category, row.area, row.count, row.usual) for row in found] == [
        ("Jalan rusak", "Mawar", 3, 0.0)
    ]


def test_the_hours_of_today_stand_beside_the_usual_ones():
    report(at=NOON)
    for day in (1, 2):
        report(at=NOON - timedelta(days=day))
    hours = counts.by_hour(LATER)
    assert (hours.today[12], hours.usual[12], hours.total) == (1, 1.0, 1)


def test_what_rings_within_the_hour_is_counted_by_office():
    case = case_of(report())
    clock = case.clocks.order_by("promised_at").first()
    rings = counts.ringing(clock.promised_at - timedelta(minutes=30))
    assert [(row.agency, row.step, row.count) for row in rings.rows] == [("Kelurahan Mawar", clock.step, 1)]
    counts.forget()
    assert counts.ringing(clock.promised_at - timedelta(hours=2)).total == 0


def test_every_officer_sees_the_city_but_only_their_own_cases_open(visit, words):
    case = case_of(report("Ada kebakaran di Mawar"))
    for name in ("budi", "eko", "joko", "kirana", "indah"):
        counts.forget()
        page = visit(name).get("/petugas/papan/")
        assert "1 kasus bahaya masih terbuka" in words(page)
        assert "Ada kebakaran di" not in words(page)
        opens = f"/petugas/kasus/{case.number}/" in page.content.decode()
        assert opens == (name in ("budi", "indah", "kirana"))


def test_the_city_board_costs_the_same_however_much_there_is(visit):
    client = visit("budi")

    def asked() -> int:
        counts.forget()
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/petugas/papan/").status_code == 200
        return len(seen)

    report("Ada kebakaran di Mawar")
    asked()
    one = asked()
    for _ in range(10):
        report("Ada kebakaran di Mawar")
    asked()
    assert asked() == one
    assert one <= 14


def test_nobody_without_a_log_in_sees_the_city_board(visit):
    assert visit().get("/petugas/papan/").status_code == 302


# ---- pictures of numbers ----


def test_bars_keep_within_their_picture():
    chart = charts.upright([0, 3, 7], [1.0, 2.0, 9.5], width=300, height=100)
    assert chart.top == 10
    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [(110.0, 70.0, 30.0), (210.0, 30.0, 70.0)]
    assert chart.usual == "M0.0 90.0H100.0L100.0 80.0H200.0L200.0 5.0H300.0"


@pytest.mark.parametrize(("value", "top"), [(1, 1), (3, 5), (6, 10), (11, 20), (101, 200), (0.2, 1)])
def test_a_scale_ends_at_a_round_number(value, top):
    assert charts.nice(value) == top


def test_shares_of_a_bar_are_of_the_whole():
    parts = charts.lying([("ya", "yes", 50), ("belum", "no", 25)], 100, width=200)
    assert [(part.percent, part.x, part.width) for part in parts] == [(50, 0.0, 100.0), (25, 100.0, 50.0)]
    assert charts.lying([("ya", "yes", 0)], 0) == []
