"""What the Graph API's webhooks say, written by hand: one function for each thing somebody may do. Invented people.

Each gives an entry of a post; `post` puts entries of one object together, as the provider batches them.
"""

import hashlib
import hmac
import json
from typing import Any

PHONE_NUMBER_ID, BUSINESS, PAGE, INSTAGRAM = (
    "100000000000001",
    "100000000000002",
    "200000000000001",
    "17840000000000001",
)
DISPLAY = "628110000206"
TOKEN, SECRET, WORD = "EAATOKENCONTOH", "rahasia-aplikasi", "kata-sandi-jabat"
OWN = {
    "whatsapp": {"phone_number_id": PHONE_NUMBER_ID, "business_account_id": BUSINESS},
    "facebook": {"page_id": PAGE},
    "instagram": {"account_id": INSTAGRAM, "login": "instagram"},
}
OBJECTS = {"whatsapp": "whatsapp_business_account", "facebook": "page", "instagram": "instagram"}

Json = dict[str, Any]


def post(kind: str, *entries: Json) -> bytes:
    """As the provider writes it: ASCII only, slashes escaped. The signature is over these very bytes."""
    return json.dumps({"object": OBJECTS[kind], "entry": list(entries)}).replace("/", "\\/").encode()


def signature(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def settings(kind: str, url: str) -> dict[str, str]:
    """What an account of this kind needs to be given to meet a Graph API at this address."""
    common = {"token": TOKEN, "app_secret": SECRET, "verify_token": WORD}
    where = {"base_url": url, "version": "v26.0", "media_hosts": url.removeprefix("http://")}
    return {**common, **where, **OWN[kind]}


# ---- WhatsApp ----


def whatsapp(value: Json, field: str = "messages") -> Json:
    metadata = {"display_phone_number": DISPLAY, "phone_number_id": PHONE_NUMBER_ID}
    whole = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    return {"id": BUSINESS, "changes": [{"field": field, "value": whole}]}


def person(user: str = "", phone: str = "", name: str = "Ani Contoh") -> Json:
    """A contact of a webhook; either id may be missing."""
    ids = {key: value for key, value in (("user_id", user), ("wa_id", phone)) if value}
    return {"profile": {"name": name}, **ids}


def message(who: Json, wamid: str, at: int, kind: str, content: Any = None, **more: Any) -> Json:
    """One message of one person, alone in its entry."""
    ids = {"from": who.get("wa_id"), "from_user_id": who.get("user_id")}
    said = {
        **{key: value for key, value in ids.items() if value},
        "id": wamid,
        "timestamp": str(at),
        "type": kind,
    }
    said |= {} if content is None else {kind: content}
    return whatsapp({"contacts": [who], "messages": [{**said, **more}]})


def text(who: Json, wamid: str, at: int, words: str, **more: Any) -> Json:
    return message(who, wamid, at, "text", {"body": words}, **more)


def unsupported(who: Json, wamid: str, at: int, kind: str = "unsupported") -> Json:
    error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}
    return message(who, wamid, at, kind, errors=[{**error, "error_data": {"details": "Not supported."}}])


def moved(wamid: str, at: int, old: str, new: str, old_user: str, new_user: str) -> Json:
    """A new number: it makes a new id too. System messages come without contacts."""
    told = {"type": "user_changed_number", "body": f"User Ani changed from {old} to {new}", "wa_id": new}
    told |= {"previous_user_id": old_user, "user_id": new_user}
    return whatsapp(
        {"messages": [{"from": old, "id": wamid, "timestamp": str(at), "type": "system", "system": told}]}
    )


def new_id(wamid: str, at: int, old_user: str, new_user: str) -> Json:
    told = {"type": "user_changed_user_id", "body": "User Ani changed", "previous_user_id": old_user}
    said = {"from_user_id": new_user, "id": wamid, "timestamp": str(at), "type": "system"}
    return whatsapp({"messages": [{**said, "system": {**told, "user_id": new_user}}]})


def status(
    wamid: str, word: str, at: int, *, carried: str = "", code: int = 0, to: str = "6281200000001"
) -> Json:
    said: Json = {"id": wamid, "status": word, "timestamp": str(at), "recipient_id": to}
    said |= {"biz_opaque_callback_data": carried} if carried else {}
    if code:
        error = {"code": code, "title": "Failed", "message": "Failed"}
        said["errors"] = [{**error, "error_data": {"details": "It failed."}}]
    return whatsapp({"contacts": [person("ID.1000000000000001", to)], "statuses": [said]})


def together(*entries: Json) -> Json:
    """Messages and statuses of several entries in one change, as a busy number gets them."""
    value: Json = {}
    for entry in entries:
        for name, listed in entry["changes"][0]["value"].items():
            if isinstance(listed, list):
                value[name] = [*value.get(name, []), *listed]
    return whatsapp(value)


# ---- a page, and Instagram ----


def feed(at: int, value: Json, page: str = PAGE) -> Json:
    return {"id": page, "time": at, "changes": [{"field": "feed", "value": value}]}


def comment(at: int, comment_id: str, words: str, *, by: str = "", verb: str = "add", **more: Any) -> Json:
    author = {"from": {"id": by, "name": "Ani Contoh"}} if by else {}
    post_id = more.pop("post_id", f"{PAGE}_900")
    value = {
        "item": "comment",
        "verb": verb,
        "comment_id": comment_id,
        "post_id": post_id,
        "parent_id": post_id,
    }
    return feed(at, {**value, **author, "message": words, "created_time": at, **more})


def visitor_post(
    at: int, post_id: str, words: str, *, by: str = "", item: str = "status", **more: Any
) -> Json:
    author = {"from": {"id": by, "name": "Ani Contoh"}} if by else {}
    value = {"item": item, "verb": "add", "post_id": post_id, "message": words, "created_time": at}
    return feed(at, {**value, **author, **more})


def messaging(at_ms: int, sender: str, content: Json, *, owner: str = PAGE, name: str = "messaging") -> Json:
    event = {"sender": {"id": sender}, "recipient": {"id": owner}, "timestamp": at_ms, **content}
    return {"id": owner, "time": at_ms, name: [event]}


def direct(at_ms: int, sender: str, mid: str, words: str = "", *, owner: str = PAGE, **more: Any) -> Json:
    """A private message to the page or the account."""
    said = {"mid": mid, **({"text": words} if words else {}), **more}
    return messaging(at_ms, sender, {"message": said}, owner=owner)


def instagram_comment(
    at: int, comment_id: str, words: str, *, by: str = "", flat: bool = False, **more: Any
) -> Json:
    """`flat`: the shape of the log-in with Instagram, without `changes`."""
    author = {"from": {"id": by, "username": "ani.contoh"}} if by else {}
    media = {"id": "17900000000000900", "media_product_type": "FEED"}
    change = {
        "field": "comments",
        "value": {"id": comment_id, **author, "text": words, "media": media, **more},
    }
    return {"id": INSTAGRAM, "time": at, **(change if flat else {"changes": [change]})}
