"""Connection: an account elsewhere (OpenID Connect) that one officer logs in with."""

from django.db import models


class Connection(models.Model):
    """Known by (issuer, subject) alone: an e-mail address or a name in a token is somebody's claim, and proves
    nothing (reliability.md S01)."""

    officer = models.ForeignKey("Officer", models.CASCADE, related_name="connections")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="connection_once"),
            models.UniqueConstraint(fields=["officer", "issuer"], name="connection_one_each"),
        ]
