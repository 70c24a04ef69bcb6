"""Task: what a human must do because the machine was unsure, or because only a human can."""

from django.db import models
from django.db.models import Q


class Task(models.Model):
    PLACE, MATTER, OUTSIDE, REFUSED, TRANSFER, APPEAL, ARBITER, CALL_BACK, UNREADABLE, ANSWERED, FILE, UNMATCHED = (
        "place", "matter", "outside", "refused", "transfer", "appeal", "arbiter", "call_back", "unreadable",
        "answered", "file", "unmatched",
    )  # fmt: skip

    kind = models.CharField(max_length=12)
    case = models.ForeignKey("Case", models.CASCADE, null=True, related_name="tasks")
    inbound = models.ForeignKey("Inbound", models.CASCADE, null=True)
    letter = models.ForeignKey("Letter", models.CASCADE, null=True)
    role = models.CharField(max_length=30)  # who does it: triage, reviewer, arbiter, desk, counter
    agency = models.ForeignKey("Agency", models.PROTECT, null=True)
    target = models.ForeignKey("Agency", models.PROTECT, null=True, related_name="+")  # where a transfer goes
    reason = models.ForeignKey("Reason", models.PROTECT, null=True)
    note = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey("Officer", models.PROTECT, null=True)
    outcome = models.CharField(max_length=40, blank=True, default="")

    class Meta:
        indexes = [models.Index(fields=["role", "opened_at"], name="task_open", condition=Q(done_at=None))]
