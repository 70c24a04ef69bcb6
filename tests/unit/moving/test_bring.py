"""Old cases come with their numbers, dates, hand-overs and clocks; the same again changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from tanggap import access, flow
from tanggap.models import (
    Assignment,
    Case,
    Change,
    Clock,
    DayNumber,
    Event,
    FollowUp,
    Identity,
    Inbound,
    Letter,
    Reaction,
    Report,
    Reporter,
    Task,
)
from tanggap.monitoring.queries import search
from tanggap.moving import bring as moving
from tanggap.sla.clocks import due
from tests import cast
from tests.cast import NOON

pytestmark = pytest.mark.django_db


def case(number: str) -> Case:
    return Case.objects.select_related("holder", "area", "category", "assignment").get(number=number)


def verbs(number: str) -> list[str]:
    return list(case(number).events.order_by("id").values_list("verb", flat=True))


def at(told: str) -> datetime:
    """A time as the file's clock showed it; the mini-city is eight hours ahead."""
    return datetime.fromisoformat(told).replace(tzinfo=UTC) - timedelta(hours=8)


def test_an_open_case_comes_with_number_date_place_and_holder(old):
    result = old.rows({"handovers": "2026-11-20 09:05 > Kelurahan Mawar | 2026-11-20 11:00 > dinas-jalan",
                       "started_at": "2026-11-21 08:00", "visibility": ""})  # fmt: skip
    assert (result.came, old.said) == (1, [])
    found = case("L-1")
    assert (found.status, found.visibility, found.area.code, found.holder.code) == (
        "IN_PROGRESS", "private", "m1.a.1", "dinas-jalan",
    )  # fmt: skip
    assert found.opened_at == at("2026-11-20 09:00")
    rows = list(
        Assignment.objects.filter(case=found).order_by("position").values_list("kind", "agency__code", "at")
    )
    assert rows == [
        ("route", "kel-m1.a.1", at("2026-11-20 09:05")),
        ("refer", "dinas-jalan", at("2026-11-20 11:00")),
    ]
    assert verbs("L-1") == ["case.received", "case.triaged", "case.routed", "case.referred", "case.started"]
    assert found.assignment.agency.code == "dinas-jalan"
    assert found.version == 5


def test_every_history_is_marked_and_one_change_tells_of_the_run(old):
    old.rows({}, {}, source="crm")
    assert Event.objects.filter(verb="case.received", data__restored="crm").count() == 2
    told = Change.objects.get(object="import:crm")
    assert told.after == {"file": "cases.csv", "photos": 0, "came": 2, "same": 0, "differs": 0, "refused": 0}
    assert Change.objects.filter(object="ledger:crm").count() == 1  # the one batch


def test_the_same_file_again_changes_nothing(old):
    old.rows({}, {"status": "selesai", "closed_at": "2026-11-21 10:00"})
    before = [model.objects.count() for model in (Case, Report, Event, Change, Clock, Inbound, Reporter)]
    result = old.rows(
        {}, {"status": "selesai", "closed_at": "2026-11-21 10:00"}, now=NOON + timedelta(days=1)
    )
    assert (result.came, result.counts["same"], old.said) == (0, 2, [])
    assert before == [
        model.objects.count() for model in (Case, Report, Event, Change, Clock, Inbound, Reporter)
    ]


def test_a_row_that_changed_is_named_and_left_alone(old):
    old.rows({})
    result = old.rows({"status": "selesai", "closed_at": "2026-11-21 10:00"})
    assert (result.came, result.counts["differs"]) == (0, 1)
    assert old.said == [
        "differs line 2: the row differs from what was brought in; the case here is left as it is"
    ]
    assert case("L-1").status == "IN_PROGRESS"


def test_a_number_stands_in_the_file_once(old):
    result = old.rows({}, {"number": "L-1", "words": "Lampu mati di jalan."})
    assert (result.came, result.counts["refused"]) == (1, 1)
    assert old.said == ["refused line 3, column number: “L-1” stands in line 2 already"]


def test_a_number_of_a_report_here_is_refused_and_ours_never_collide(old):
    ours = cast.report()
    today, past = f"KM{NOON + timedelta(hours=8):%y%m%d}0099", "KM2611200042"
    result = old.rows({"number": ours.number}, {"number": today}, {"number": past})
    assert (result.came, result.counts["refused"]) == (1, 2)
    assert all("own numbers of a day that is not over" in line for line in old.said)
    assert DayNumber.objects.get(day="2026-11-20").last == 42
    late = cast.report(at=datetime(2026, 11, 20, 4, 0, tzinfo=UTC))
    assert late.number == "KM2611200043"


