"""purge: raw words past their time are emptied; the row stays, so that a late repeat is still recognised."""

from datetime import datetime

from tanggap.models import Inbound


def purge(now: datetime) -> int:
    """Empty the bodies of inbound rows past `purge_at`; returns how many."""
    return Inbound.objects.filter(purge_at__lte=now).exclude(body=None).update(body=None)
