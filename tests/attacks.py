"""What an intruder brings along: bad words, a case to aim at, and the database before and after."""

from uuid import uuid4

import httpx
from django.conf import settings
from django.db import connection
from django.utils import timezone

from tanggap.models import Case, Change, Handover, Partner, Report, Task, Upload
from tests import cast as people
from tests.page import log_in
from tests.talk import of_channels

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><svg onload=alert(1)>"
LIVE = ("<script>alert", "<img src=x", "<svg onload")  # as a browser would obey it
NASTY = (
    "\x00", "KM\x00", "²", "٣", "-1", "1.5", "9" * 40, "9" * 5000, "NaN", "Infinity", "x" * 6000, "' OR 1=1 --", '"',
    "%", "_", "\\", "a & b | !c <-> d:*", "{{7*7}}", "../../etc/passwd", "//evil.test", "\u202eabc", "😀", "ﷺ" * 200,
    SCRIPT, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "infinity", "promise_at; DROP TABLE tanggap_case",
    "W10", "Wy0xLC0xXQ", "bnVsbA", "e30", "case__reports__reporter__key", "-id) OR 1=1 --",
)  # fmt: skip


def officer(story, name: str, **more: object) -> httpx.Client:
    browser = story.browser(**more)
    browser.follow_redirects = True
    assert log_in(browser, name, people.PASSWORD).status == 200
    return browser


def target() -> tuple[Report, dict[str, dict]]:
    """A private case in the hands of Kelurahan Mawar with a photo and two tasks, and the arguments of each route
    about it."""
    mira = people.partner("mira")
    partner = Partner.objects.get(agency__memberships__officer=mira)
    row = people.report(at=timezone.now(), partner=partner.pk, keyed_by=mira.pk)
    photo = people.photo(row.said_at)
    path = settings.MEDIA_ROOT / photo.copy
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a photo")
    Upload.objects.filter(pk=photo.pk).update(report=row)
    case = Case.objects.get(pk=row.case_id)
    task = Task.objects.create(kind=Task.MATTER, case=case, role="triage", opened_at=row.said_at)
    transfer = Task.objects.create(
        kind=Task.TRANSFER, case=case, role="reviewer", opened_at=row.said_at, agency=case.holder,
        target=people.agency("dinas-bersih"), data={"asked_by": 0},
    )  # fmt: skip
    number = {"number": row.number}
    return row, {
        **of_channels(row),
        "staged": {"draft": uuid4(), "photo": photo.uuid}, "officer_photo": {"photo": photo.uuid},
        "release": {"photo": photo.uuid}, "own_photo": number | {"photo": photo.uuid},
        "deed": number | {"step": "note"}, "secret_link": number | {"secret": "a" * 16},
        "triage_task": {"task": task.id}, "task": {"task": transfer.id}, "call_back": {"task": task.id},
        "admin_person": {"pk": 1}, "admin_person_deed": {"pk": 1, "name": "peran"},
        "admin_partner": {"pk": partner.pk}, "admin_partner_deed": {"pk": partner.pk, "name": "akhiri"},
        "partner_sent": number, "partner_slip": number, "partner_handed": number,
        "admin_agency": {"pk": case.holder_id}, "admin_handover": {"pk": Handover.objects.first().pk},
        "admin_undo": {"pk": Change.objects.create(object="x:y", verb="add", at=row.said_at).pk},
        "invited": {"pk": 1, "secret": "x"}, "privacy_version": {"version": "2026-01"},
        "incoming": {"code": "tidak-ada"},
        "public_photo": {"name": "0" * 32 + ".jpg"},
        "open311_discovery": {"form": "json"}, "open311_services": {"form": "json"},
        "open311_requests": {"form": "json"}, "open311_definition": {"form": "json", "code": "jalan-rusak"},
        "open311_request": {"form": "json", "number": row.number},
        "open311_token": {"form": "json", "token": row.number},
        "open311_updates": {"form": "json"},
    }  # fmt: skip


# what a look may leave behind: who looks, the log-in, counters of tries
MAY_CHANGE = {"tanggap_glance", "django_session", "tanggap_window", "tanggap_cache"}
OPENING = "verb = 'case.photo_opened'"
BUT_OPENINGS = {
    "tanggap_event": f"WHERE NOT ({OPENING})",
    "tanggap_reaction": f"WHERE event_id NOT IN (SELECT id FROM tanggap_event WHERE {OPENING})",
}


def contents() -> dict[str, tuple[int, int]]:
    """Rows of each table and a sum over all that stands in them. Openings of photos are events of their own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = sorted({row[0] for row in cursor.fetchall()} - MAY_CHANGE)
        found = {}
        for table in tables:
            kept = BUT_OPENINGS.get(table, "")
            cursor.execute(f"SELECT count(*), coalesce(sum(hashtext(t::text)), 0) FROM {table} t {kept}")
            found[table] = cursor.fetchone()
    return found


def changed(before: dict[str, tuple[int, int]]) -> list[str]:
    return [table for table, value in contents().items() if before.get(table) != value]
