"""The whole way of a case by deeds alone: from the first word to the citizen's, with every refusal on the way."""

from datetime import timedelta

import pytest
from django.http import Http404

from tanggap import access, flow, ledger
from tanggap.followup import actions as followup
from tanggap.models import Assignment, Case, Event, Letter, Reason, Report, Resolution, Task
from tanggap.reply import actions as reply
from tanggap.routing import actions as routing
from tanggap.triage import actions as triage
from tests import cast as people
from tests.cast import NOON, agency, case_of, photo, report

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return people.assemble()


def later(minutes: int):
    return NOON + timedelta(minutes=minutes)


def act(deed, *args, at, **more):
    """A deed and all that follows from it."""
    found = deed(*args, now=at, **more)
    flow.run_inside(at)
    return found


def through_the_chain(cast, row: Report) -> Case:
    """Kelurahan -> dinas -> its own unit -> started -> submitted."""
    case = case_of(row)
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(60))
    act(routing.delegate, case.id, agency("cabang-jalan-a"), by=cast.citra, at=later(120))
    act(followup.start, case.id, by=cast.fajar, at=later(180))
    act(followup.submit, case.id, by=cast.fajar, at=later(240), resolution=Resolution.objects.get(code="fixed"),
        words="Sudah ditambal dengan aspal panas.", photos=[photo().uuid])  # fmt: skip
    return case_of(row)


def test_a_report_reaches_the_kelurahan_of_its_place(cast):
    row = report()
    case = case_of(row)
    assert (case.status, case.holder.code, case.area.name) == ("ASSIGNED", "kel-m1.a.1", "Mawar")
    assert row.number == "KM2611240001"
    assert list(Event.objects.filter(case=case).order_by("id").values_list("verb", flat=True)) == [
        "case.received", "case.triaged", "case.routed",
    ]  # fmt: skip
    assert list(Letter.objects.filter(report=row).values_list("code", flat=True)) == ["arrived"]


def test_words_are_masked_before_an_officer_reads_them(cast):
    row = report()
    assert row.words == "Jalan rusak, lubang besar di depan pasar. Hubungi ⟦phone⟧."
    assert "0812" not in case_of(row).title


def test_the_whole_chain_ends_with_the_citizens_word(cast):
    row = report()
    case = through_the_chain(cast, row)
    assert (case.status, case.holder.code, case.handovers) == ("AWAITING_REVIEW", "cabang-jalan-a", 2)
    act(followup.close, case.id, by=cast.dewi, at=later(300))
    row.refresh_from_db()
    assert (case_of(row).status, row.confirmation) == ("CLOSED", "pending")
    act(followup.confirm, row.id, by=access.reporter_viewer(row), at=later(400), stars=5)
    row.refresh_from_db()
    assert (row.confirmation, row.stars, case_of(row).confirmation) == ("confirmed", 5, "confirmed")


def test_the_dinas_delegates_to_its_own_unit_only(cast):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(60))
    with pytest.raises(routing.NotOurUnit):
        routing.delegate(case.id, agency("cabang-bersih"), by=cast.citra, now=later(61))


def test_the_kelurahan_cannot_reach_past_the_dinas(cast):
    case = case_of(report())
    with pytest.raises(routing.NoSuchWay):
        routing.refer(case.id, agency("cabang-jalan-a"), by=cast.budi, now=later(1))


def test_another_agency_sees_nothing(cast):
    case = case_of(report())
    with pytest.raises(Http404):
        access.case(cast.eko, case.number)
    assert case not in access.cases(cast.eko)
    with pytest.raises(Http404):
        routing.refer(case.id, agency("dinas-jalan"), by=cast.eko, now=later(1))


def test_an_administrator_sees_no_case(cast):
    case = case_of(report())
    assert list(access.cases(cast.joko)) == []
    with pytest.raises(Http404):
        access.case(cast.joko, case.number)


