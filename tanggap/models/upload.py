"""Upload: one file somebody sent. The original stays private; officers see a copy without metadata; the public sees
a copy only after an officer has released it."""

from django.db import models
from django.db.models import Q

from .due import Due


class Upload(Due):
    STORED, READY, BROKEN = "stored", "ready", "broken"

    uuid = models.UUIDField(unique=True)
    draft = models.UUIDField(null=True)  # the form it was staged for; swept when nobody sends that form
    report = models.ForeignKey("Report", models.PROTECT, null=True, related_name="photos")
    followup = models.ForeignKey("FollowUp", models.PROTECT, null=True, related_name="photos")
    message = models.ForeignKey("Message", models.PROTECT, null=True, related_name="photos")
    moment = models.CharField(max_length=8, blank=True, default="")  # before, after
    path = models.CharField(max_length=120)  # original, below MEDIA_ROOT
    copy = models.CharField(max_length=120, blank=True, default="")  # re-encoded, no metadata
    public = models.CharField(max_length=120, blank=True, default="")  # released copy, random 128-bit name
    released_by = models.ForeignKey("Officer", models.PROTECT, null=True)
    state = models.CharField(max_length=8, default=STORED)
    kind = models.CharField(max_length=8)  # jpeg, png, webp, gif, heic
    size = models.PositiveIntegerField()
    sha256 = models.BinaryField()
    dhash = models.BigIntegerField(null=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField(null=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="upload_turn", condition=Q(state="stored", parked_at=None)
            ),
            models.Index(
                fields=["draft"], name="upload_draft", condition=Q(report=None, followup=None, message=None)
            ),
            models.Index(fields=["sha256"], name="upload_sha"),
            models.Index(fields=["public"], name="upload_public", condition=~Q(public="")),
        ]
