"""Accounts at the small Graph API, as the registry would read them from an environment."""

from datetime import UTC, datetime
from typing import Any

from tanggap.channels import registry
from tanggap.channels.base import Account, Asked, Outgoing
from tests.world import graph_says as says
from tests.world.graph import Graph

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
AT = int(NOON.timestamp())
ADDRESS = "https://tanggap.example/hooks/uji/"
TEXT = "Laporan Anda JK260302-0007 sudah kami terima. Ikuti di https://tanggap.example/l/JK260302-0007"


def account(kind: str, graph: Graph | None = None, **more: Any) -> Account:
    """`now` and `cursor` are the account's; all else are settings."""
    now, cursor = more.pop("now", NOON), more.pop("cursor", {})
    given = graph.settings(kind) if graph else says.settings(kind, "http://127.0.0.1:9")
    defaults = {one.name: one.default for one in registry.KINDS[kind].settings}
    return Account("uji", kind, {**defaults, **given, "seconds": "2", **more}, cursor, now)


def asked(body: bytes, headers: dict[str, str], method: str = "POST", **query: str) -> Asked:
    return Asked(
        method, ADDRESS, {key.replace("_", ".", 1): value for key, value in query.items()}, headers, body
    )


def letter(to: str, **more: Any) -> Outgoing:
    fields = {
        "subject": "Laporan JK260302-0007", "text": TEXT, "reference": "JK260302-0007", "letter": 7, "code": "received",
        "number": "JK260302-0007", "link": "https://tanggap.example/l/JK260302-0007", "short": "JK260302-0007 diterima",
    }  # fmt: skip
    return Outgoing(to=to, **{**fields, **more})
