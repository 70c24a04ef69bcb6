"""A letter as one short message: the long text where it fits, else the short one, in as few parts as signs allow."""

from tanggap.channels.base import Account, Outgoing, SendResult
from tanggap.lib import loosely, phone

from . import alphabet, settings


def fitting(account: Account, letter: Outgoing, most: int) -> tuple[str, alphabet.Coded] | None:
    """The words and their parts; None where nothing of the letter fits. Its link is never cut in two. Raises
    Trouble."""
    least, told = f"{letter.number} {letter.link}", settings.chosen(account, "alphabet")
    for text in (letter.text, letter.short, least):
        words = alphabet.plain(loosely.plain(text)).strip()
        coded = alphabet.code(words, told)
        if words and len(coded.parts) <= most:
            return words, coded
    return None


def prepared(account: Account, letter: Outgoing) -> tuple[str, str, alphabet.Coded] | SendResult:
    """Number, words and parts; or why there is no letter to send. Raises Trouble for senseless settings."""
    try:
        to = phone.parse(letter.to, account["region"] or "ID")
    except phone.BadPhone as bad:
        return SendResult("failed", f"no_number_{bad.code}")
    found = fitting(account, letter, int(settings.number(account, "max_parts")))
    return (to, *found) if found else SendResult("failed", "too_long")
