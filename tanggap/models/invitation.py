"""Invitation: a link that lets one officer set a password, once."""

from django.db import models
from django.db.models import Q

from .due import Due


class Invitation(Due):
    """`kind`: a new officer's invitation (7 days) or a reset asked for at the log-in (an hour). The link's secret is
    derived from the row's id and the officer's session version, never stored: sending it again can repeat it, and a
    changed role or a used link makes it void. The worker sends it: how long a page takes tells nobody who exists."""

    INVITE, RESET = "invite", "reset"

    officer = models.ForeignKey("Officer", models.CASCADE, related_name="invitations")
    kind = models.CharField(max_length=10)
    by = models.ForeignKey("Officer", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["officer", "made_at"], name="invitation_officer"),
            models.Index(
                fields=["due_at", "id"], name="invitation_turn", condition=Q(sent_at=None, parked_at=None)
            ),
        ]
