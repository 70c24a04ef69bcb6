"""Addresses of the Open311 server. The form of an answer is chosen by the suffix alone. Clients given the
endpoint with a slash at its end ask for "/v2//services.xml", so one slash is as good as several."""

from typing import Any

from django.http import HttpRequest
from django.urls import re_path

from tanggap.api.open311.discovery import discovery
from tanggap.api.open311.endpoint import endpoint
from tanggap.api.open311.errors import Unknown
from tanggap.api.open311.requests import one, requests
from tanggap.api.open311.services import definition, services
from tanggap.api.open311.tokens import token
from tanggap.api.open311.updates import updates

BASE = r"^open311/+v2/+"
FORM = r"\.(?P<form>xml|json)/?$"


@endpoint("GET", "POST", any_city=True)
def nothing(request: HttpRequest) -> tuple[str, Any]:
    raise Unknown


urlpatterns = [
    re_path(rf"^open311(?:/+v2)?/+discovery{FORM}", discovery, name="open311_discovery"),
    re_path(rf"{BASE}services{FORM}", services, name="open311_services"),
    re_path(rf"{BASE}services/+(?P<code>[^/]+){FORM}", definition, name="open311_definition"),
    re_path(rf"{BASE}requests{FORM}", requests, name="open311_requests"),
    re_path(rf"{BASE}requests/+(?P<number>[^/]+){FORM}", one, name="open311_request"),
    re_path(rf"{BASE}tokens/+(?P<token>[^/]+){FORM}", token, name="open311_token"),
    re_path(rf"{BASE}servicerequestupdates{FORM}", updates, name="open311_updates"),
    re_path(r"^open311/(?:.*\.)?(?P<form>json)/?$", nothing),
    re_path(r"^open311(?:/.*)?$", nothing, {"form": "xml"}),
]
