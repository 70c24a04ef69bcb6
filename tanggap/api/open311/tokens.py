"""A report has its number at once, so no token is ever pending: the report's UUID or its number gives it."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest

from tanggap.api.open311 import visible
from tanggap.api.open311.endpoint import endpoint
from tanggap.api.open311.errors import Unknown
from tanggap.models import Report


@endpoint("GET")
def token(request: HttpRequest, token: str) -> tuple[str, Any]:
    report = Report.objects.filter(meant(token)).exclude(visible.SECRET).only("number").first()
    if report is None:
        raise Unknown
    return "service_requests", [{"service_request_id": report.number, "token": token}]


def meant(token: str) -> Q:
    try:
        return Q(uuid=UUID(token))
    except ValueError:
        return Q(number=token.upper())
