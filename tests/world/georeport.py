"""Another city's Open311 endpoint, played: its requests, and the updates it is sent. One key opens it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tests.world.server import Says, Seen, Server

KEY = "kunci-kota-sebelah"


class GeoReport(Server):
    """`requests` are theirs; `updates` what they were told, each id once. A `status` other than 200 answers all."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(port)
        self.requests: list[Any] = []
        self.updates: dict[str, dict[str, str]] = {}
        self.files: dict[str, bytes] = {}
        self.status = 200

    def asks(self, words: str, *, at: datetime, **more: Any) -> str:
        """Somebody over there reports something; its id."""
        name = f"SB-{len(self.requests) + 1}"
        row = {"service_request_id": name, "description": words, "requested_datetime": at.isoformat(),
               "service_code": "12", "status": "open"}  # fmt: skip
        self.requests.append(row | more)
        return name

    def answer(self, seen: Seen) -> Says:
        if self.status != 200:
            return Says(self.status, [{"code": self.status, "description": "Not now."}])
        if seen.path.startswith("/foto/"):
            data = self.files.get(seen.path.removeprefix("/foto/"))
            return Says(200, data) if data else Says(404, b"")
        said = seen.query if seen.method == "GET" else dict(parse_qsl(seen.body.decode()))
        if said.get("api_key") != KEY:
            return Says(403, [{"code": 403, "description": "api_key"}])
        if seen.path == "/v2/services.json":
            return Says(200, [{"service_code": "12", "service_name": "Lampu"}])
        return self.listed(said) if seen.method == "GET" else self.told(said)

    def listed(self, said: dict[str, str]) -> Says:
        size, page = int(said["page_size"]), int(said["page"])
        start = datetime.fromisoformat(said["start_date"])
        found = [row for row in self.requests if not is_before(row, start)]
        return Says(200, found[(page - 1) * size : page * size])

    def told(self, said: dict[str, str]) -> Says:
        if said["service_request_id"] not in {
            row.get("service_request_id") for row in self.requests if is_row(row)
        }:
            return Says(404, [{"code": 404, "description": "unknown"}])
        self.updates.setdefault(said["update_id"], said)
        return Says(200, [{"update_id": said["update_id"]}])


def is_row(row: Any) -> bool:
    return isinstance(row, dict)


def is_before(row: Any, start: datetime) -> bool:
    try:
        at = datetime.fromisoformat(row["requested_datetime"])
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) < start
    except (KeyError, TypeError, ValueError):
        return False
