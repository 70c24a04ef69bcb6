"""Who and what a mail comes from: a person, a machine, ourselves; and whether the sender is proven."""

import re
from email.utils import getaddresses, parseaddr

from tanggap.channels.base import Account

from . import address
from .mime import unfolded
from .read import Mail

MOST_HOPS = 50
# a header and what its value must look like for the mail to be no person's
MACHINES = (
    ("auto-submitted", re.compile(r"(?!no\b)\S", re.I), "auto_reply"),
    ("x-autoreply", re.compile(r"(?!no\b)\S", re.I), "auto_reply"),
    ("x-auto-reply", re.compile(r"(?!no\b)\S", re.I), "auto_reply"),
    ("x-autorespond", re.compile(r"\S"), "auto_reply"),
    ("precedence", re.compile(r"auto_reply\b", re.I), "auto_reply"),
    ("precedence", re.compile(r"(?:bulk|junk)\b", re.I), "bulk"),
    ("x-loop", re.compile(r"\S"), "loop"),
)
POSTMASTERS = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mailerdaemon)@", re.I)
_COMMENT = re.compile(r"\([^()]*\)")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_FROM = re.compile(r'(?:[^<>@,:;"]|"(?:[^"\\]|\\.){0,500}")*<\s*([^<>\s]+@[^<>\s]+)\s*>')


def sender(mail: Mail) -> str:
    """The one address in the one From header, in small letters, or "" where there is none that all programs would read
    alike: two headers, two addresses, a comment, a group (reliability.md E07, E08)."""
    given = mail.headers.get("from", [])
    if len(given) != 1:
        return ""
    value = given[0].strip()
    found = _FROM.fullmatch(value)
    told = found[1] if found else value
    return told.lower() if address.is_address(told) else ""


def recipients(mail: Mail) -> list[str]:
    """Every address the mail was meant for or delivered to. What is signed in them needs no more trust than that."""
    found = [
        one.strip("<> ") for name in ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
        for one in mail.headers.get(name, [])
    ]  # fmt: skip
    for name in ("to", "cc"):
        try:
            found += [one for _, one in getaddresses(mail.headers.get(name, []))]
        except (RecursionError, ValueError, IndexError):
            continue
    return list(dict.fromkeys(one for one in found if "@" in one))[:100]


def why_ignored(account: Account, mail: Mail, who: str) -> str:
    """A code where no answer may ever go: our own, a machine's, a loop; "" for a person's mail."""
    if mail.first("x-tanggap-reference") or address.is_ours(account, who):
        return "own"
    if address.letter_of(account, mail.first("message-id")) is not None:
        return "own"
    if mail.hops > MOST_HOPS:
        return "loop"
    for name, looks, why in MACHINES:
        if any(looks.match(value) for value in mail.headers.get(name, [])):
            return why
    if is_null(mail):
        return "null_path"
    if POSTMASTERS.match(who):
        return "postmaster"
    if mail.first("list-id") or mail.first("list-unsubscribe"):
        return "" if is_discussion(mail) else "bulk"
    return ""


def is_discussion(mail: Mail) -> bool:
    """A list where people write: what came by it is for a person to judge, and is never answered."""
    return bool(mail.first("list-post")) and mail.first("list-post").strip().upper() != "NO"


def is_null(mail: Mail) -> bool:
    return "return-path" in mail.headers and mail.first("return-path").strip() in ("<>", "")


def is_proven(account: Account, mail: Mail, who: str) -> bool:
    """Does our own mail server say that DMARC passed for the very domain of the From line?

    The newest header with our server's name counts, and no other: everybody can write such headers into their mail
    (RFC 8601 5; reliability.md E10). The server itself must strip foreign ones that bear its name.
    """
    ours = [one.strip().lower() for one in account["authserv_id"].split(",") if one.strip()]
    for value in mail.headers.get("authentication-results", []):
        server, _, results = bare(value).partition(";")
        if server.split()[:1] and server.split()[0].lower() in ours:
            return passes(results, address.split(who)[1])
    return False


def passes(results: str, domain: str) -> bool:
    for one in results.split(";"):
        told = one.split()
        if told[:1] and told[0].lower() == "dmarc=pass":
            named = [
                word.partition("=")[2].lower() for word in told if word.lower().startswith("header.from=")
            ]
            return named == [domain]
    return False


def bare(value: str) -> str:
    """Without quoted words and comments, where anything may stand."""
    value = _QUOTED.sub("", value)
    for _ in range(10):
        shorter = _COMMENT.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value if "(" not in value and ")" not in value else ""


def display_name(mail: Mail) -> str:
    try:
        name, _ = parseaddr(mail.first("from"))
    except (RecursionError, ValueError, IndexError):
        return ""
    told = unfolded(name)[:100]
    return "" if "@" in told else told  # a name that looks like an address is there to deceive
