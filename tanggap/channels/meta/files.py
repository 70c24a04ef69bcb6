"""Fetch what somebody sent: from an address in the webhook, or in two steps by an id.

Either way the address is the provider's, given to us: its host must stand on the account's list, is resolved once, has
to lie in the open network, is never followed elsewhere, and its bytes are counted while they come (W03, W04).

What it raises: outside.NotAsked - this file may not or can never be fetched; outside.TooMuch - too big; another
outside.NoAnswer - try again; Trouble - the account can't fetch at all now.
"""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from tanggap.channels.base import Account, Trouble
from tanggap.channels.meta import graph, outcome, read
from tanggap.channels.meta.outcome import Wrong
from tanggap.lib import loosely, outside

MEDIA = re.compile(r"[A-Za-z0-9_-]{1,200}")  # no more than a name: it becomes a part of an address
LOST = {404, 410, 403}  # an address that ran out


def by_id(account: Account, ref: Mapping[str, Any], limit: int, query: Mapping[str, str]) -> bytes:
    """Two steps: the id gives an address that is good for minutes, which wants the token too."""
    ref = dict(ref)
    found = described(account, read.text(ref, "id"), query)
    size = found.get("file_size")
    if isinstance(size, int) and size > limit:
        raise outside.TooMuch("too many bytes", sent=False)
    data = fetched(account, read.text(found, "url", 4000), limit, graph.bearer(account))
    for promised in (read.text(ref, "sha256"), read.text(found, "sha256")):
        if promised and not same(data, promised):
            raise outside.NoAnswer("other bytes than promised", sent=True)
    return data


def described(account: Account, media: str, query: Mapping[str, str]) -> Mapping[str, Any]:
    if not MEDIA.fullmatch(media):
        raise outside.NotAsked("no id")
    try:
        return graph.call(account, "GET", media, query)
    except Wrong as wrong:
        word = outcome.meaning(wrong.code, wrong.subcode).word if wrong.known else ""
        if (wrong.code, wrong.subcode) == (100, 33) or wrong.status in LOST or word == "failed":
            raise outside.NotAsked("gone at the provider") from wrong
        if word == "down":
            raise Trouble(f"The provider lets nothing be fetched ({wrong}).") from wrong
        raise outside.NoAnswer(str(wrong), sent=True) from wrong


def by_address(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    """One step: the address of the webhook, without our token."""
    return fetched(account, read.text(dict(ref), "url", 4000), limit, {})


def fetched(account: Account, url: str, limit: int, headers: Mapping[str, str]) -> bytes:
    allowed = host_allowed(url, loosely.values(account["media_hosts"]))
    reply = outside.ask_given(
        "GET", url, hosts=(allowed,), headers=headers, limit=limit, seconds=max(graph.seconds(account), 10.0)
    )
    if reply.status in LOST:
        raise outside.NotAsked("gone at the provider")
    if reply.status != 200:  # also every redirect
        raise outside.NoAnswer(f"http_{reply.status}", sent=True)
    return reply.body


def host_allowed(url: str, listed: list[str]) -> str:
    """The host (with its port, where the list names one), or NotAsked."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise outside.NotAsked("no address") from error
    for one in (listing.lower() for listing in listed):
        if one in (host, f"{host}:{port}"):
            return one
        if one.startswith("*.") and host.endswith(one[1:]):
            return host
    raise outside.NotAsked("not a listed host")


def same(data: bytes, promised: str) -> bool:
    """Do these bytes have the promised SHA-256, told in hex or in base64?

    >>> same(b"a", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
    True
    >>> same(b"a", "ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs="), same(b"b", "ypeBEsobvcr6wjGzmiPcTa")
    (True, False)
    """
    digest = hashlib.sha256(data).digest()
    plain = promised.strip()
    return plain.lower() == digest.hex() or plain.rstrip("=") == base64.b64encode(digest).decode().rstrip("=")
