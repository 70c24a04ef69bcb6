"""A letter by SMTP, step by step, because it matters how far it came: nothing went, refused, or perhaps it went.

Envelope sender: an address that names the letter (VERP), so that a bounce names it too. Reply-To: an address that names
the report. Message-ID: ours, the same for the same letter. Once the last dot is on its way and no answer came, the
letter may have been taken: `unknown`, and never again by itself.
"""

import re
import smtplib
from dataclasses import dataclass, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime

from tanggap.channels.base import Account, Outgoing, SendResult, Trouble

from . import address, lines

CONNECT, LOG_IN, FROM, TO, DATA, BODY = "connect", "log_in", "from", "to", "data", "body"
AGAIN, FAILED, GONE, DOWN = "again", "failed", "gone", "down"
# (step, code, enhanced status) -> outcome; "" is any, the first row that fits counts
OUTCOMES = (
    ("", "421", "", DOWN),
    (CONNECT, "", "", DOWN),
    (LOG_IN, "", "", DOWN),
    (FROM, "552", "", FAILED),
    (FROM, "5", "5.3.4", FAILED),
    (FROM, "5", "", DOWN),  # our own address is not taken: no letter would go
    (TO, "4", "", AGAIN),
    (TO, "5", "5.1.1", GONE),
    (TO, "5", "5.1.2", GONE),
    (TO, "5", "5.1.3", GONE),
    (TO, "5", "5.1.6", GONE),
    (TO, "5", "5.1.10", GONE),
    (TO, "5", "5.2.1", GONE),
    (TO, "551", "", GONE),
    (TO, "553", "", GONE),
    (BODY, "5", "5.1.1", GONE),
    ("", "4", "", AGAIN),
    ("", "5", "", FAILED),
    ("", "", "", AGAIN),
)
RESULTS = {
    AGAIN: SendResult("failed", again=True),
    FAILED: SendResult("failed"),
    GONE: SendResult("failed", gone=True),
    DOWN: SendResult("failed", again=True, down=True),
}
LONGEST_WAIT = 3600.0
_ENHANCED = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_SECONDS = re.compile(r"\b(\d{1,4}) ?(?:s|sec|secs|seconds)\b", re.I)


class AsWritten(EmailPolicy):
    """Python's own folding turns a Message-ID of more than 76 signs into encoded words, and no thread is found again:
    these headers are folded between their words, and nowhere else."""

    NAMES = frozenset({"message-id", "in-reply-to", "references", "list-unsubscribe", "reply-to"})

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() not in self.NAMES:
            return super().fold_binary(name, value)
        return f"{name}: {(self.linesep + ' ').join(str(value).split())}{self.linesep}".encode("ascii")


POLICY = AsWritten(linesep="\r\n")


@dataclass
class Refused(Exception):
    """The server's answer at a step."""

    step: str
    code: int
    text: str


def send(account: Account, letter: Outgoing) -> SendResult:
    """Send one letter. Never raises for what servers do."""
    if not address.is_address(letter.to):
        return SendResult("failed", "no plain e-mail address")
    if not address.is_address(account["address"]):
        return SendResult("failed", "our own address is none", again=True, down=True)
    mail = compose(account, letter)
    back = address.plus(account, address.BOUNCE, str(letter.letter)) if letter.letter else ""
    name = str(mail["Message-ID"]).strip("<>")
    try:
        line = connected(account)
    except Trouble as error:
        return SendResult("failed", str(error), again=True, down=True)
    except Refused as error:
        return outcome(error)
    try:
        hand_over(line, back or account["address"], letter.to, mail.as_bytes(policy=POLICY))
    except Refused as error:
        return outcome(error)
    except Unsure:
        return SendResult("unknown", "no answer after the last dot", external_id=name)
    except (smtplib.SMTPException, OSError) as error:
        return SendResult("failed", type(error).__name__, again=True)
    finally:
        leave(line)
    return SendResult("sent", external_id=name)


