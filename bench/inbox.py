"""The officer's inbox, a page of 50, at 1,000 and at 200,000 cases printed by `simulate --fast`: time and statements.

The officer sits at so many desks that both pages are full; both are asked for over HTTP, in turn with nothing else.
"""

import statistics
import time

from bench.client import Line, request
from bench.intake import Counted
from bench.place import Place, Rows, place, say

SIZES = (1_000, 200_000)
DAYS = (16, 365)
PAGES = 60
FULL = 50


def main() -> None:
    rows = Rows()
    with place() as here:
        here.start("serve")
        here.until_it_answers()
        medians, have = [], 0
        for size, days in zip(SIZES, DAYS, strict=True):
            began = time.monotonic()
            printed, seconds = print_cases(size - have, days)
            have = size
            say(f"  {size} cases after {time.monotonic() - began:.0f} s")
            if printed > 10_000:
                rows.add("inbox.printed", printed / seconds, "cases/s by COPY")
            cookie = log_in(size)
            medians.append(measure(here, cookie) * 1000)
            rows.add(f"inbox.page.{size}", medians[-1], "ms, median")
        ratio = medians[1] / medians[0]
        rows.add("inbox.ratio", ratio, f"{SIZES[1]} to {SIZES[0]} cases", "<= 1.5", ratio <= 1.5)
        count = statements(cookie)
        rows.add("inbox.statements", count, "statements", "<= 8", count <= 8)
    rows.tell()


def print_cases(count: int, days: int) -> tuple[int, float]:
    """How many were printed, and how long that took beside the living."""
    from django.db import connection
    from django.utils import timezone

    from tanggap.demo import history, people
    from tanggap.demo.simulate import simulate

    history.LIVED = 100  # enough kinds of histories for a list
    now = timezone.now()
    people.ensure("a password for the bench", now)
    began: list[float] = []

    def told(what: str, done: int, total: int) -> None:
        if what == "printing" and not began:
            began.append(time.monotonic())

    result = simulate(count, days, count, now, fast=True, progress=told, photos=4)
    seconds = time.monotonic() - began[0] if began else 1.0
    with connection.cursor() as cursor:
        # what a database that has stood for a while has done already, and what would else run beside the pages
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    return result.printed, seconds


def log_in(size: int) -> str:
    """A session of an officer with as few desks as fill a page, as the cookie a browser would send."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db.models import Count
    from django.utils import timezone

    from tanggap.models import Case, Membership, Officer

    officer, _ = Officer.objects.get_or_create(username="bench", defaults={"name": "Bench"})
    held = (
        Case.objects.filter(status__in=("ASSIGNED", "IN_PROGRESS"))
        .values_list("holder")
        .annotate(n=Count("id"))
    )
    day = timezone.now().date()
    seats, cases = set(Membership.objects.filter(officer=officer).values_list("agency_id", flat=True)), 0
    for agency, count in sorted(held, key=lambda pair: -pair[1])[:25]:
        if cases > FULL + 10 or (seats and size > SIZES[0]):
            break
        Membership.objects.create(officer=officer, agency_id=agency, role_id="desk", valid_from=day)
        seats.add(agency)
        cases += count
    say(f"  {len(seats)} desks")
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def measure(here: Place, cookie: str) -> float:
    """The median of many pages, in seconds; each must be full."""
    line, took = Line(here.port), []
    for turn in range(PAGES + 10):
        began = time.perf_counter()
        answer = line.ask(request("GET", "/petugas/", Cookie=cookie))
        if turn >= 10:
            took.append(time.perf_counter() - began)
        if answer.status != 200:
            raise RuntimeError(f"the inbox answered {answer.status}: {answer.head[:200]!r}")
    shown = answer.body.count(b'id="sisa-')
    say(f"  {shown} rows, {len(answer.body) // 1024} kB")
    if shown != FULL:
        raise RuntimeError(f"a page of {FULL} was wanted and {shown} rows came")
    return statistics.median(took)


def statements(cookie: str) -> int:
    from django.test import Client

    name, _, key = cookie.partition("=")
    browser = Client(HTTP_HOST="127.0.0.1")
    browser.cookies[name] = key
    browser.get("/petugas/")
    with Counted() as counted:
        answer = browser.get("/petugas/")
    assert answer.status_code == 200, answer.status_code
    for _thread, sql in counted.seen:
        say(f"    {' '.join(sql.split())[:110]}")
    return len(counted.seen)


if __name__ == "__main__":
    main()
