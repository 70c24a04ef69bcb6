"""What waits for a reviewer, the riskiest first: the machine's hints, and how often citizens said no."""

from django.db.models import F, IntegerField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from tanggap import access, workflow
from tanggap.access import Viewer
from tanggap.models import FollowUp

REOPENED = 3  # a case the citizens contested weighs as much as one heavy hint
PAGE = 50


def waiting(viewer: Viewer) -> QuerySet[FollowUp]:
    """Statements to be judged, annotated with `risk`, in the order of the queue."""
    open_to_me = access.cases(viewer).filter(status=workflow.AWAITING_REVIEW)
    hints = Coalesce(Sum("findings__weight"), 0, output_field=IntegerField())
    rows = FollowUp.objects.filter(state=FollowUp.SUBMITTED, case__in=open_to_me.values("pk"))
    return (
        rows.annotate(risk=hints + F("case__reopened") * REOPENED)
        .select_related("case__holder", "case__area", "resolution", "agency")
        .order_by("-risk", "id")
    )


def after(rows: QuerySet[FollowUp], key: str) -> QuerySet[FollowUp]:
    """The page behind a key "risk.id"; a key that is none is the first page."""
    risk, _, row_id = key.partition(".")
    if not (risk.isdecimal() and row_id.isdecimal() and len(key) < 24):
        return rows
    return rows.filter(Q(risk__lt=int(risk)) | Q(risk=int(risk), id__gt=int(row_id)))


def key_of(row: FollowUp) -> str:
    return f"{row.risk}.{row.id}"
