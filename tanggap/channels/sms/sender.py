"""Who sent it, as far as a short message tells. Nothing here is proven: anybody can write any number."""

import re

import phonenumbers

from tanggap.channels.base import Account, Contact
from tanggap.lib import phone

PHONE, ALIAS = "phone", "alias"  # an alias can't be written to
INTERNATIONAL, ALPHANUMERIC = 1, 5  # types of number
SHORTEST = 7  # digits; fewer are a short code: a service, not a person
NUMBER = re.compile(r"\+?[0-9]+")
SEPARATORS = re.compile(r"[\s().-]")


def who(account: Account, address: str, ton: int = 0) -> tuple[Contact | None, str]:
    """The sender, and why it is nobody to listen to: short_code, own, or "".

    >>> at = Account("sms", "sms", {"region": "ID", "sender": "+62811000111"})
    >>> who(at, "08123456789"), who(at, "62811000111", 1), who(at, "1717")
    ((Contact(kind='phone', address='+628123456789', proven=False), ''), (None, 'own'), (None, 'short_code'))
    >>> who(at, "GOJEK", 5)
    (Contact(kind='alias', address='GOJEK', proven=False), '')
    """
    shown = address.replace("\x00", "").strip()
    digits = SEPARATORS.sub("", shown)
    if not shown:
        return None, ""
    if is_ours(account, shown):
        return None, "own"
    if ton == ALPHANUMERIC or not NUMBER.fullmatch(digits):
        return Contact(ALIAS, shown[:60]), ""
    if len(digits.lstrip("+")) < SHORTEST:
        return None, "short_code"
    try:
        return Contact(PHONE, e164(digits, ton, account["region"] or "ID")), ""
    except phone.BadPhone:
        return Contact(ALIAS, shown[:60]), ""


def e164(digits: str, ton: int, region: str) -> str:
    """Exchanges leave the plus out, and some do not say of which type a number is. Raises BadPhone."""
    code = str(phonenumbers.country_code_for_region(region) or "")
    if not digits.startswith(("+", "0")) and (ton == INTERNATIONAL or (code and digits.startswith(code))):
        digits = f"+{digits}"
    return phone.parse(digits, region)


def is_ours(account: Account, shown: str) -> bool:
    """Our own number comes back where an exchange sends to itself: an echo."""
    own = SEPARATORS.sub("", account["sender"]).lstrip("+0")
    other = SEPARATORS.sub("", shown).lstrip("+0")
    return bool(own) and own.lower() == other.lower()
