"""A form sent by an app -> Submission. A report is refused for what the standard refuses; all else is taken,
and what could not be taken of it (a file, an address of the reporter) is said in the notice."""

import hashlib
import logging
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tanggap import access
from tanggap.api.open311 import attributes
from tanggap.api.open311.errors import Problem, Unknown
from tanggap.api.open311.reading import Said
from tanggap.api.open311.services import find
from tanggap.channels.base import Contact, Submission
from tanggap.intake import files
from tanggap.lib import geo, phone, seal
from tanggap.models import ApiKey, Category, City, Report

log = logging.getLogger("tanggap.api")

DESCRIPTION = 4000  # signs, of the standard
PLACE = 300
NOT_SAID = ("api_key", "jurisdiction_id", "locale")  # of the call, not of the report: no part of its body
FIELDS = (
    *NOT_SAID, "service_code", "lat", "long", "address_string", "address_id", "email", "device_id",
    "deviceid", "account_id", "first_name", "last_name", "phone", "description", "media_url", "non_public",
)  # fmt: skip


@dataclass
class Posted:
    """The submission, and what the notice must say beside the number."""

    said: Submission
    unread: list[str] = field(default_factory=list)  # contacts that could not be read


def read(request: HttpRequest, key: ApiKey) -> Posted:
    """Raises Unknown for the category, Problem with everything else that is wrong, in one list."""
    said: Said = request.said
    category = wanted_category(said, request.now)
    chosen, more, wrong = attributes.answered(category.code, said.attributes())
    lat, lon, wrong_point = point(said)
    description = said.get("description", DESCRIPTION + 1)
    wrong += wrong_point
    if not (said.get("address_string") or said.get("address_id") or wrong_point) and (
        lat is None or lon is None
    ):
        wrong.append(_("Say where it is: lat and long, address_string, or address_id."))
    if len(description) > DESCRIPTION:
        wrong.append(_("description is longer than 4,000 signs."))
    if wrong:
        raise Problem(*wrong)
    unknown = said.unknown(FIELDS)
    if unknown:
        log.info("%s fields left alone: %s", request.reference, " ".join(unknown))
    return submission(request, key, category, (lat, lon), "\n".join([description, *more]), chosen)


def wanted_category(said: Said, now: datetime) -> Category:
    code = said.get("service_code")
    if not code:
        raise Problem(_("service_code is missing."))
    category = find(code, now)
    if category is None:
        raise Unknown(_("This service_code is not known here."))
    return category


def point(said: Said) -> tuple[float | None, float | None, list[str]]:
    """lat and long as sent, and what is wrong with them. Half a point is none."""
    wrong, found = [], []
    for name in ("lat", "long"):
        try:
            found.append(said.number(name))
        except Problem as problem:
            found.append(None)
            wrong += [description for _code, description in problem.errors]
    lat, lon = found if None not in found else (None, None)
    return lat, lon, wrong


def submission(request: HttpRequest, key: ApiKey, category: Category, at: tuple[float | None, float | None],
               words: str, chosen: dict[str, list[str]]) -> Posted:  # fmt: skip
    said: Said = request.said
    uuid = uuid4()
    body = said.body(NOT_SAID, digests(request))
    contacts, unread = reach(said)
    device = said.get("device_id") or said.get("deviceid")
    non_public = said.flag("non_public")
    name = " ".join(part for name in ("first_name", "last_name") if (part := said.get(name)) not in ("", "-"))
    lat, lon = at
    posted = Posted(
        Submission(
            uuid=uuid, channel=key.channel.code, account=f"open311:{key.id}",
            external_id=once(request, device, body), body=body, words=words.strip(), at=request.now,
            lat=lat, lon=lon, place=place(said, lat, lon), category=category.code,
            visibility={None: "", True: Report.PRIVATE, False: Report.PUBLIC}[non_public], name=name,
            contacts=contacts, language=get_language(), answers=chosen,
            device=seal.lookup(access.ring(), f"device:{device}").hex() if device else "",
            draft=uuid, api_key=key.id,
        ),
        unread,
    )  # fmt: skip
    keep_files(request, posted.said, uuid)
    return posted


def place(said: Said, lat: float | None, lon: float | None) -> str:
    """Where, in words. A pair that is no place on earth (often swapped) stays readable for the desk."""
    words = said.get("address_string", PLACE) or said.get("address_id", PLACE)
    if lat is not None and lon is not None and geo.valid_point(lat, lon) is None:
        words = f"{words} (lat {lat:g}, long {lon:g})".strip()
    return words


def once(request: HttpRequest, device: str, body: bytes) -> str:
    """What makes this sending the same as another: the caller's Idempotency-Key, else the device with these
    very words today, else nothing."""
    given = request.headers.get("Idempotency-Key", "").strip()
    if given:
        return "key:" + hashlib.sha256(given.encode("utf-8", "replace")).hexdigest()
    if device:
        day = request.now.astimezone(City.get().zone).date()
        mark = hashlib.sha256(f"{day}\n{device}\n".encode() + body).hexdigest()
        return f"device:{mark}"
    return f"none:{uuid4().hex}"


def reach(said: Said) -> tuple[tuple[Contact, ...], list[str]]:
    """Telephone and e-mail of the reporter; one that can't be read costs nobody the report."""
    contacts, unread = [], []
    if given := said.get("phone"):
        try:
            contacts.append(Contact("phone", phone.parse(given)))
        except phone.BadPhone:
            unread.append("phone")
    if given := said.get("email"):
        try:
            validate_email(given)
            contacts.append(Contact("email", given.lower()))
        except ValidationError:
            unread.append("email")
    return tuple(contacts), unread


def digests(request: HttpRequest) -> dict[str, list[str]]:
    """SHA-256 of each file: a resend with another picture is another body."""
    return {name: [digest(file) for file in rows] for name, rows in request.FILES.lists()}


def digest(file: object) -> str:
    found = hashlib.sha256()
    for chunk in file.chunks():
        found.update(chunk)
    file.seek(0)
    return found.hexdigest()


def keep_files(request: HttpRequest, said: Submission, uuid: UUID) -> None:
    """Any file part is a photo, whatever its name. What is none is refused by itself: the report goes on."""
    kept, refused = [], []
    for _name, rows in request.FILES.lists():
        for file in rows:
            try:
                if len(kept) >= settings.MAX_PHOTOS:
                    raise files.BadFile("too_many")
                kept.append(files.keep(file, draft=uuid, now=request.now).uuid)
            except files.BadFile as error:
                refused.append(error.code)
    said.photos, said.refused_files = tuple(kept), tuple(refused)
