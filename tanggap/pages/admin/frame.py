"""The rail on the left: all that can be looked after, with its numbers. One statement."""

from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tanggap.models import Membership
from tanggap.web.viewer import officer

COUNTS = """
SELECT (SELECT count(*) FROM tanggap_agency WHERE kind_id <> 'partner'),
       (SELECT count(*) FROM tanggap_partner), (SELECT count(*) FROM tanggap_officer),
       (SELECT count(*) FROM tanggap_mandate), (SELECT count(*) FROM tanggap_handover),
       (SELECT count(*) FROM tanggap_reaction WHERE parked_at IS NOT NULL)
     + (SELECT count(*) FROM tanggap_letter WHERE parked_at IS NOT NULL)
     + (SELECT count(*) FROM tanggap_clock WHERE parked_at IS NOT NULL)
     + (SELECT count(*) FROM tanggap_upload WHERE parked_at IS NOT NULL)
     + (SELECT count(*) FROM tanggap_job WHERE parked_at IS NOT NULL)
     + (SELECT count(*) FROM tanggap_invitation WHERE parked_at IS NOT NULL),
       (SELECT count(*) FROM tanggap_channelstate s JOIN tanggap_channel c ON c.id = s.channel_id
        WHERE c.active AND s.on AND s.failing_since IS NOT NULL)"""
NAMES = ("agencies", "partners", "people", "mandates", "handovers", "parked", "failing")

administrator = officer(Membership.ADMINISTRATOR)


def numbers() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS)
        return dict(zip(NAMES, cursor.fetchone(), strict=True))


def page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, template, context | {"numbers": numbers()}, status=status)
