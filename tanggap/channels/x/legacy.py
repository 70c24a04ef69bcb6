"""The older shape of posts and direct messages (some webhooks still speak it), turned into the newer one."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tanggap.lib import loosely


def post(said: Mapping[str, Any]) -> dict[str, Any]:
    """A post as the newer API would tell it."""
    whole = loosely.part(said, "extended_tweet")
    long = loosely.text(whole, "full_text", 30_000) or loosely.text(said, "full_text", 30_000)
    user = loosely.part(said, "user")
    number = named(said)
    found: dict[str, Any] = {
        "id": number,
        "text": long or loosely.text(said, "text", 30_000),
        "author_id": named(user),
        "created_at": moment(loosely.text(said, "created_at", 40)),
        "entities": {"urls": loosely.rows(loosely.part(whole or said, "entities"), "urls")},
        "referenced_tweets": references(said),
        "place": loosely.text(loosely.part(said, "place"), "full_name", 200),
    }
    point = loosely.part(said, "coordinates")
    if point:
        found["geo"] = {"coordinates": point}
    media = loosely.rows(loosely.part(said, "extended_entities"), "media")
    found["media"] = [
        {"media_key": named(one), "type": one.get("type"), "url": loosely.text(one, "media_url_https", 2000)}
        for one in media
    ]
    found["user"] = {"id": named(user), "name": loosely.text(user, "name", 100)}
    return found


def references(said: Mapping[str, Any]) -> list[dict[str, str]]:
    found = []
    if loosely.part(said, "retweeted_status"):
        found.append({"type": "retweeted", "id": named(loosely.part(said, "retweeted_status"))})
    if answered := loosely.text(said, "in_reply_to_status_id_str", 30):
        found.append({"type": "replied_to", "id": answered})
    if quoted := loosely.text(said, "quoted_status_id_str", 30):
        found.append({"type": "quoted", "id": quoted})
    return found


def message(said: Mapping[str, Any]) -> dict[str, Any]:
    """A direct message as the newer API would tell it."""
    created = loosely.part(said, "message_create")
    data = loosely.part(created, "message_data")
    media = loosely.part(loosely.part(data, "attachment"), "media")
    stamp = loosely.whole(said, "created_timestamp")
    return {
        "id": named(said),
        "event_type": "MessageCreate" if said.get("type", "message_create") == "message_create" else "Other",
        "sender_id": loosely.text(created, "sender_id", 30),
        "text": loosely.text(data, "text", 30_000),
        "created_at": stamp / 1000 if stamp is not None else None,
        "entities": {"urls": loosely.rows(loosely.part(data, "entities"), "urls")},
        "media": [{"media_key": named(media), "url": loosely.text(media, "media_url_https", 2000)}]
        if media
        else [],
    }


def named(said: Mapping[str, Any]) -> str:
    """An id as text: as a number it may have lost its last digits on the way."""
    found = loosely.text(said, "id_str", 30) or loosely.text(said, "id", 30)
    number = loosely.whole(said, "id")
    return found or (str(number) if number is not None else "")


def moment(told: str) -> float | None:
    """'Mon Mar 02 04:59:00 +0000 2026' as a unix time."""
    try:
        return datetime.strptime(told, "%a %b %d %H:%M:%S %z %Y").astimezone(UTC).timestamp()
    except ValueError:
        return None