def test_refusing_returns_to_the_giver_and_from_the_kelurahan_to_the_desk(cast):
    case = case_of(report())
    refusal = Reason.objects.filter(step="refuse").first()
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(10))
    act(routing.refuse, case.id, by=cast.citra, at=later(20), reason=refusal)
    case.refresh_from_db()
    assert (case.status, case.holder.code) == ("ASSIGNED", "kel-m1.a.1")
    # held again by a return from the dinas: refusing now hands it back to the dinas, never in a circle of one
    assert routing.giver_of(case).code == "dinas-jalan"


def test_a_routed_case_that_is_refused_is_the_triage_desks(cast):
    case = case_of(report())
    act(
        routing.refuse,
        case.id,
        by=cast.budi,
        at=later(10),
        reason=Reason.objects.filter(step="refuse").first(),
    )
    case.refresh_from_db()
    assert (case.status, case.holder) == ("NEW", None)
    assert Task.objects.filter(case=case, done_at=None).values_list("kind", "role").get() == (
        "refused",
        "triage",
    )


def test_a_transfer_needs_the_approvers_word_and_the_holder_stays_meanwhile(cast):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(10))
    task = act(routing.request_transfer, case.id, agency("dinas-bersih"), by=cast.citra, at=later(20),
               note="Saluran, bukan jalan")  # fmt: skip
    case.refresh_from_db()
    assert case.holder.code == "dinas-jalan"
    act(routing.answer_transfer, task.id, approve=True, by=cast.dewi, at=later(30))
    case.refresh_from_db()
    assert (case.holder.code, case.assignment.kind) == ("dinas-bersih", "transfer")


def test_sent_back_is_done_again_and_the_clock_never_starts_anew(cast):
    row = report()
    case = through_the_chain(cast, row)
    promised = case.clocks.get(step="resolution").promised_at
    act(
        followup.send_back,
        case.id,
        by=cast.dewi,
        at=later(300),
        reason=Reason.objects.filter(step="send_back").first(),
    )
    case.refresh_from_db()
    clock = case.clocks.get(step="resolution")
    assert (case.status, case.sent_back, clock.stopped_at, clock.promised_at) == (
        "IN_PROGRESS",
        True,
        None,
        promised,
    )


def test_a_contested_case_opens_again_by_itself_once_then_there_is_the_appeal(cast):
    row = report()
    case = through_the_chain(cast, row)
    act(followup.close, case.id, by=cast.dewi, at=later(300))
    ani = access.reporter_viewer(row)
    act(followup.contest, row.id, by=ani, at=later(310))
    case.refresh_from_db()
    assert (case.status, case.holder.code, case.reopened) == ("ASSIGNED", "cabang-jalan-a", 1)
    act(followup.start, case.id, by=cast.fajar, at=later(320))
    act(followup.submit, case.id, by=cast.fajar, at=later(330), resolution=Resolution.objects.get(code="fixed"),
        words="Ditambal sekali lagi.", photos=[photo().uuid])  # fmt: skip
    act(followup.close, case.id, by=cast.dewi, at=later(340))
    with pytest.raises(followup.FollowUpRefused, match="appeal_instead"):
        followup.contest(row.id, by=ani, now=later(350))
    task = act(followup.appeal, row.id, by=ani, at=later(360), words="Masih berlubang, lihat fotonya.")
    act(
        followup.answer_appeal,
        task.id,
        by=cast.hana,
        at=later(370),
        grant=True,
        note="Benar masih berlubang.",
    )
    case.refresh_from_db()
    assert (case.status, case.reopened) == ("ASSIGNED", 2)


def test_silence_is_a_word_of_its_own(cast):
    row = report()
    case = through_the_chain(cast, row)
    act(followup.close, case.id, by=cast.dewi, at=later(300))
    case.refresh_from_db()
    flow.run_inside(case.confirm_by + timedelta(minutes=1))
    row.refresh_from_db()
    case.refresh_from_db()
    assert (row.confirmation, case.confirmation) == ("silent", "silent")


def test_two_officers_at_once_one_wins_and_the_other_is_told(cast):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(10), version=case.version)
    with pytest.raises(ledger.Stale) as told:
        followup.start(case.id, by=cast.budi, now=later(11), version=case.version)
    assert [event.verb for event in told.value.events] == ["case.referred"]


