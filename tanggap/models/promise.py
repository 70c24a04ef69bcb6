"""Promise: a dated rule on how long a step may take. A Clock is one running promise on one case."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from .agency import Dated
from .category import Category
from .due import Due


class Promise(Dated):
    FIRST_RESPONSE, COORDINATION, RESOLUTION, REVIEW, CONFIRM = (
        "first_response", "coordination", "resolution", "review", "confirm",
    )  # fmt: skip
    STEPS = (FIRST_RESPONSE, COORDINATION, RESOLUTION, REVIEW, CONFIRM)

    step = models.CharField(max_length=20)
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    channel = models.CharField(max_length=40, blank=True, default="")
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=6)  # hours, days
    calendar = models.CharField(max_length=8, default="clock")  # clock, working
    legal = models.CharField(max_length=200, blank=True, default="")


class Clock(Due):
    """A promise running on a case. `promised_at` never moves once given, not at a hand-over either.

    `due_at` is when the worker looks next: first to warn the holder, then at `promised_at` to ring.
    A clock stopped after its promise counts as broken, however late the worker was.
    """

    case = models.ForeignKey("Case", models.CASCADE, related_name="clocks")
    promise = models.ForeignKey(Promise, models.PROTECT)
    step = models.CharField(max_length=20)
    agency = models.ForeignKey("Agency", models.PROTECT, null=True)
    started_at = models.DateTimeField()
    promised_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)
    rang_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="clock_turn", condition=Q(stopped_at=None, parked_at=None)
            ),
            models.Index(fields=["case", "step"], name="clock_case"),
        ]

    @property
    def running(self) -> bool:
        return self.stopped_at is None

    def broken(self, now: datetime) -> bool:
        return (self.stopped_at or now) > self.promised_at
