"""Hook: an address of an app, where it is told what became of its users' reports. Refusal: what it sent and we did not
take, so that nothing fails in silence between two systems."""

from django.db import models
from django.db.models import Q

from .channel import ApiKey
from .due import Due


class Hook(models.Model):
    """One for each key. The secret signs what we send; sealed by the environment's key, shown once."""

    api_key = models.OneToOneField(ApiKey, models.CASCADE, related_name="hook")
    url = models.CharField(max_length=500)
    secret_sealed = models.BinaryField()
    on = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True)
    down_until = models.DateTimeField(
        null=True
    )  # a receiver that fails rests: its calls wait, those of others go on


class HookCall(Due):
    """One piece of news for one app: about one event of one of its reports."""

    QUEUED, SENT, FAILED = "queued", "sent", "failed"

    hook = models.ForeignKey(Hook, models.CASCADE, related_name="calls")
    report = models.ForeignKey("Report", models.CASCADE, related_name="+")
    event = models.ForeignKey("Event", models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, default=QUEUED)
    status = models.PositiveSmallIntegerField(null=True)  # what the app answered last
    at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hook", "event", "report"], name="hook_call_once")]
        indexes = [
            models.Index(
                fields=["due_at", "id"], name="hook_call_turn", condition=Q(state="queued", parked_at=None)
            ),
            models.Index(fields=["hook", "-at"], name="hook_call_log"),
        ]


class Refusal(models.Model):
    """A request with this key that was refused: when, with which status, and the sentences that were answered."""

    api_key = models.ForeignKey(ApiKey, models.CASCADE, related_name="refusals")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [models.Index(fields=["api_key", "-at"], name="refusal_log")]
