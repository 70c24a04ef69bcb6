"""Inbound: raw words as they arrived, once. What was born of them points here; purging empties the body only."""

from django.db import models
from django.db.models import Q


class Inbound(models.Model):
    """`body` is sealed: by the person's key once a Report is born of it, else by the environment's.

    Never jsonb: a NUL in somebody's words would refuse the row.
    """

    account = models.CharField(max_length=60)  # channel account: web, counter, open311:<key id>, ...
    external_id = models.CharField(max_length=200)
    # how the channel's own threads name it, where that is another thing (a mail's Message-ID)
    name = models.CharField(max_length=200, blank=True, default="", db_default="")
    outcome = models.CharField(
        max_length=40, blank=True, default="", db_default=""
    )  # where no report was born of it
    hash = models.BinaryField()  # SHA-256 of the body: same body, same answer; another body, 409
    body = models.BinaryField(null=True)
    by_person = models.BooleanField(default=True)
    received_at = models.DateTimeField()
    purge_at = (
        models.DateTimeField()
    )  # as promised at the door; the rule of today decides (rights/retention.py)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="inbound_once")]
        indexes = [models.Index(fields=["account", "name"], name="inbound_name", condition=~Q(name=""))]


class DayNumber(models.Model):
    """The last number given on one local day: no gaps, so that anybody can see that none was dropped."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField()
