"""Fetch a picture by the address that came with a post: an address that others gave us, so its host must be listed.

What it raises: outside.NotAsked - this file may not or can never be fetched; outside.TooMuch - too big; another
outside.NoAnswer - try again.
"""

from collections.abc import Mapping
from typing import Any

from tanggap.channels.base import Account
from tanggap.lib import loosely, outside

SECONDS = 30.0
GONE = (403, 404, 410)


def fetch(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    hosts = [one.lower() for one in loosely.values(account["media_hosts"])]
    if not hosts:  # an empty list would mean: any
        raise outside.NotAsked("no host is listed")
    reply = outside.ask_given(
        "GET", loosely.text(ref, "url", 2000), hosts=hosts, limit=limit, seconds=SECONDS
    )
    if reply.status in GONE:
        raise outside.NotAsked("gone at the provider")
    if reply.status != 200:  # also every redirect
        raise outside.NoAnswer(f"http_{reply.status}", sent=True)
    return reply.body
