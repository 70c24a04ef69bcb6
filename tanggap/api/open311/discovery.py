"""Where this server is and what it speaks."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tanggap.api.open311.endpoint import endpoint
from tanggap.api.open311.formats import CONTENT_TYPES, JSON, XML

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00Z"  # when these addresses last changed
PATH = "/open311/v2"


@endpoint("GET", any_city=True)
def discovery(request: HttpRequest) -> tuple[str, Any]:
    return "discovery", {
        "changeset": CHANGESET,
        "contact": _("Write to the operator of %(site)s.") % {"site": settings.SITE_URL},
        "key_service": _("Keys are given by the operator of %(site)s. Reading needs none.")
        % {"site": settings.SITE_URL},
        "endpoints": endpoints(),
    }


def endpoints() -> list[dict[str, Any]]:
    """One server, named twice: readers of XML take a single endpoint for no list. A demo is a test."""
    forms = [CONTENT_TYPES[form].split(";")[0] for form in (XML, JSON)]
    row = {
        "specification": SPECIFICATION,
        "url": settings.SITE_URL + PATH,
        "changeset": CHANGESET,
        "type": "test" if settings.DEMO else "production",
    }
    return [row | {"formats": forms}, row | {"formats": forms[1:]}]