def connected(account: Account) -> smtplib.SMTP:
    try:
        return lines.smtp(account)
    except smtplib.SMTPAuthenticationError as error:
        raise Refused(LOG_IN, error.smtp_code, told(error.smtp_error)) from error
    except smtplib.SMTPResponseException as error:
        raise Refused(CONNECT, error.smtp_code, told(error.smtp_error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(CONNECT, 0, type(error).__name__) from error


class Unsure(Exception):
    """The whole letter was handed over, and no answer came."""


def hand_over(line: smtplib.SMTP, back: str, to: str, mail: bytes) -> None:
    options = [f"size={len(mail)}"] if line.has_extn("size") else []
    check(FROM, line.mail(back, options))
    check(TO, line.rcpt(to))
    check(DATA, line.docmd("DATA"), 354)
    body = re.sub(rb"(?m)^\.", b"..", mail)
    line.send(body if body.endswith(b"\r\n") else body + b"\r\n")
    try:
        # from here on the other side may have the whole of it
        line.send(b".\r\n")
        answer = line.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise Unsure from error
    check(BODY, answer)


def check(step: str, answer: tuple[int, bytes], wanted: int = 0) -> None:
    code, text = answer
    if code != wanted if wanted else not 200 <= code <= 299:
        raise Refused(step, code, told(text))


def told(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text


def outcome(refused: Refused) -> SendResult:
    """By the table. The reason names codes only: a server's text may hold addresses."""
    enhanced = _ENHANCED.search(refused.text)
    status = enhanced[1] if enhanced else ""
    code = str(refused.code) if refused.code else ""
    kind = next(
        kind for step, start, want, kind in OUTCOMES
        if step in ("", refused.step) and code.startswith(start) and want in ("", status)
    )  # fmt: skip
    reason = f"SMTP {code} {status}".strip() if code else refused.text
    wait = _SECONDS.search(refused.text) if kind in (AGAIN, DOWN) else None
    after = min(float(wait[1]), LONGEST_WAIT) if wait else None
    return replace(RESULTS[kind], reason=f"{reason} ({refused.step})", after=after)


def leave(line: smtplib.SMTP) -> None:
    try:
        if line.sock is not None:
            line.sock.settimeout(2)
        line.quit()
    except (smtplib.SMTPException, OSError):
        line.close()


def compose(account: Account, letter: Outgoing) -> EmailMessage:
    """The mail itself. Subject and names are one line each, whatever was given (reliability.md E22)."""
    mail = EmailMessage()
    local, domain = address.split(account["address"])
    mail["From"] = Address(one_line(account["name"])[:100], local, domain)
    mail["To"] = letter.to
    reply = address.plus(account, address.REPLY, letter.token) if letter.token else ""
    if reply:
        mail["Reply-To"] = reply
    mail["Subject"] = one_line(letter.subject)[:200]
    mail["Message-ID"] = f"<{address.message_id(account, letter.letter)}>"
    if account.now:
        mail["Date"] = format_datetime(account.now)
    names = [one for one in letter.thread if re.fullmatch(r"[!-;=?-~]{3,200}", one) and "@" in one][:10]
    if names:
        mail["In-Reply-To"] = f"<{names[0]}>"
        mail["References"] = " ".join(f"<{one}>" for one in reversed(names))
    if letter.automatic:
        mail["Auto-Submitted"] = "auto-replied" if names else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
        stop = (reply or account["address"]).replace("+", "%2B")
        mail["List-Unsubscribe"] = f"<mailto:{stop}?subject=BERHENTI>"
    mail["X-Tanggap-Reference"] = one_line(letter.reference)[:100]
    mail["Content-Language"] = "en" if letter.language == "en" else "id"
    mail.set_content(
        letter.text.encode("utf-8", "replace").decode().replace("\0", ""), cte="quoted-printable"
    )
    return mail


def one_line(text: str) -> str:
    told = "".join(sign if sign.isprintable() else " " for sign in text.encode("utf-8", "replace").decode())
    return " ".join(told.split())
