"""Where an account is asked: two log-ins have two hosts, and messages go through the account or through its page."""

from dataclasses import replace

from tanggap.channels.base import Account
from tanggap.channels.meta import settings

INSTAGRAM_LOGIN, FACEBOOK_LOGIN = "instagram", "facebook"
HOSTS = {INSTAGRAM_LOGIN: settings.GRAPH_OF_INSTAGRAM, FACEBOOK_LOGIN: settings.GRAPH}


def placed(account: Account) -> Account:
    """The account with the host of its log-in, where none is set."""
    host = account["base_url"] or HOSTS.get(account["login"], HOSTS[INSTAGRAM_LOGIN])
    return replace(account, settings={**account.settings, "base_url": host})


def through(account: Account) -> str:
    """Whose messages edge is used: the page's with the one log-in, the account's with the other."""
    return account["page_id"] if account["login"] == FACEBOOK_LOGIN else account["account_id"]
