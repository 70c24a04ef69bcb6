"""The fast way fills the same tables with the same kinds of rows as the lived one."""

from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection, models, transaction

from tanggap.demo import history, people
from tanggap.demo.plates import MODELS, PASSING
from tanggap.demo.simulate import simulate
from tanggap.models import Assignment, Case, City, Clock, Event, Letter, Report, Reporter
from tests import story

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # noon in the mini-city
SEED = 7


def kinds() -> dict[str, set]:
    """What kinds of rows there are, of each table."""
    return {
        "tables": {model.__name__ for model in MODELS if model.objects.exists()},
        "statuses": set(Case.objects.values_list("status", flat=True)),
        "verbs": set(Event.objects.values_list("verb", flat=True)),
        "hand-overs": set(Assignment.objects.values_list("kind", flat=True)),
        "letters": set(Letter.objects.values_list("code", "state")),
        "clocks": set(Clock.objects.values_list("step", flat=True)),
    }


def rows_a_case() -> dict[str, float]:
    cases = Case.objects.count()
    return {model.__name__: model.objects.count() / cases for model in MODELS}


def filled(reports: int, fast: bool, tables: list[str]) -> tuple[dict[str, set], dict[str, float]]:
    story.forget_everything(tables)
    people.ensure("kata sandi yang panjang", NOW)
    result = simulate(reports, 30, SEED, NOW, fast=fast, photos=2)
    assert (result.reports, Report.objects.count()) == (reports, reports)
    if fast:
        check_references()
        check_prints(result.printed)
    return kinds(), rows_a_case()


def test_both_ways_fill_the_same_tables_with_the_same_kinds_of_rows(committed):
    lived, lived_rows = filled(500, False, committed)
    printed, printed_rows = filled(500, True, committed)
    for kind in ("tables", "statuses"):
        # what one case in a hundred has may be missing among the hundred that were lived before printing: nothing else
        assert lived[kind] - SELDOM == printed[kind] - SELDOM, kind
    for kind in ("verbs", "hand-overs", "letters", "clocks"):
        # rare ones may be missing among the hundred that were lived before printing
        assert printed[kind] <= lived[kind] | RARE, kind
        assert len(printed[kind]) >= 0.7 * len(lived[kind]), kind
    for table, count in lived_rows.items():
        if count > 0.3:
            assert printed_rows[table] == pytest.approx(count, rel=0.3), table


SELDOM = {"Circle", "JOINED"}  # a secret case, a joined one
RARE = {
    *("case.transfer_denied", "case.upheld", "case.resumed", "case.paused"),
    *((letter, "on_page") for letter in ("upheld", "paused", "resumed")),
}


def check_references() -> None:
    """COPY looks nothing up: every reference of every printed table must still lead somewhere."""
    for model in MODELS:
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey):
                target = field.related_model._meta
                with connection.cursor() as cursor:
                    found = f'(SELECT 1 FROM "{target.db_table}" t WHERE t."{target.pk.column}" = r."{field.column}")'
                    cursor.execute(
                        f'SELECT count(*) FROM "{model._meta.db_table}" r '
                        f'WHERE r."{field.column}" IS NOT NULL AND NOT EXISTS {found}'
                    )
                    assert cursor.fetchone()[0] == 0, field


def check_prints(printed: int) -> None:
    """A print is a case of its own: number, point, person, secret and times are."""
    assert Report.objects.values("number").distinct().count() == Report.objects.count()
    assert Report.objects.values("uuid").distinct().count() == Report.objects.count()
    assert Reporter.objects.count() == Report.objects.count()
    restored = Event.objects.filter(data__restored=f"simulate:{SEED}")
    assert set(restored.values_list("verb", flat=True)) <= {"case.received", "case.divided_from"}
    assert Report.objects.filter(case__events__in=restored).distinct().count() >= printed * 0.9
    for event in restored.filter(verb="case.received")[:50]:
        report = Report.objects.get(pk=event.data["report"])
        assert (report.own_case_id, event.by_id, event.at) == (
            event.case_id,
            report.reporter_id,
            report.said_at,
        )
        assert (
            report.number.startswith(f"KM{report.said_at.astimezone(City.get().zone):%y%m%d}")
            or "-" in report.number
        )
        for letter in report.letters.all():
            assert report.number in letter.text + letter.subject
    longest = NOW - timedelta(days=31)
    assert not Case.objects.filter(opened_at__lt=longest).exists()
    overdue = Clock.objects.filter(stopped_at=None, due_at__lt=NOW)
    assert not overdue.exists()


def test_what_hangs_on_a_case_is_printed_or_known_to_pass():
    hanging = {
        model.__name__
        for model in apps.get_app_config("tanggap").get_models()
        for field in model._meta.concrete_fields
        if field.related_model in (Case, Report, Reporter) or field.related_model in MODELS[1:]
    }
    assert hanging <= {model.__name__ for model in MODELS} | set(PASSING)


def test_a_history_that_is_not_marked_is_refused(committed):
    story.forget_everything(committed)
    people.ensure("kata sandi yang panjang", NOW)
    simulate(20, 7, 3, NOW, photos=2)
    plates = history.cut(0, "elsewhere")
    press = history.Press(plates, 3, NOW, 7, 7)
    before = Case.objects.count()
    with pytest.raises(history.ledger.BadHistory), transaction.atomic():
        press.print([(plates[0], 0)])
    assert Case.objects.count() == before
