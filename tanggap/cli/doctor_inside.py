"""What `tanggap doctor` asks the database: tables, city, clock, workers, what waits, people, safety copies, and whether
PostgreSQL itself is set to lose data or to write citizens' words into its log. Django must be ready."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.core import checks as django_checks
from django.db import InternalError, connection
from django.db.migrations.executor import MigrationExecutor

from tanggap import flow
from tanggap.channels import registry
from tanggap.cli import doctor
from tanggap.copies import last_good
from tanggap.lib import postgres_programs
from tanggap.models import Channel, City, Membership
from tanggap.monitoring import health, lines

SKEW_SECONDS = 2.0
Sentences = Iterator[str]

# name, what it must be, what happens else
SAFE: tuple[tuple[str, frozenset[str], str], ...] = (
    ("fsync", frozenset({"on"}), "a power cut destroys the database"),
    ("full_page_writes", frozenset({"on"}), "a power cut can leave half-written pages"),
    ("synchronous_commit", frozenset({"on", "local", "remote_write", "remote_apply"}),
     "reports that were told received can be lost"),
    ("log_min_error_statement", frozenset({"fatal", "panic"}), "its log would hold citizens' words"),
    ("log_error_verbosity", frozenset({"terse"}), "its log would hold citizens' addresses"),
    ("log_statement", frozenset({"none", "ddl"}), "its log would hold citizens' words"),
    ("log_min_duration_statement", frozenset({"-1"}), "its log would hold citizens' words"),
)  # fmt: skip


def version(now: datetime) -> Sentences:
    major = connection.pg_version // 10_000  # type: ignore[attr-defined]
    if major < postgres_programs.OLDEST_MAJOR:
        yield f"PostgreSQL {major} is too old: {postgres_programs.OLDEST_MAJOR} is the least."


def tables(now: datetime) -> Sentences:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield "The tables are of an older version: run `tanggap migrate`."


def settings(now: datetime) -> Sentences:
    yield from (f"{found.msg} {found.hint or ''}".strip() for found in django_checks.run_checks())


def postgres(now: datetime) -> Sentences:
    with connection.cursor() as cursor:
        for name, good, loss in SAFE:
            cursor.execute("SELECT current_setting(%s)", [name])
            value = cursor.fetchone()[0]
            if value not in good:
                wanted = "on" if "on" in good else sorted(good)[-1]
                yield (
                    f"PostgreSQL's {name} is {value}: {loss}. As its superuser: "
                    f"ALTER SYSTEM SET {name} = '{wanted}'; SELECT pg_reload_conf();"
                )
        cursor.execute("SELECT current_setting('data_checksums')")
        if cursor.fetchone()[0] != "on":
            yield "PostgreSQL's checksums are off, so a rotten page is not noticed: stop it, `pg_checksums --enable`."


def rot(now: datetime) -> Sentences:
    """Pages that the disk gave back otherwise than it got them; PostgreSQL shows none of them, and counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(checksum_failures), 0) FROM pg_stat_database")
        failures = cursor.fetchone()[0]
    if failures:
        yield (
            f"PostgreSQL has met a page whose checksum is wrong ({failures} times): the disk changes what it keeps. "
            "Bring the last good copy back on another disk (docs/backup.md); then, there: SELECT pg_stat_reset();"
        )


def clock(now: datetime) -> Sentences:
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        there = float(cursor.fetchone()[0])
        here = (before + time.time()) / 2
    if abs(there - here) > SKEW_SECONDS:
        yield (
            f"The database's clock and this machine's differ by {abs(there - here):.0f} s: "
            "let both follow a time server (`timedatectl set-ntp true`)."
        )


def city(now: datetime) -> Sentences:
    if not City.objects.exists():
        yield "No city is loaded: run `tanggap load DIR`."


def areas(now: datetime) -> Sentences:
    found = City.objects.first()
    if found is not None and found.approximate:
        yield "Areas are guessed around their names, not drawn: load their borders by `tanggap load-areas FILE`."


def worker(now: datetime) -> Sentences:
    found = health.worker(now)
    if not found["ok"]:
        last = found["last_beat_s"]
        since = f"for {last:.0f} s" if last is not None else "yet"
        yield f"No worker has given a sign of life {since}: start `tanggap work`; reports are stored, not answered."


def events(now: datetime) -> Sentences:
    found = health.events(now, flow.REACTION)
    if not found["ok"]:
        yield (
            f"The oldest event has waited {found['oldest_s'] / 60:.0f} minutes for its answer: look at the worker's "
            "log; start more workers if they only are too slow."
        )


