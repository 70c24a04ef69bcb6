"""`tanggap channel test`: one sentence about what is wrong with an account, "" where nothing is. Nothing is sent."""

from urllib.parse import urlencode

from tanggap.channels.base import Account, Trouble
from tanggap.lib import outside

from . import kannel, settings
from .wire import Wire

SAID = {
    401: "Kannel refuses the username or the password.",
    403: "Kannel refuses the username or the password.",
    404: "There is no sendsms at base_url; it must be the address of Kannel's smsbox.",
}


def test(account: Account) -> str:
    try:
        for name in ("sender", "password"):
            if not account[name]:
                return f"The setting {name} is missing."
        for name in settings.CHOICES:
            settings.chosen(account, name)
        for name in settings.NUMBERS:
            settings.number(account, name)
        if settings.chosen(account, "way") == settings.KANNEL:
            return by_kannel(account)
        return by_smpp(settings.line(account))
    except Trouble as trouble:
        return str(trouble)


def by_smpp(line: settings.Line) -> str:
    try:
        wire = Wire.bound(line, "transmitter")
        try:
            wire.ask("enquire_link")
        finally:
            wire.unbind()
    except Trouble as trouble:
        return str(trouble)
    except OSError as error:
        return f"The exchange can't be reached: {error}."
    return ""


def by_kannel(account: Account) -> str:
    """Without a number Kannel looks at who asks, and sends nothing."""
    if not account["username"]:
        return "The setting username is missing."
    if not account["hook_key"]:
        return "The setting hook_key is missing; without it what Kannel brings is refused."
    asked = urlencode({"username": account["username"], "password": account["password"]}, errors="replace")
    try:
        reply = outside.ask(
            "GET",
            f"{account['base_url'].rstrip('/')}/cgi-bin/sendsms?{asked}",
            seconds=kannel.seconds(account),
        )
    except outside.NoAnswer as silence:
        return f"Kannel gives no answer ({silence})."
    if reply.status == 400:
        return ""  # the number that is missing on purpose
    return SAID.get(reply.status, f"Kannel answers with the status {reply.status}.")
