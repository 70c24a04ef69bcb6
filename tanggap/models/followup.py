"""FollowUp: a handler's statement of what was done, with Evidence; Review: the judgement on it."""

from django.db import models


class FollowUp(models.Model):
    SUBMITTED, ACCEPTED, SENT_BACK = "submitted", "accepted", "sent_back"

    case = models.ForeignKey("Case", models.PROTECT, related_name="followups")
    agency = models.ForeignKey("Agency", models.PROTECT)
    officer = models.ForeignKey("Officer", models.PROTECT, null=True)
    resolution = models.ForeignKey("Resolution", models.PROTECT)
    words = models.TextField()
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, default=SUBMITTED)


class Review(models.Model):
    followup = models.OneToOneField(FollowUp, models.PROTECT, related_name="review")
    officer = models.ForeignKey("Officer", models.PROTECT, null=True)
    accepted = models.BooleanField()
    reason = models.ForeignKey("Reason", models.PROTECT, null=True)
    note = models.TextField(blank=True, default="")
    at = models.DateTimeField()


class Finding(models.Model):
    """A machine's hint on evidence: never a verdict, always with what it saw."""

    followup = models.ForeignKey(FollowUp, models.CASCADE, related_name="findings")
    upload = models.ForeignKey("Upload", models.CASCADE, null=True)
    code = models.CharField(max_length=30)  # far_from_place, taken_before_start, no_position, seen_before
    weight = models.PositiveSmallIntegerField()
    data = models.JSONField(default=dict)
