"""Keys of apps and integrations: made once, shown once, kept as a hash."""

import hashlib
import secrets
from datetime import datetime

from django.db import connection

from tanggap import ledger
from tanggap.models import THE_MACHINE, Actor, ApiKey, Channel, Reference

FIELDS = [field.attname for field in ApiKey._meta.concrete_fields]
FIND = f"SELECT {', '.join(FIELDS)} FROM {ApiKey._meta.db_table} WHERE hash = %s AND ended_at IS NULL"
HINT = 8  # signs of a key that tell it apart from others; they open nothing


def hashed(text: str) -> bytes:
    """A plain SHA-256: a random key of 256 bits can't be guessed, so it needs no slow hash."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def make_key(
    name: str, channel: Channel | str, now: datetime, *, text: str = "", by: Actor = THE_MACHINE
) -> str:
    """Make a key for the reports of one channel and give its text: the only time anybody sees it.

    With `text` that one becomes the key (the demo's comes from the environment); the same text again is the
    same key.
    """
    key = text or secrets.token_urlsafe(32)
    row = Channel.objects.get(code=channel) if isinstance(channel, str) else channel
    made, new = ApiKey.objects.get_or_create(
        hash=hashed(key), defaults={"name": name, "channel": row, "hint": key[:HINT], "created_at": now}
    )
    if new:
        after = {"name": name, "channel": row.code, "hint": made.hint}
        ledger.change(f"key:{made.id}", "add", before={}, after=after, by=by, now=now)
    return key


def find_key(text: str) -> ApiKey | None:
    """The key, while it holds. One statement by a unique index, every time: an ended key ends at once. Written out,
    and the channel from what is kept: a query built anew would cost more than all else a door does with a key."""
    if not text:
        return None
    with connection.cursor() as cursor:
        cursor.execute(FIND, [hashed(text)])
        row = cursor.fetchone()
    if row is None:
        return None
    key = ApiKey.from_db(None, FIELDS, row)
    key.channel = Reference.get().channel_by_id[key.channel_id]
    return key
