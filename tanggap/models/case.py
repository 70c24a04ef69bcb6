"""Case: the problem the city works on. One case, many reports. Status, agency and clocks hang here."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from tanggap.workflow import public_word

from .agency import Agency
from .area import Area
from .category import Category
from .channel import Channel


class Case(models.Model):
    """`status` and `version` are written by ledger.py alone.

    `readers` are the agencies that may read the case (holder, those above it, earlier holders, the offices of
    the place), kept by the ledger at each hand-over so that a list is one indexed condition.
    `promise_at`/`promise_step` mirror the running clock that ends first, for the order of the inbox.
    """

    NOBODY, REPORTER, EXTERNAL, DATE = "", "reporter", "external", "date"

    number = models.CharField(max_length=40)
    uuid = models.UUIDField(unique=True)
    status = models.CharField(max_length=16)
    version = models.PositiveIntegerField(default=1)
    waiting_for = models.CharField(max_length=10, blank=True, default=NOBODY)
    waiting_until = models.DateTimeField(null=True)
    confirmation = models.CharField(max_length=10, blank=True, default="")
    title = models.CharField(max_length=120, blank=True, default="")  # masked words, first sentence
    visibility = models.CharField(max_length=10)
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    area = models.ForeignKey(Area, models.PROTECT, null=True)
    place = models.CharField(max_length=300, blank=True, default="")  # masked
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    cell = models.BigIntegerField(null=True)
    outside = models.CharField(
        max_length=60, blank=True, default=""
    )  # neighbour's name when outside the city
    emergency = models.BooleanField(default=False)
    urgency = models.PositiveSmallIntegerField(default=0)  # 0 usual, 1 risky, 2 danger
    channel = models.ForeignKey(Channel, models.PROTECT)  # of the oldest report
    voices = models.PositiveIntegerField(default=1)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")
    joined_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="joined")
    holder = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="held")
    assignment = models.ForeignKey("Assignment", models.SET_NULL, null=True, related_name="+")
    readers = ArrayField(models.BigIntegerField(), default=list)
    handovers = models.PositiveSmallIntegerField(default=0)
    sent_back = models.BooleanField(default=False)
    reopened = models.PositiveSmallIntegerField(default=0)
    appealed = models.BooleanField(default=False)
    estimate_on = models.DateField(null=True)
    resolution = models.ForeignKey("Resolution", models.PROTECT, null=True)
    reason = models.ForeignKey("Reason", models.PROTECT, null=True)
    promise_at = models.DateTimeField(null=True)
    promise_step = models.CharField(max_length=20, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    confirm_by = models.DateTimeField(null=True)
    changed_at = models.DateTimeField()
    suggestion = models.JSONField(default=dict)  # triage's reasons: words, agency code, confidence

    class Meta:
        indexes = [
            models.Index(fields=["holder", "promise_at", "id"], name="case_inbox",
                         condition=Q(status__in=("ASSIGNED", "IN_PROGRESS"))),
            models.Index(fields=["status", "changed_at"], name="case_status"),
            models.Index(fields=["cell", "category"], name="case_cell"),
            models.Index(fields=["area", "-opened_at"], name="case_area"),
            models.Index(fields=["number"], name="case_number"),
            models.Index(fields=["opened_at"], name="case_opened"),
            models.Index(fields=["closed_at"], name="case_closed", condition=Q(status="CLOSED")),
            GinIndex(fields=["readers"], name="case_readers"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    @property
    def public_word(self) -> str:
        """The code of the familiar word for where it stands (workflow.public_word)."""
        return public_word(
            self.status, self.assignment.kind if self.assignment else "", confirmation=self.confirmation,
            sent_back=self.sent_back, estimated=self.estimate_on is not None, waiting_for=self.waiting_for,
            rejected=self.resolution_id == "rejected",
        )  # fmt: skip


class Assignment(models.Model):
    """One hand-over. The latest is current; their number is the ping-pong count. Each desk's share of the
    citizen's time is the sum of its `at`..`ended_at`."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="assignments")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)  # route, refer, delegate, transfer, return
    giver = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="assignments")
    officer = models.ForeignKey("Officer", models.PROTECT, null=True)
    reason = models.ForeignKey("Reason", models.PROTECT, null=True)
    note = models.TextField(blank=True, default="")  # masked
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="assignment_position"),
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="assignment_one_current"
            ),
        ]


class Circle(models.Model):
    """Who may open a secret case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="circle")
    agency = models.ForeignKey(Agency, models.PROTECT)


class Support(models.Model):
    """A further voice on a case from somebody who has no report of their own (one a device)."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="supports")
    voice = models.BinaryField()  # HMAC of the signed cookie
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "voice"], name="support_once")]


class Glance(models.Model):
    """Who is looking at a case or writing to its citizen now; gone after 60 s."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="glances")
    officer = models.ForeignKey("Officer", models.CASCADE)
    at = models.DateTimeField()
    writing = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "officer"], name="glance_once")]