def test_nobody_judges_the_work_of_his_own_agency(cast):
    row = report()
    case = through_the_chain(cast, row)
    people.Membership.objects.create(officer=cast.officer("fajar"), agency=agency("setko"), role_id="reviewer",
                                     valid_from=NOON.date())  # fmt: skip
    with pytest.raises(followup.FollowUpRefused, match="own_work"):
        followup.close(case.id, by=cast.fajar, now=later(300))


def test_a_joined_report_moves_and_can_be_split_off_again(cast):
    first, second = report(), report(at=later(5))
    into, case = case_of(first), case_of(second)
    act(triage.join, case.id, into.id, by=cast.budi, at=later(10))
    second.refresh_from_db()
    assert (second.case_id, case_of(second).status, case_of(first).voices) == (into.id, "JOINED", 2)
    act(triage.split, case.id, by=cast.budi, at=later(20))
    second.refresh_from_db()
    assert (second.case_id, case_of(second).status, case_of(second).holder.code) == (
        case.id,
        "ASSIGNED",
        "kel-m1.a.1",
    )


def test_a_parent_cannot_close_over_an_open_part(cast):
    case = case_of(report())
    part = act(
        routing.divide, case.id, agency("dinas-bersih"), "Bersihkan salurannya", by=cast.budi, at=later(5)
    )
    assert (part.number, part.holder.code) == (f"{case.number}/1", "dinas-bersih")
    act(followup.start, case.id, by=cast.budi, at=later(10))
    with pytest.raises(followup.FollowUpRefused, match="open_parts"):
        followup.submit(case.id, by=cast.budi, now=later(20), resolution=Resolution.objects.get(code="fixed"),
                        words="Sudah kami tambal semua.", photos=[photo().uuid])  # fmt: skip


def test_unsure_words_become_a_task_and_a_person_settles_it(cast):
    row = report("Tolong dibantu ya", point=None)
    case = case_of(row)
    assert (case.status, case.holder) == ("NEW", None)
    assert sorted(case.tasks.values_list("kind", flat=True)) == ["matter", "place"]
    known = people.Case.objects.get(pk=case.id)
    from tanggap.models import Area, Category

    act(triage.settle, known.id, by=cast.gita, at=later(10), area=Area.objects.get(name="Mawar", level="kelurahan"),
        category=Category.objects.first())  # fmt: skip
    case.refresh_from_db()
    assert (case.status, case.holder.code) == ("ASSIGNED", "kel-m1.a.1")
    assert not case.tasks.filter(done_at=None).exists()


def test_outside_the_city_is_stored_and_answered_politely(cast):
    row = report(point=(-2.2, 118.0))
    case = case_of(row)
    assert (case.status, case.outside) == ("NEW", "Kota Kamboja")
    assert case.tasks.get().kind == "outside"
    assert "Kota Kamboja" in Letter.objects.get(report=row, code="outside").text


def test_the_ping_pong_calls_an_arbiter_and_every_desk_keeps_its_share(cast):
    case = case_of(report())
    refusal = Reason.objects.filter(step="refuse").first()
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(60))
    act(routing.delegate, case.id, agency("cabang-jalan-a"), by=cast.citra, at=later(120))
    act(routing.refuse, case.id, by=cast.fajar, at=later(180), reason=refusal)
    rows = Assignment.objects.filter(case=case).order_by("position")
    assert [(row.agency.code, row.kind) for row in rows] == [
        ("kel-m1.a.1", "route"), ("dinas-jalan", "refer"), ("cabang-jalan-a", "delegate"), ("dinas-jalan", "return"),
    ]  # fmt: skip
    assert [round((row.ended_at - row.at).total_seconds() / 60) for row in rows if row.ended_at] == [
        60,
        60,
        60,
    ]
    task = Task.objects.get(case=case, kind="arbiter")
    act(
        routing.arbitrate,
        case.id,
        agency("dinas-bersih"),
        by=cast.hana,
        at=later(200),
        note="Dinas Kebersihan.",
    )
    task.refresh_from_db()
    case.refresh_from_db()
    assert (case.holder.code, task.outcome) == ("dinas-bersih", "done")
    assert case.opened_at == NOON


