"""Fetch what somebody attached, in two steps: its id gives a path that is good for an hour, the path gives the bytes.

What it raises: outside.NotAsked - this file can never be fetched; outside.TooMuch - too big; another outside.NoAnswer -
try again; Trouble - the account can't fetch at all now.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tanggap.channels.base import Account
from tanggap.channels.telegram import api
from tanggap.lib import loosely, outside

SECONDS = 30.0


def fetch(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    path = path_of(account, loosely.text(ref, "file_id", 300), limit)
    url = f"{api.base(account)}/file/bot{api.token(account)}/{path}"
    reply = outside.ask("GET", url, limit=limit, seconds=max(SECONDS, api.seconds(account)))
    if reply.status in (404, 410):
        raise outside.NotAsked("gone at the provider")
    if reply.status != 200:  # also every redirect
        raise outside.NoAnswer(f"http_{reply.status}", sent=True)
    return reply.body


def path_of(account: Account, file_id: str, limit: int) -> str:
    if not file_id:
        raise outside.NotAsked("no id")
    try:
        found = api.call(account, "getFile", {"file_id": file_id})
    except api.Wrong as wrong:
        if wrong.code == 400 and "too big" in wrong.description:
            raise outside.TooMuch("too many bytes", sent=True) from wrong
        if wrong.code == 400:
            raise outside.NotAsked("gone at the provider") from wrong
        if wrong.code in (401, 404):
            raise api.trouble(account, wrong) from wrong
        raise outside.NoAnswer(str(wrong), sent=True) from wrong
    if (loosely.whole(found, "file_size") or 0) > limit:
        raise outside.TooMuch("too many bytes", sent=False)
    steps = loosely.text(found, "file_path", 500).split("/")
    if not all(steps) or any(step in (".", "..") for step in steps):  # it must stay below our own base
        raise outside.NotAsked("no path")
    return "/".join(quote(step, safe="") for step in steps)
