"""How updates come: Telegram posts them to our webhook, or we ask for what is new. One bot does one of the two.

A webhook's post carries no signature, only the word that was agreed when the webhook was set. Asking is its own proof.
What was handed over once is taken away at Telegram by the next question, so the question comes after the commit.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tanggap.channels.base import Account, Answered, Asked, Ears, Trouble
from tanggap.channels.telegram import api, parse
from tanggap.lib import loosely, outside

HEADER = "x-telegram-bot-api-secret-token"
WEBHOOK, POLL = "webhook", "poll"
WANTED = ("message", "edited_message", "my_chat_member", "callback_query")
AT_ONCE = 100
MOST_ROUNDS = 20  # of one poll; what is left waits for the next
ROOM = 20_000_000  # bytes of a hundred updates, the longest there are
LOOK_AGAIN = 600.0  # seconds
FRESH = timedelta(minutes=15)  # an older error of the webhook is told no more


def hook(account: Account, asked: Asked) -> Answered:
    """403 for who does not know the word, before a byte is read."""
    if not loosely.same(asked.headers.get(HEADER, ""), loosely.values(account["secret"])):
        return Answered(403)
    if asked.method != "POST":
        return Answered(405)
    return Answered(200, heard=parse.parse(account, asked.body))


def poll(account: Account, ears: Ears) -> Mapping[str, Any]:
    if way(account) == WEBHOOK:
        return watch(account)
    return ask(account, ears)


def way(account: Account) -> str:
    found = account["way"] or POLL
    if found not in (WEBHOOK, POLL):
        raise Trouble('The setting way is neither "webhook" nor "poll".')
    return found


def ask(account: Account, ears: Ears) -> Mapping[str, Any]:
    """All that is new, round by round. An empty answer says that what came before is taken away at Telegram: then the
    offset is let go, because after a quiet week updates are numbered anew, and a high offset would skip low ones."""
    offset = loosely.whole(account.cursor, "offset")
    wait = api.number(account["wait"], 1.0, 0.0, 50.0)
    for _ in range(MOST_ROUNDS):
        updates = asked(account, offset, wait)
        if not updates:
            return {}
        now = account.now or datetime.now(UTC)
        ears([one for said in updates for one in heard(account, said, now)])
        numbers = [number for said in updates if (number := loosely.whole(said, "update_id")) is not None]
        if not numbers:
            raise Trouble(
                "Telegram gives updates without numbers: they were kept, but can't be taken away there."
            )
        offset, wait = max(numbers) + 1, 0.0
    return {"offset": offset}


def asked(account: Account, offset: int | None, wait: float) -> list[Any]:
    said = {"limit": AT_ONCE, "timeout": int(wait), "allowed_updates": WANTED}
    if offset is not None:
        said["offset"] = offset
    found = called(account, "getUpdates", said, wait, ROOM)
    if not isinstance(found, list):
        raise Trouble("Telegram answers getUpdates with something else than a list.")
    return found


def heard(account: Account, said: Any, now: datetime) -> list[Any]:
    try:
        return [parse.update(account, said, now)]
    except (
        ValueError
    ):  # nothing that came as JSON is too deep to be written again, but it costs nothing to be sure
        return parse.parse(account, repr(said)[:10_000].encode("utf-8", "replace"))


def called(
    account: Account, method: str, said: Mapping[str, Any], wait: float = 0, limit: int = 1_000_000
) -> Any:
    try:
        return api.call(account, method, said, wait=wait, limit=limit)
    except (api.Wrong, outside.NoAnswer) as wrong:
        raise api.trouble(
            account, wrong
        ) from None  # the cause's text may hold the address, and that the token


# ---- the watch beside a webhook ----


def watch(account: Account) -> Mapping[str, Any]:
    """Every ten minutes: does the webhook stand as we want it? It is set anew where it does not, and where the word
    changed. Updates that could not be posted wait at Telegram for a day and come by themselves."""
    now = account.now or datetime.now(UTC)
    last = loosely.whole(account.cursor, "looked_at")
    if last is not None and 0 <= now.timestamp() - last < LOOK_AGAIN:
        return account.cursor
    if not loosely.values(account["secret"]):
        raise Trouble("The setting secret is not given: without it anybody could post to the webhook.")
    info = called(account, "getWebhookInfo", {})
    mark, url = print_of(account), account["hook_url"]
    stands = loosely.text(info, "url", 2000)
    if url and (stands != url or account.cursor.get("set") != mark):
        called(account, "setWebhook", wanted(account))
    elif not stands:
        raise Trouble("No webhook is set and hook_url is not given: nothing will come in.")
    elif complaint := complaint_of(info, now):
        raise Trouble(complaint)
    return {"looked_at": int(now.timestamp()), "set": mark}


def print_of(account: Account) -> str:
    """Tells whether address and word are still those that were set, without holding the word."""
    word = next(iter(loosely.values(account["secret"])), "")
    return loosely.digest(f"{account['token']}\n{account['hook_url']}\n{word}".encode("utf-8", "replace"))[
        :16
    ]


def wanted(account: Account) -> dict[str, Any]:
    return {
        "url": account["hook_url"],
        "secret_token": next(iter(loosely.values(account["secret"])), ""),
        "allowed_updates": WANTED,
        "drop_pending_updates": False,
    }


def complaint_of(info: Any, now: datetime) -> str:
    """What Telegram says of its last tries to post to us, where it is fresh."""
    said, at = loosely.text(info, "last_error_message", 200), loosely.whole(info, "last_error_date")
    if not said or at is None or now - loosely.moment(at, now) > FRESH:
        return ""
    waiting = loosely.whole(info, "pending_update_count") or 0
    told = " ".join(said.split()).rstrip(".")
    return f"Telegram can't post to our webhook ({told}); {waiting} updates wait there."
