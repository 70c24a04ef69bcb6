"""Access tokens for mailboxes that take no password any more (XOAUTH2): fetched with a refresh token or as an
application, kept in memory until shortly before they end."""

import threading
import time

from tanggap.channels.base import Account, Trouble
from tanggap.lib import outside

EARLY = 120  # seconds before its end a token is not used any more
_kept: dict[tuple[str, ...], tuple[str, float]] = {}
_lock = threading.Lock()


def is_used(account: Account) -> bool:
    return bool(account["oauth_url"])


def token(account: Account, fresh: bool = False) -> str:
    """An access token; `fresh`: the one in memory was refused. Raises Trouble."""
    key = (account.code, account["oauth_url"], account["oauth_client_id"], account["imap_user"])
    with _lock:
        told, until = _kept.get(key, ("", 0.0))
        if told and not fresh and time.monotonic() < until:
            return told
        told, seconds = asked(account)
        _kept[key] = (told, time.monotonic() + seconds - EARLY)
        return told


def asked(account: Account) -> tuple[str, float]:
    form = {"client_id": account["oauth_client_id"]}
    if account["oauth_refresh_token"]:
        form |= {"grant_type": "refresh_token", "refresh_token": account["oauth_refresh_token"]}
    else:
        form |= {"grant_type": "client_credentials"}
    for name, setting in (("client_secret", "oauth_client_secret"), ("scope", "oauth_scope")):
        if account[setting]:
            form[name] = account[setting]
    try:
        reply = outside.ask("POST", account["oauth_url"], form=form)
        told = reply.json() if reply.status == 200 else {}
    except (outside.NoAnswer, outside.NotAsked, ValueError) as error:
        raise Trouble("The server that gives access tokens for the mailbox gives no answer.") from error
    found = told.get("access_token") if isinstance(told, dict) else None
    if not isinstance(found, str) or not found or any(sign < " " for sign in found):
        raise Trouble(
            f"No access token is given for the mailbox (HTTP {reply.status}): look at the OAuth settings."
        )
    seconds = told.get("expires_in")
    return found, float(seconds) if isinstance(seconds, int | float) and 0 < seconds < 1e6 else 600.0


def forget() -> None:
    with _lock:
        _kept.clear()