def test_the_number_of_another_source_is_taken(old):
    old.rows({}, source="one")
    result = old.rows({}, source="two")
    assert (result.came, old.said[0]) == (
        0, "refused line 2, column number: “L-1” is the number of another report here; give a prefix",
    )  # fmt: skip


def test_a_dry_run_says_all_and_writes_nothing(old):
    result = old.rows({}, {"status": "entah"}, dry=True)
    assert (result.came, result.counts["refused"]) == (1, 1)
    assert not Case.objects.exists()
    assert not Change.objects.filter(object__startswith="import:").exists()


def test_no_reaction_and_no_letter_comes_of_an_import(old):
    open_ones, over = ("menunggu", "proses", "menunggu validasi", "tl ditolak", "ews"), ("selesai", "ditolak")
    old.rows(
        *({"status": word, "closed_at": ""} for word in open_ones),
        *({"status": word, "closed_at": "2026-11-21 10:00"} for word in over),
    )
    assert Case.objects.count() == 7
    assert not Reaction.objects.exists()
    flow.run_all(NOON)
    assert not Letter.objects.exists()


def test_a_run_that_stops_in_the_middle_goes_on_when_run_again(old, monkeypatch):
    monkeypatch.setattr(moving, "BATCH", 2)
    commit, commits = moving.Run.commit, []

    def stops(run, olds, chosen):
        if len(commits) == 1:
            raise KeyboardInterrupt
        commits.append(len(olds))
        commit(run, olds, chosen)

    monkeypatch.setattr(moving.Run, "commit", stops)
    with pytest.raises(KeyboardInterrupt):
        old.rows({}, {}, {}, {}, {})
    assert Case.objects.count() == 2
    monkeypatch.setattr(moving.Run, "commit", commit)
    result = old.rows({}, {}, {}, {}, {})
    assert (result.came, result.counts["same"], Case.objects.count()) == (3, 2, 5)


# ---- clocks ----


def clocks(number: str) -> dict[str, Clock]:
    return {clock.step: clock for clock in Clock.objects.filter(case__number=number)}


def test_promises_count_from_the_first_word_by_the_rule_of_that_day(old):
    old.rows({"opened_at": "2024-12-20 09:00"}, {"opened_at": "2026-11-23 09:00"})
    ten_days, working = clocks("L-1")["resolution"], clocks("L-2")["resolution"]
    assert (ten_days.promise.amount, ten_days.promised_at) == (10, at("2024-12-30 09:00"))
    assert working.promise.calendar == "working"
    assert working.promised_at == due(working.promise, at("2026-11-23 09:00"), "Asia/Makassar")


def test_a_promise_that_is_past_has_rung_and_rings_no_more(old):
    old.rows({"opened_at": "2026-10-01 09:00", "status": "menunggu"})
    late = clocks("L-1")
    assert set(late) == {"first_response", "coordination", "resolution"}
    for clock in late.values():
        assert (clock.rang_at, clock.due_at, clock.stopped_at) == (clock.promised_at, None, None)
        assert clock.broken(NOON)
    flow.run_all(NOON + timedelta(days=2))
    assert set(verbs("L-1")) == {"case.received", "case.triaged", "case.routed"}
    assert case("L-1").promise_at == min(clock.promised_at for clock in late.values())


def test_a_promise_that_lies_ahead_rings_when_it_is_due(old):
    opened = NOON - timedelta(hours=10)
    old.rows({"opened_at": opened.isoformat(), "status": "menunggu"})
    first = clocks("L-1")["first_response"]
    # twelve hours were promised and ten are over: the warning belongs to the old system's time
    assert (first.due_at, first.rang_at) == (opened + timedelta(hours=12), None)
    assert first.warned_at is not None
    flow.run_all(NOON)
    assert "case.warned" not in verbs("L-1")
    flow.run_all(NOON + timedelta(hours=2, minutes=1))
    assert "case.escalated" in verbs("L-1")