def parked(now: datetime) -> Sentences:
    counts = {
        kind.model.__name__.lower(): kind.model.objects.filter(parked_at__isnull=False).count()  # type: ignore[attr-defined]
        for kind in flow.KINDS
    }
    some = [f"{name} {count}" for name, count in counts.items() if count]
    if some:
        yield f"Rows were given up on ({', '.join(some)}): in Settings an administrator sees why and tries them again."


def people(now: datetime) -> Sentences:
    from allauth.mfa.models import Authenticator

    rows = Membership.objects.current(now).filter(officer__is_active=True)
    guarded = rows.filter(role__second_factor=True) | rows.filter(role=Membership.ADMINISTRATOR)
    names = dict(guarded.values_list("officer", "officer__username"))
    if not rows.filter(role=Membership.ADMINISTRATOR).exists():
        yield "There is no administrator: `tanggap admin add`."
    have = set(Authenticator.objects.filter(user__in=names).values_list("user", flat=True))
    without = sorted(name for pk, name in names.items() if pk not in have)
    if without:
        some = ", ".join(without[:5]) + (" …" if len(without) > 5 else "")
        yield f"No second factor for {some}: they set it up on their account's page (an authenticator app)."


def copies(now: datetime) -> Sentences:
    found = last_good(now)
    if found is None:
        yield "There never was a safety copy: run `tanggap backup` and let it run each night."
        return
    if found.age > health.COPY_OLD:
        hours = found.age.total_seconds() / 3600
        yield f"The last good safety copy is {hours:.0f} hours old: look why `tanggap backup` no longer runs."
    if found.lacks:
        yield f"The last safety copy lacks something of the city's own: {found.lacks}"


def channels(now: datetime) -> Sentences:
    """A line that fails or is away, and one that is half set up; what is not set up at all is as the city wants it."""
    for row in lines.lines(now):
        code, state = row.channel.code, row.state
        condition = row.condition(now)
        if condition == lines.HALF:
            yield f"Channel {code} is half set up: {', '.join(row.missing)} is missing."
        elif condition in lines.ILL:
            hours = (now - (state.failing_since or now)).total_seconds() / 3600
            why = state.last_error.rstrip(".") or "it gave no reason"
            yield f"Channel {code} has been failing for {hours:.0f} hours ({why}): try `tanggap channel test {code}`."


def strangers(now: datetime) -> Sentences:
    """Variables that look like a channel's setting, of a channel that the city does not have."""
    mine = {
        registry.variable(row.code, one.name)
        for row in Channel.objects.all()
        if row.kind in registry.KINDS
        for one in registry.KINDS[row.kind].settings
    }
    for name in sorted(registry.like_settings(os.environ) - mine - doctor.known()):
        yield f"{name} belongs to no channel of this city: look for a misspelt name, or load the city's channels."


CHECKS: tuple[tuple[str, Callable[[datetime], Sentences]], ...] = (
    ("settings", settings),
    ("postgres", postgres),
    ("rot", rot),
    ("clock", clock),
    ("city", city),
    ("areas", areas),
    ("worker", worker),
    ("events", events),
    ("parked", parked),
    ("people", people),
    ("copies", copies),
    ("channels", channels),
    ("settings", strangers),
)


def look(now: datetime) -> Iterator[tuple[str, str]]:
    """(check, sentence); older tables end it, for the rest would only stumble over them."""
    for name, first in (("postgres", version), ("tables", tables)):
        for sentence in first(now):
            yield name, sentence
            return
    for name, check in CHECKS:
        try:
            for sentence in check(now):
                yield name, sentence
        except (
            InternalError
        ) as error:  # a rotten page, a broken index: the other checks still have their word
            code = getattr(error.__cause__, "sqlstate", None) or "no code"
            yield (
                name,
                f"PostgreSQL failed when this was looked at ({code}): its log names the table and the page.",
            )


def facts(now: datetime) -> dict[str, Any]:
    """What is told also when nothing is wrong."""
    told: dict[str, Any] = {
        "postgresql": connection.pg_version // 10_000,  # type: ignore[attr-defined]
        "database_host": connection.settings_dict["HOST"] or "its default socket",
    }
    if "tanggap_copy" in connection.introspection.table_names():
        found = last_good(now)
        told["last_copy_hours"] = round(found.age.total_seconds() / 3600, 1) if found else None
    return told
