"""Reporter: a person behind a report, possibly anonymous; Identity: one address of a person in one channel.

Everything personal is sealed with the person's own key (`key`, wrapped by the environment's). Destroying the
key destroys what it sealed: here, in reports, in raw words, in every copy.
"""

from django.db import models


class Reporter(models.Model):
    key = models.BinaryField(null=True)  # wrapped; null once erased
    name_sealed = models.BinaryField(null=True)
    language = models.CharField(max_length=5, default="id")
    same_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="also")
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    # the way back this person chose, with consent; without one the channel they used
    prefers = models.ForeignKey("Identity", models.SET_NULL, null=True, related_name="+")


class Identity(models.Model):
    """`lookup` is an HMAC of the normalised address: it finds, it cannot be read."""

    reporter = models.ForeignKey(Reporter, models.CASCADE, related_name="identities")
    channel = models.CharField(max_length=20)  # kind: phone, email, open311, ...
    account = models.CharField(max_length=40, blank=True, default="")
    lookup = models.BinaryField()
    sealed = models.BinaryField()
    proven_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # last words from there: a provider's window counts from it
    stopped_at = models.DateTimeField(null=True)  # they said STOP: nothing is sent there any more
    gone_at = models.DateTimeField(null=True)  # the provider says nobody lives there

    class Meta:
        indexes = [models.Index(fields=["channel", "lookup"], name="identity_lookup")]
