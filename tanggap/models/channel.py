"""Channel: a way in and, maybe, out. A row of the city, so that lists of channels may change."""

from django.db import models

from .agency import Dated


class Channel(Dated):
    """`way_back`: web, email, sms, whatsapp, ... or by_hand, where a person gets a task instead."""

    code = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=20)  # a folder of tanggap/channels
    group = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    geotag = models.BooleanField(default=False)
    way_back = models.CharField(max_length=20, default="by_hand")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A key of an app or integration. Only its hash is kept; it is shown once."""

    name = models.CharField(max_length=100)
    channel = models.ForeignKey(Channel, models.PROTECT)
    hash = models.BinaryField(unique=True)  # SHA-256 of a 256-bit random key
    hint = models.CharField(max_length=8)  # its first signs, to tell keys apart
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
