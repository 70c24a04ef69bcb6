"""The sentence of `tanggap channel test`: what is wrong with a Telegram account; "" for nothing."""

import re
from datetime import UTC, datetime
from typing import Any

from tanggap.channels.base import Account, Trouble
from tanggap.channels.telegram import api, updates
from tanggap.lib import loosely, outside

WORD = re.compile(r"[A-Za-z0-9_-]{1,256}")
MANY = 100


def test(account: Account) -> str:
    if not account["token"]:
        return "The setting token is not given."
    try:
        way = updates.way(account)
        return settings(account, way) or bot(account) or webhook(account, way)
    except Trouble as trouble:
        return str(trouble)
    except (api.Wrong, outside.NoAnswer) as wrong:
        return str(api.trouble(account, wrong))


def settings(account: Account, way: str) -> str:
    words = loosely.values(account["secret"])
    if way == updates.WEBHOOK and not words:
        return "The setting secret is not given: without it the webhook lets nobody in."
    if any(not WORD.fullmatch(word) for word in words):
        return "The setting secret holds signs that Telegram does not take (only letters, digits, _ and -)."
    if account["hook_url"] and not account["hook_url"].startswith("https://"):
        return "The setting hook_url must begin with https, else Telegram does not post to it."
    return ""


def bot(account: Account) -> str:
    found = api.call(account, "getMe", {})
    if loosely.part({"it": found}, "it").get("is_bot") is not True:
        return "The token is not that of a bot."
    return ""


def webhook(account: Account, way: str) -> str:
    """Does what Telegram was told fit the way we expect updates to come?"""
    info: Any = api.call(account, "getWebhookInfo", {})
    stands = loosely.text(info, "url", 2000)
    if way == updates.POLL:
        return "A webhook is set for this bot, so it can't be polled." if stands else ""
    if not stands:
        return "No webhook is set: nothing will come in."
    if account["hook_url"] and stands != account["hook_url"]:
        return "The webhook that is set leads to another address than hook_url."
    if complaint := updates.complaint_of(info, account.now or datetime.now(UTC)):
        return complaint
    waiting = loosely.whole(info, "pending_update_count") or 0
    return f"{waiting} updates wait at Telegram: our webhook is too slow." if waiting > MANY else ""
