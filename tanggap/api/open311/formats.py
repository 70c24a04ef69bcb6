"""One answer, two forms. JSON is the XML without its outer wrapper; a list stays one even with one item."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from django.http import HttpResponse

XML, JSON = "xml", "json"
CONTENT_TYPES = {XML: "text/xml; charset=utf-8", JSON: "application/json; charset=utf-8"}
# a container's name and that of what it holds
ITEMS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
    "attributes": "attribute",
    "values": "value",
    "photos": "photo",
    "notes": "note",
}
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
# what XML 1.0 has no place for, not even escaped
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def respond(root: str, data: Any, form: str, status: int = 200) -> HttpResponse:
    """`data` (a list of dicts, or a dict) as the body of an answer; `root` names XML's outer element."""
    body = to_json(data) if form == JSON else to_xml(root, data)
    return HttpResponse(body, status=status, content_type=CONTENT_TYPES[form])


def to_json(data: Any) -> bytes:
    return json.dumps(_plain(data), ensure_ascii=False).encode("utf-8", "replace")


def to_xml(root: str, data: Any) -> bytes:
    text = ElementTree.tostring(_element(root, data), encoding="unicode", short_empty_elements=True)
    return (DECLARATION + text).encode()


def moment(at: datetime) -> str:
    """UTC with a Z: old validators of the standard read nothing else."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return moment(value)
    return None if value == "" else value


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, inner) for key, inner in value.items())
    elif isinstance(value, list | tuple):
        element.extend(_element(ITEMS.get(name, "item"), inner) for inner in value)
    else:
        element.text = _text(value)
    return element


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return moment(value)
    return _UNWRITABLE.sub("\ufffd", str(value))
