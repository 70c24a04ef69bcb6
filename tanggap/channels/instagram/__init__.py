"""Instagram: comments where all can read, and direct messages. Two log-ins, two hosts, two shapes of the same webhook.

With `login` = instagram the account's own token is used at graph.instagram.com; with `login` = facebook the token of
the page it belongs to, at graph.facebook.com, and messages go through that page.
"""

from collections.abc import Mapping
from typing import Any

from tanggap.channels.base import Account, Answered, Asked, Kind, Outgoing, SendResult, Setting
from tanggap.channels.instagram.parse import parse
from tanggap.channels.instagram.place import FACEBOOK_LOGIN, HOSTS, INSTAGRAM_LOGIN, placed, through
from tanggap.channels.instagram.poll import poll
from tanggap.channels.meta import answer, files, settings, trial
from tanggap.channels.meta.hook import hook

SETTINGS = (
    settings.token(
        "The account's token (log-in with Instagram), or the token of its page (log-in with Facebook)."
    ),
    Setting(
        "account_id",
        "The id of the professional account, as it stands in the webhook's entries.",
        needed=True,
    ),
    Setting(
        "login", 'Which log-in the token comes from: "instagram" or "facebook".', default=INSTAGRAM_LOGIN
    ),
    Setting("page_id", "The id of the page it belongs to; needed for the log-in with Facebook."),
    settings.APP_SECRET,
    settings.VERIFY_TOKEN,
    settings.PUBLIC_REPLIES,
    settings.PUBLIC_WORDS,
    settings.HUMAN_AGENT,
    Setting("base_url", "Where the Graph API is asked; empty for the host of the log-in."),
    settings.API_VERSION,
    settings.hosts("*.cdninstagram.com,*.fbcdn.net,*.fbsbx.com"),
    settings.SECONDS,
)
MOST_BYTES = 1000


def answered(account: Account, asked: Asked) -> Answered:
    return hook(account, asked, parse)


def send(account: Account, letter: Outgoing) -> SendResult:
    edges = answer.Edges(
        f"{through(account)}/messages",
        "{}/replies",
        MOST_BYTES,
        lambda text: len(text.encode()),
        frozenset({account["account_id"]}),
        typed=False,
        metadata=False,
    )
    return answer.send(placed(account), letter, edges)


def fetch(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    """Raises as channels.meta.files says."""
    return files.by_address(account, ref, limit)


def test(account: Account) -> str:
    there = placed(account)
    owner, number = through(account), account["account_id"]
    steps = (
        lambda _: wrong_login(account),
        trial.object_is_there(number, f"account {number}", "id,username"),
        trial.subscribed(f"{owner}/subscribed_apps", "account", ("messages",)),
    )
    return trial.told(INSTAGRAM, there, steps)


def wrong_login(account: Account) -> str:
    if account["login"] not in HOSTS:
        return 'The setting login is neither "instagram" nor "facebook".'
    if account["login"] == FACEBOOK_LOGIN and not account["page_id"]:
        return "The setting page_id is not given; the log-in with Facebook writes through the page."
    return ""


INSTAGRAM = Kind(
    "instagram",
    settings=SETTINGS,
    personal=("instagram",),
    hook=answered,
    poll=poll,
    poll_seconds=600,
    fetch=fetch,
    send=send,
    test=test,
)
