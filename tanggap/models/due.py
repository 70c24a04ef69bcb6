"""What waits for its time: one set of columns for Reaction, Letter, Clock, Upload and Job (see due.py above)."""

from django.db import models


class Due(models.Model):
    """`due_at`: when somebody should look at the row next (a claim moves it ahead by its lease)."""

    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True, default="")
    parked_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
