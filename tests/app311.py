"""An app that speaks GeoReport v2, for the stories: every answer decoded to the same plain rows in either form."""

import io
from xml.etree import ElementTree

import pytest
from django.utils import timezone
from PIL import Image

from tanggap.web.keys import make_key

FORMS = pytest.mark.parametrize("form", ["xml", "json"])
HOLE = {
    "service_code": "jalan-rusak", "lat": "-1.99", "long": "118.01", "address_string": "Depan Pasar Mawar",
    "description": "Lubang besar di depan pasar.\nHubungi 0812-3456-7890.",
    "first_name": "Ani", "last_name": "-",
    "phone": "0812 3456 7890", "email": "ani@warga.test",
}  # fmt: skip


class App:
    """An app with a key: every answer decoded to the same plain rows, whichever form it came in."""

    status = 0  # of the last answer

    def __init__(
        self, story, form: str = "json", name: str = "Aplikasi warga", endpoint: str = "/open311/v2"
    ):
        self.http, self.form, self.endpoint = story.browser(), form, endpoint
        self.key = make_key(name, "open311", timezone.now())

    def address(self, resource: str) -> str:
        return f"{self.endpoint}/{resource}.{self.form}"

    def get(self, resource: str, **asked):
        return self.told(self.http.get(self.address(resource), params=asked))

    def post(self, resource: str = "requests", files=None, headers=None, **said):
        data = {"api_key": self.key} | said
        return self.told(self.http.post(self.address(resource), data=data, files=files, headers=headers))

    def told(self, response):
        assert (
            response.headers["Content-Type"]
            == {
                "xml": "text/xml; charset=utf-8",
                "json": "application/json; charset=utf-8",
            }[self.form]
        )
        self.status = response.status_code
        return response.json() if self.form == "json" else plain(ElementTree.fromstring(response.content))

    def report(self, **more) -> str:
        [row] = self.post(**HOLE | more)
        assert self.status == 200, row
        return row["service_request_id"]


def plain(element):
    """XML as JSON has it, but that all values are words."""
    if not len(element):
        return element.text
    if element[0].tag in ("request", "service", "error", "request_update", "attribute", "endpoint", "format"):
        return [plain(child) for child in element]
    return {child.tag: plain(child) for child in element}


def picture(form: str = "JPEG", side: int = 64) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (side, side), "grey").save(kept, form)
    return kept.getvalue()


def huge_png() -> bytes:
    """The head of a PNG of 13,000 x 13,000: small to send, terrible to decode."""
    size = (13_000).to_bytes(4, "big")
    return (
        b"\x89PNG\r\n\x1a\n"
        + (13).to_bytes(4, "big")
        + b"IHDR"
        + size
        + size
        + b"\x08\x02\0\0\0"
        + b"\0" * 100
    )
