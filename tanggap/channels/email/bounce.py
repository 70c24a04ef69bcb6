"""Reports of mail servers about our letters: what came back, what was delivered, what was read."""

import re
from datetime import datetime

from tanggap.channels.base import Account, Delivery, Heard, Ignored

from . import address, origin
from .read import Mail

# enhanced status codes (RFC 3463) that say: nobody lives there any more
GONE = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.7.17"}
# what a report tells of itself -> state of the letter; what is missing here tells nothing yet
ACTIONS = {"failed": "failed", "delivered": "delivered", "relayed": "sent", "expanded": "sent"}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def heard_of(account: Account, mail: Mail, external_id: str, at: datetime, raw: bytes) -> Heard | None:
    """None for a mail that is no report. A report is never a citizen's word, whatever stands in it."""
    if mail.report_type == "delivery-status" or "action" in mail.report:
        return delivery(account, mail, external_id, at, raw)
    if mail.report_type == "disposition-notification":
        return disposition(account, mail, external_id, at, raw)
    letter = bounced_letter(account, mail)
    if letter is not None and (
        origin.POSTMASTERS.match(origin.sender(mail)) or mail.first("x-failed-recipients")
    ):
        return Delivery(account.code, external_id, "failed", at, letter, reason="bounced", body=raw)
    return None


def delivery(account: Account, mail: Mail, external_id: str, at: datetime, raw: bytes) -> Heard:
    letter, of = letter_meant(account, mail)
    action = (mail.report.get("action") or "").split()[:1]
    state = ACTIONS.get(action[0].lower() if action else "")
    if letter is None and not of:
        return Ignored(account.code, external_id, "bounce_of_nothing", at, raw)
    if state is None:
        return Ignored(account.code, external_id, "delayed", at, raw)
    found = _STATUS.search(mail.report.get("status", ""))
    status = found[0] if found else ""
    gone = state == "failed" and status in GONE
    return Delivery(account.code, external_id, state, at, letter, of, f"DSN {status}".strip(), gone, raw)


def disposition(account: Account, mail: Mail, external_id: str, at: datetime, raw: bytes) -> Heard:
    """A reader's program says that the letter was shown. It can be forged by its reader only: our id is signed."""
    name = mail.report.get("original-message-id", "") or mail.returned
    letter = address.letter_of(account, name)
    shown = "displayed" in mail.report.get("disposition", "").lower()
    if letter is None or not shown:
        return Ignored(account.code, external_id, "disposition", at, raw)
    return Delivery(account.code, external_id, "read", at, letter, name.strip("<> "), "MDN", body=raw)


def letter_meant(account: Account, mail: Mail) -> tuple[int | None, str]:
    """The letter out of the address the report came to, else out of the Message-ID it returns. Both are signed by us;
    anything else names no letter, so that nobody can declare another's letter dead."""
    letter = bounced_letter(account, mail)
    returned = address.letter_of(account, mail.returned)
    of = mail.returned.strip("<> ") if returned is not None else ""
    return (letter if letter is not None else returned), of


def bounced_letter(account: Account, mail: Mail) -> int | None:
    for tag in address.tags(account, origin.recipients(mail)):
        if (letter := address.number(address.read(account, address.BOUNCE, tag))) is not None:
            return letter
    return None