def test_a_question_waits_for_the_citizen_and_the_answer_ends_it(cast):
    from uuid import uuid4

    row = report()
    case = case_of(row)
    act(reply.ask, case.id, "Di sebelah mana pasarnya?", by=cast.budi, at=later(10))
    case.refresh_from_db()
    assert case.waiting_for == "reporter"
    form = uuid4()
    message = act(reply.answer, row.id, "Di gerbang timur, telepon 0812-1111-2222", form=form,
                  by=access.reporter_viewer(row), at=later(20))  # fmt: skip
    again = act(reply.answer, row.id, "Di gerbang timur, telepon 0812-1111-2222", form=form,
                by=access.reporter_viewer(row), at=later(21))  # fmt: skip
    case.refresh_from_db()
    message.refresh_from_db()
    assert (case.waiting_for, message.words, again.id) == (
        "",
        "Di gerbang timur, telepon ⟦phone⟧",
        message.id,
    )


def test_a_clock_warns_then_rings_one_level_up_and_the_holder_keeps_the_case(cast):
    case = case_of(report())
    act(routing.refer, case.id, agency("dinas-jalan"), by=cast.budi, at=later(10))
    act(routing.delegate, case.id, agency("cabang-jalan-a"), by=cast.citra, at=later(20))
    clock = case.clocks.get(step="resolution")
    flow.run_inside(clock.due_at)
    flow.run_inside(clock.promised_at + timedelta(seconds=1))
    verbs = list(case.events.order_by("id").values_list("verb", flat=True))
    assert verbs[-2:] == ["case.warned", "case.escalated"]
    escalated = case.events.get(verb="case.escalated")
    case.refresh_from_db()
    assert (escalated.data["to"], case.holder.code) == ("dinas-jalan", "cabang-jalan-a")
    told = Letter.objects.filter(case=case, code="officer_late").values_list("officer__username", flat=True)
    assert sorted(told) == ["citra", "fajar"]


def test_a_secret_case_is_seen_by_its_circle_only(cast):
    row = report("Petugas minta pungli di loket", visibility="secret")
    case = case_of(row)
    assert (case.holder.code, row.number.startswith("KM-")) == ("pengawas", True)
    for name in ("budi", "dewi", "gita", "eko"):
        with pytest.raises(Http404):
            access.case(getattr(cast, name), case.number)
        assert case not in access.cases(getattr(cast, name))


def test_the_same_submission_is_one_report_and_another_body_is_refused(cast):
    from tanggap import door
    from tanggap.channels.base import SameIdOtherWords
    from tanggap.intake import receive

    said = people.submission()
    first = receive([door.prepare(said)], NOON)[0]
    again = receive([said], NOON)[0]
    said.body = b"other"
    other = receive([said], NOON)[0]
    assert (again.number, again.again) == (first.number, True)
    assert isinstance(other, SameIdOtherWords)
    assert Report.objects.count() == 1


def test_the_ledger_refuses_to_forget(cast):
    from django.db import DatabaseError, transaction

    report()
    for deed in (lambda: Event.objects.all().delete(), lambda: Event.objects.update(verb="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            deed()


def test_a_pause_until_a_date_ends_by_itself(cast):
    case = case_of(report())
    reason = Reason.objects.get(code="wait_material")
    act(followup.pause, case.id, by=cast.budi, at=later(10), reason=reason, until=later(600))
    case.refresh_from_db()
    assert case.waiting_for == "date"
    flow.run_inside(later(601))
    case.refresh_from_db()
    assert (case.waiting_for, case.events.latest("id").verb) == ("", "case.resumed")
    told = list(
        Letter.objects.filter(case=case, report__isnull=False).order_by("id").values_list("code", flat=True)
    )
    assert told == ["arrived", "paused", "resumed"]


def test_a_pause_stops_the_offices_clocks_and_never_the_citizens(cast):
    case = case_of(report())
    reason = Reason.objects.get(code="wait_material")
    act(followup.pause, case.id, by=cast.budi, at=later(10), reason=reason)
    stopped = dict(case.clocks.values_list("step", "stopped_at"))
    assert stopped == {"first_response": later(10), "coordination": later(10), "resolution": None}
    case.refresh_from_db()
    assert case.promise_step == "resolution"
