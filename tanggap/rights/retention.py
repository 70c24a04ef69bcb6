"""What goes by itself when its time is over: one rule a class of data, counted first, done in batches.

The days are the city's (reference/<city>/retention.csv); what each rule means stands here. Most clocks start at the
end of the case: while it is open, or may still be opened again, its data is needed.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from tanggap import ledger
from tanggap.ledger import deed
from tanggap.models import THE_CLOCK, Actor, Identity, Inbound, Letter, Report, Reporter, Retention, Upload
from tanggap.rights.forget import forget, take, throw_away
from tanggap.workflow import CLOSED

BATCH = 500
ROUND = 10_000  # of one rule at one tick: more waits for the next, so that its transaction does not grow long
PATIENCE_MINUTES = 10


@dataclass(frozen=True)
class Rule:
    """`past(cut)` finds the rows whose time was over at `cut`; `end(rows, now)` ends a batch of them."""

    past: Callable[[datetime], QuerySet[Any]]
    end: Callable[[list[int], datetime], int]


# ---- what is past ----


def raw(cut: datetime) -> QuerySet[Inbound]:
    return Inbound.objects.filter(received_at__lte=cut).exclude(body=None)


def originals(cut: datetime) -> QuerySet[Upload]:
    """Only where there is a copy to go on with: a photo that could not be read yet keeps its file."""
    sent = Upload.objects.filter(at__lte=cut, state=Upload.READY).exclude(path="").exclude(copy="")
    return sent.exclude(report=None, followup=None, message=None)


def ended(cut: datetime) -> Exists:
    """No report of this person is on a case that is open, or was closed after `cut`."""
    over = Q(case__status=CLOSED, case__closed_at__lte=cut)
    return ~Exists(Report.objects.filter(~over, reporter=OuterRef("pk")))


def contacts(cut: datetime) -> QuerySet[Reporter]:
    has = Q(name_sealed__isnull=False) | Exists(Identity.objects.filter(reporter=OuterRef("pk")))
    return Reporter.objects.filter(has, ended(cut), created_at__lte=cut)


def letters(cut: datetime) -> QuerySet[Letter]:
    told = Letter.objects.exclude(text="").filter(state__in=Letter.SETTLED, at__lte=cut)
    return told.filter(Q(case=None) | Q(case__status=CLOSED, case__closed_at__lte=cut))


def words(cut: datetime) -> QuerySet[Reporter]:
    return Reporter.objects.filter(ended(cut), erased_at=None, created_at__lte=cut).exclude(key=None)


def sessions(cut: datetime) -> QuerySet[Session]:
    return Session.objects.filter(expire_date__lte=cut)


# ---- how it ends ----


def end_raw(ids: list[int], now: datetime) -> int:
    """The row stays, so that a late repeat is still recognised."""
    return Inbound.objects.filter(pk__in=ids).update(body=None)


def end_originals(ids: list[int], now: datetime) -> int:
    rows = list(
        Upload.objects.select_for_update(of=("self",)).filter(pk__in=ids).exclude(path="").order_by("id")
    )
    Upload.objects.filter(pk__in=[row.id for row in rows]).update(path="")
    # a citizen's photo loses what the camera wrote; of the city's own work it is the proof
    Upload.objects.filter(pk__in=[row.id for row in rows], followup=None).update(
        taken_at=None, lat=None, lon=None
    )
    throw_away([row.path for row in rows if row.path != row.copy], now)
    return len(rows)


def end_contacts(ids: list[int], now: datetime) -> int:
    Identity.objects.filter(reporter__in=ids).delete()
    return Reporter.objects.filter(pk__in=ids).update(name_sealed=None)


def end_letters(ids: list[int], now: datetime) -> int:
    return Letter.objects.filter(pk__in=ids).update(text="", data={})


def end_words(ids: list[int], now: datetime) -> int:
    people, reports, cases = take(ids)
    return forget(people, reports, cases, now).people


def end_sessions(ids: list[Any], now: datetime) -> int:
    return Session.objects.filter(pk__in=ids).delete()[0]


RULES = {
    Retention.RAW: Rule(raw, end_raw),
    Retention.ORIGINALS: Rule(originals, end_originals),
    Retention.CONTACTS: Rule(contacts, end_contacts),
    Retention.LETTERS: Rule(letters, end_letters),
    Retention.WORDS: Rule(words, end_words),
    Retention.SESSIONS: Rule(sessions, end_sessions),
}


# ---- counted, done ----


def periods() -> list[Retention]:
    """The city's rules in the order in which they are done."""
    kept = {row.what: row for row in Retention.objects.all()}
    return [kept[what] for what in RULES if what in kept]


def due(rule: Retention, now: datetime) -> QuerySet[Any]:
    return RULES[rule.what].past(now - timedelta(days=rule.days))


def counts(now: datetime) -> dict[str, int]:
    """How many rows each rule would end now. Changes nothing."""
    with transaction.atomic():
        take_time()
        return {rule.what: due(rule, now).count() for rule in periods()}


def take_time() -> None:
    """A rule reads whole tables, once a day: longer than anybody may wait for a page."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE_MINUTES}min'")


@deed
def find(rule: Retention, now: datetime) -> list[Any]:
    """The first of what is past, by id: as many as one round takes."""
    take_time()
    return list(due(rule, now).order_by("pk").values_list("pk", flat=True)[:ROUND])


@deed
def end(rule: Retention, ids: Sequence[Any], now: datetime) -> int:
    """End these, as far as they are still past: a case may have been opened again since they were found."""
    still = list(due(rule, now).filter(pk__in=ids).values_list("pk", flat=True))
    return RULES[rule.what].end(still, now) if still else 0


def apply(
    now: datetime,
    by: Actor = THE_CLOCK,
    *,
    whole: bool = True,
    told: Callable[[str, int], None] | None = None,
) -> dict[str, int]:
    """End what is past, in batches, each a transaction of its own; without `whole` one round of each rule. One Change
    says what went. `told` hears of each batch."""
    done: Counter[str] = Counter()
    for rule in periods():
        while ids := find(rule, now):
            before = done[rule.what]
            for first in range(0, len(ids), BATCH):
                count = end(rule, ids[first : first + BATCH], now)
                done[rule.what] += count
                if told:
                    told(rule.what, count)
            if not whole or done[rule.what] == before:
                break
    went = {what: count for what, count in done.items() if count}
    if went:
        ledger.change("retention", "end", before={}, after=went, by=by, now=now, reason="their time was over")
    return went


def tick(now: datetime) -> None:
    """The worker's daily round."""
    apply(now, whole=False)
