"""A Facebook page: posts and comments where all can read, and private messages (Messenger); a webhook, and a poll of
the page's feed that finds what the webhook lost."""

from collections.abc import Mapping
from typing import Any

from tanggap.channels.base import Account, Answered, Asked, Kind, Outgoing, SendResult, Setting
from tanggap.channels.facebook.parse import parse
from tanggap.channels.facebook.poll import poll
from tanggap.channels.meta import answer, files, settings, trial
from tanggap.channels.meta.hook import hook

SETTINGS = (
    settings.token(
        "The page's access token, with pages_messaging, pages_manage_metadata and pages_manage_engagement."
    ),
    Setting("page_id", "The page's id.", needed=True),
    settings.APP_SECRET,
    settings.VERIFY_TOKEN,
    settings.PUBLIC_REPLIES,
    settings.PUBLIC_WORDS,
    settings.HUMAN_AGENT,
    settings.BASE_URL,
    settings.API_VERSION,
    settings.hosts("*.fbcdn.net,*.fbsbx.com"),
    settings.SECONDS,
)
MOST_SIGNS = 2000


def answered(account: Account, asked: Asked) -> Answered:
    return hook(account, asked, parse)


def send(account: Account, letter: Outgoing) -> SendResult:
    page = account["page_id"]
    edges = answer.Edges(
        f"{page}/messages", "{}/comments", MOST_SIGNS, len, frozenset({page}), typed=True, metadata=True
    )
    return answer.send(account, letter, edges)


def fetch(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    """Raises as channels.meta.files says."""
    return files.by_address(account, ref, limit)


def test(account: Account) -> str:
    page = account["page_id"]
    steps = (
        trial.object_is_there(page, f"page {page}", "id,name"),
        trial.subscribed(f"{page}/subscribed_apps", "page", ("feed", "messages")),
    )
    return trial.told(FACEBOOK, account, steps)


FACEBOOK = Kind(
    "facebook",
    settings=SETTINGS,
    personal=("facebook",),
    hook=answered,
    poll=poll,
    poll_seconds=600,
    fetch=fetch,
    send=send,
    test=test,
)
