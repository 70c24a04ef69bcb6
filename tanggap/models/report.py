"""Report: what one citizen said, once, through one channel. Its words are never edited; its case moves by join only."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import Q

from .category import Category
from .channel import Channel
from .officer import Officer
from .reporter import Reporter


class Report(models.Model):
    PUBLIC, PRIVATE, SECRET = "public", "private", "secret"
    VISIBILITIES = (PRIVATE, PUBLIC, SECRET)
    PENDING, CONFIRMED, CONTESTED, SILENT = "pending", "confirmed", "contested", "silent"

    uuid = models.UUIDField(unique=True)
    number = models.CharField(max_length=32, unique=True)
    inbound = models.OneToOneField("Inbound", models.PROTECT, related_name="report")
    reporter = models.ForeignKey(Reporter, models.PROTECT, related_name="reports")
    case = models.ForeignKey("Case", models.PROTECT, related_name="reports")
    own_case = models.OneToOneField("Case", models.PROTECT, related_name="own_report")
    channel = models.ForeignKey(Channel, models.PROTECT)
    api_key = models.ForeignKey("ApiKey", models.PROTECT, null=True)
    keyed_by = models.ForeignKey(Officer, models.PROTECT, null=True)
    # the organisation that filed it for somebody; its index holds only such reports
    partner = models.ForeignKey("Partner", models.PROTECT, null=True, related_name="reports", db_index=False)
    visibility = models.CharField(max_length=10)
    secret_version = models.PositiveSmallIntegerField(default=1)
    claim = models.CharField(max_length=8, db_index=True)
    words_sealed = models.BinaryField(null=True)
    words = models.TextField(blank=True, default="")  # masked; empty until triage has read them
    place = models.CharField(max_length=300, blank=True, default="")  # masked likewise
    stems = models.TextField(blank=True, default="")
    search = models.GeneratedField(
        expression=SearchVector("stems", config="simple"), output_field=SearchVectorField(), db_persist=True
    )
    category = models.ForeignKey(Category, models.PROTECT, null=True)  # what the citizen chose
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    place_sealed = models.BinaryField(null=True)
    said_at = models.DateTimeField()  # when the citizen said it
    received_at = models.DateTimeField()  # when we had it
    language = models.CharField(max_length=5, default="id")
    answers = models.JSONField(default=dict)  # Open311 attributes: codes and values of lists only
    device = models.CharField(max_length=64, blank=True, default="")  # HMAC of a device id
    confirmation = models.CharField(max_length=10, blank=True, default="")
    confirmed_at = models.DateTimeField(null=True)
    stars = models.PositiveSmallIntegerField(null=True)
    # where the answer goes: the address these words came from
    sender = models.ForeignKey("Identity", models.SET_NULL, null=True, related_name="+")
    # said where all can read: never answered there in private words
    open_talk = models.BooleanField(default=False, db_default=False)

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="report_search"),
            models.Index(fields=["-received_at"], name="report_received"),
            models.Index(
                fields=["partner", "said_at"], name="report_partner", condition=Q(partner__isnull=False)
            ),
        ]


class Message(models.Model):
    """Words from a reporter after the first report, or an officer's note inside (`note`)."""

    case = models.ForeignKey("Case", models.PROTECT, related_name="messages")
    report = models.ForeignKey(Report, models.PROTECT, null=True, related_name="messages")
    inbound = models.OneToOneField("Inbound", models.PROTECT, null=True)
    channel = models.ForeignKey(Channel, models.PROTECT, null=True)
    officer = models.ForeignKey(Officer, models.PROTECT, null=True)
    agency = models.ForeignKey("Agency", models.PROTECT, null=True)
    note = models.BooleanField(default=False)
    words_sealed = models.BinaryField(null=True)
    words = models.TextField(blank=True, default="")  # masked
    at = models.DateTimeField()
    proven = models.BooleanField(
        default=True, db_default=True
    )  # False: the sender has not proven to be the reporter
    edited_at = models.DateTimeField(null=True)  # these words replace earlier ones of theirs
    withdrawn_at = models.DateTimeField(null=True)

    @property
    def apart(self) -> str:
        """External id of the report that these words were made by a person: it finds one from the other."""
        return f"apart:{self.pk}"

    class Meta:
        indexes = [models.Index(fields=["case", "at"], name="message_case")]