def test_a_clock_that_was_stopped_late_stays_broken(old):
    old.rows({"category": "lampu", "opened_at": "2026-11-01 09:00", "status": "selesai",
              "closed_at": "2026-11-05 09:00"}, {"category": "lampu", "opened_at": "2026-11-01 09:00",
              "status": "selesai", "closed_at": "2026-11-02 09:00"})  # fmt: skip
    assert clocks("L-1")["resolution"].broken(NOON)
    assert not clocks("L-2")["resolution"].broken(NOON)


# ---- the end ----


def test_a_closed_case_is_silent_when_the_time_to_confirm_is_over_else_it_waits(old):
    old.rows({"status": "selesai", "closed_at": "2026-11-20 12:00", "answer": "Sudah ditambal, hub 0812-3456-7890."},
             {"status": "selesai", "closed_at": "2026-11-23 12:00", "agency": "dinas-jalan"},
             {"status": "selesai", "closed_at": "2026-11-23 12:00", "confirmation": "confirmed",
              "stars": "4"})  # fmt: skip
    assert [case(f"L-{n}").confirmation for n in (1, 2, 3)] == ["silent", "pending", "confirmed"]
    assert verbs("L-1")[-3:] == ["case.submitted", "case.closed", "case.silent"]
    assert FollowUp.objects.get(case__number="L-1").words == "Sudah ditambal, hub ⟦phone⟧."
    confirm = clocks("L-2")["confirm"]
    assert (confirm.due_at, confirm.stopped_at) == (at("2026-11-26 12:00"), None)
    flow.run_all(at("2026-11-26 12:01"))
    assert case("L-2").confirmation == "silent"


def test_a_rejected_case_ends_with_its_reason(old):
    old.rows({"status": "ditolak", "closed_at": "2026-11-20 12:00", "reason": "not_a_problem"})
    found = case("L-1")
    assert (found.status, found.resolution_id, found.reason_id) == ("CLOSED", "rejected", "not_a_problem")
    assert verbs("L-1")[-1] == "case.rejected"


def test_whose_it_is_nobody_knows_goes_to_the_triage_desk(old):
    old.rows({"status": "menunggu", "lat": "", "lon": "", "category": ""},
             {"status": "menunggu", "lat": "-2.2", "lon": "118.0"})  # fmt: skip
    assert [case(f"L-{n}").status for n in (1, 2)] == ["NEW", "NEW"]
    assert set(Task.objects.values_list("case__number", "kind")) == {
        ("L-1", "place"), ("L-1", "matter"), ("L-2", "outside"),
    }  # fmt: skip
    assert old.said == ["note line 3, column lat, lon: outside the city (Kota Kamboja)"]


# ---- what is personal ----


def test_words_are_masked_and_contacts_sealed(old):
    old.rows({"words": "Lubang. NIK 3171234567890123, telp 0812-3456-7890", "name": "Ani Canary", "place": "Jl. Melati",
              "phone": "0812 9999 8888", "email": "Ani@Canary.test"})  # fmt: skip
    report = Report.objects.get(number="L-1")
    assert report.words == "Lubang. NIK ⟦nik⟧, telp ⟦phone⟧"
    known = access.person(report.reporter)
    assert (known.name, set(known.contacts)) == (
        "Ani Canary", {("phone", "+6281299998888"), ("email", "ani@canary.test")},
    )  # fmt: skip
    assert Identity.objects.count() == 2
    for row in (report, report.reporter, report.inbound, *Event.objects.all(), *Change.objects.all()):
        told = " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in vars(row).values())
        assert not any(secret in told for secret in ("Canary", "3171234567890123", "9999"))


def test_a_secret_matter_comes_into_a_circle(old):
    old.rows({"category": "pungutan", "visibility": "public", "status": "menunggu"})
    found = case("L-1")
    assert (found.visibility, found.holder.code) == ("secret", "pengawas")
    assert list(found.circle.values_list("agency__code", flat=True)) == ["pengawas"]


# ---- found again ----


def test_an_old_number_is_found_by_search_and_by_track(old, client):
    people = cast.assemble()
    old.rows({"number": "2024-77a", "visibility": "public"})
    for typed in ("2024-77A", "2024-77a", " 2024-77a "):
        assert [row.number for row in search(people.dewi, typed)] == ["2024-77A"]
    page = client.get("/lacak/2024-77a/")
    assert page.status_code == 200
    assert "2024-77A" in page.content.decode()
