"""Invitation: a link that lets one officer set a password, once."""

import hmac
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from .due import Due

SALT = "tanggap.invitation"


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

    @property
    def secret(self) -> str:
        """160 bits as 40 signs; needs `officer`."""
        told = f"{self.pk}:{self.kind}:{self.officer_id}:{self.officer.session_version}"
        return salted_hmac(SALT, told, algorithm="sha256").hexdigest()[:40]

    @property
    def path(self) -> str:
        """The link's address within the site. It holds the secret: for its letter and the terminal, nowhere else."""
        return f"/undangan/{self.pk}/{self.secret}/"

    def opens(self, secret: str, now: datetime) -> bool:
        """May this secret set the password now? Compared in constant time, before anything else is looked at."""
        right = hmac.compare_digest(self.secret.encode(), secret.encode("utf-8", "replace"))
        return right and self.used_at is None and now < self.expires_at and self.officer.is_active
