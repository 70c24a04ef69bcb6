"""Event: what happened to a case; Change: what happened to people, roles and reference data. Append-only.

A trigger refuses UPDATE, DELETE and TRUNCATE on both (migration 0001). `data` holds ids and codes, never a
person's words or names, so that erasing a person never breaks the ledger.
"""

import os
from dataclasses import dataclass

from django.db import models
from django.db.models import Q

from tanggap import workflow

from .due import Due

OFFICER, REPORTER, KEY, CLOCK, MACHINE = "officer", "reporter", "key", "clock", "machine"
OF_THE_CITY = (
    workflow.DESK,
    workflow.REVIEWER,
    workflow.ARBITER,
    workflow.AUDITOR,
)  # relations by role, not by agency


def new_salt() -> bytes:
    """128 bits beside each event, so that a published hash of it can't be guessed back."""
    return os.urandom(16)


@dataclass(frozen=True)
class Actor:
    """Who did it. `id` is the officer's, reporter's or key's; `agency_id` in whose name. `stands`: at which agency or
    in which role of the whole city they only stand in for somebody, and for whom: ((agency id or role), officer id)."""

    kind: str
    id: int | None = None
    agency_id: int | None = None
    stands: tuple[tuple[int | str, int], ...] = ()

    def stands_for(self, relation: str, holder_id: int | None) -> int | None:
        """The officer for whom this one acts when taking a step by this relation, or None: their own work."""
        return dict(self.stands).get(relation if relation in OF_THE_CITY else holder_id or 0)


THE_MACHINE = Actor(MACHINE)
THE_CLOCK = Actor(CLOCK)


class Event(models.Model):
    case = models.ForeignKey("Case", models.PROTECT, related_name="events")
    verb = models.CharField(max_length=40)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    agency = models.ForeignKey("Agency", models.PROTECT, null=True)
    data = models.JSONField(default=dict)
    salt = models.BinaryField(default=new_salt)

    class Meta:
        indexes = [
            models.Index(fields=["case", "id"], name="event_case"),
            models.Index(fields=["verb", "at"], name="event_verb"),
        ]


class Change(models.Model):
    """`object` is "agency:dinas-bm"; `before`/`after` hold the columns that differ."""

    object = models.CharField(max_length=120)
    verb = models.CharField(max_length=20)  # add, change, end
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    at = models.DateTimeField()
    by_kind = models.CharField(max_length=10)
    by_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    salt = models.BinaryField(default=new_salt)

    class Meta:
        indexes = [models.Index(fields=["object", "id"], name="change_object")]


class Reaction(Due):
    """What must follow an event. Born without a name; the worker replaces it by one row for each reaction that
    flow.py names for the verb. Done is deleted, in the transaction of what it did."""

    event = models.ForeignKey(Event, models.PROTECT)
    case = models.ForeignKey("Case", models.PROTECT)
    name = models.CharField(max_length=40, blank=True, default="")
    urgent = models.BooleanField(default=False, db_default=False)  # of danger: before all others

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="reaction_turn", condition=Q(parked_at=None)),
            models.Index(
                fields=["due_at", "id"], name="reaction_urgent", condition=Q(parked_at=None, urgent=True)
            ),
            models.Index(fields=["case", "event"], name="reaction_case"),
        ]


class Job(Due):
    """Work with a time and no row of its own: ticks, sweeps. A tick sets its own next `due_at`."""

    kind = models.CharField(max_length=40)
    args = models.JSONField(default=dict)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="job_turn", condition=Q(done_at=None, parked_at=None))
        ]


class Beat(models.Model):
    """A worker's sign of life, for /readyz."""

    name = models.CharField(max_length=60, primary_key=True)
    at = models.DateTimeField()
