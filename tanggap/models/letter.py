"""Letter: words to a reporter or an officer, a row with a delivery state. Texts are in reply/letters."""

from django.db import models
from django.db.models import Q

from .due import Due


class Letter(Due):
    """`lane` is reporter + channel: only the oldest unsettled letter of a lane is sent, so answers keep order."""

    QUEUED, SENDING, SENT, DELIVERED, READ, FAILED, UNKNOWN, ON_PAGE, BY_HAND = (
        "queued", "sending", "sent", "delivered", "read", "failed", "unknown", "on_page", "by_hand",
    )  # fmt: skip
    SETTLED = (SENT, DELIVERED, READ, FAILED, UNKNOWN, ON_PAGE, BY_HAND)

    case = models.ForeignKey("Case", models.PROTECT, null=True, related_name="letters")
    report = models.ForeignKey("Report", models.PROTECT, null=True, related_name="letters")
    officer = models.ForeignKey("Officer", models.PROTECT, null=True, related_name="letters")
    sender = models.ForeignKey("Agency", models.PROTECT, null=True)
    by = models.ForeignKey("Officer", models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=40)  # a folder of reply/letters
    language = models.CharField(max_length=5, default="id")
    data = models.JSONField(default=dict)  # codes and ids for the text, and an officer's own words
    subject = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    way = models.CharField(max_length=20, default="web")  # web, by_hand, or the kind of channel it went by
    lane = models.CharField(max_length=80, blank=True, default="")
    state = models.CharField(max_length=10, default=QUEUED)
    urgent = models.BooleanField(default=False)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    address = models.ForeignKey(
        "Identity", models.SET_NULL, null=True, related_name="letters"
    )  # where it went
    account = models.CharField(
        max_length=60, blank=True, default="", db_default=""
    )  # through which channel account
    external_id = models.CharField(
        max_length=200, blank=True, default="", db_default=""
    )  # how the provider names it
    again_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, related_name="again"
    )  # sent anew by a person

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="letter_turn",
                condition=Q(state__in=("queued", "sending"), parked_at=None),
            ),
            models.Index(
                fields=["lane", "id"], name="letter_lane", condition=Q(state__in=("queued", "sending"))
            ),
            models.Index(fields=["case", "at"], name="letter_case"),
            models.Index(fields=["account", "external_id"], name="letter_name", condition=~Q(external_id="")),
            models.Index(fields=["officer"], name="letter_officer", condition=Q(officer__isnull=False)),
        ]
