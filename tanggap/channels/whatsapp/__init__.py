"""WhatsApp, by the provider's Cloud API: a webhook in, one call out, files in two steps.

People are known by the provider's id (`user_id`) since 2026; a telephone number may be missing and is only one more
address. Free words go within 24 hours after somebody wrote, approved templates outside it.
"""

from collections.abc import Mapping
from typing import Any

from tanggap.channels.base import Account, Answered, Asked, Kind, Setting
from tanggap.channels.meta import files, settings, trial
from tanggap.channels.meta.hook import hook
from tanggap.channels.whatsapp import send, templates
from tanggap.channels.whatsapp.parse import parse

SETTINGS = (
    settings.token("The access token of a system user, with whatsapp_business_messaging."),
    Setting("phone_number_id", "The provider's id of our number (not the number itself).", needed=True),
    settings.APP_SECRET,
    settings.VERIFY_TOKEN,
    Setting(
        "business_account_id",
        "The WhatsApp Business account's id; with it, the test looks who is subscribed.",
    ),
    Setting("templates", templates.TOLD),
    settings.BASE_URL,
    settings.API_VERSION,
    settings.hosts("lookaside.fbsbx.com"),
    settings.SECONDS,
)


def answer(account: Account, asked: Asked) -> Answered:
    return hook(account, asked, parse)


def fetch(account: Account, ref: Mapping[str, Any], limit: int) -> bytes:
    """Raises as channels.meta.files says."""
    return files.by_id(account, ref, limit, {"phone_number_id": account["phone_number_id"]})


def test(account: Account) -> str:
    number, business = account["phone_number_id"], account["business_account_id"]
    steps = [
        trial.object_is_there(number, f"phone_number_id {number}", "id,display_phone_number"),
        templates.wrong,
    ]
    if business:
        steps.insert(1, trial.subscribed(f"{business}/subscribed_apps", "WhatsApp Business account"))
    return trial.told(WHATSAPP, account, steps)


WHATSAPP = Kind(
    "whatsapp",
    settings=SETTINGS,
    personal=("whatsapp", "phone"),
    hook=answer,
    fetch=fetch,
    send=send.send,
    test=test,
)
