"""ChannelState: how one channel's account is doing. Its credentials stand in the environment, never here."""

from django.db import models

from .channel import Channel
from .due import Due


class ChannelState(Due):
    """`due_at` is the next poll. `on` is the administrator's switch; `down_until` a pause that the machine takes when
    the provider can't be used: letters wait meanwhile, other channels go on."""

    channel = models.OneToOneField(Channel, models.CASCADE, related_name="state")
    on = models.BooleanField(default=True)
    daily_quota = models.PositiveIntegerField(null=True)  # letters a local day; the next wait for the morning
    cursor = models.JSONField(default=dict)  # where the poll stopped
    received_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_on = models.DateField(null=True)  # the local day that `sent_today` counts
    sent_today = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    down_until = models.DateTimeField(null=True)
