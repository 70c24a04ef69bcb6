"""Open lines to the two servers of an account: IMAP by imap-tools, SMTP by Python's own client."""

import imaplib
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from tanggap.channels.base import Account, Trouble

from . import oauth

SECONDS = 20.0  # for one answer of a server
BROKEN = (OSError, imaplib.IMAP4.error, ImapToolsError, EOFError)  # IMAP4.abort is an IMAP4.error


def tls(account: Account) -> ssl.SSLContext:
    """Certificates are always checked; a city's own authority may stand in a file."""
    return ssl.create_default_context(cafile=account["ca_file"] or None)


def number(account: Account, name: str) -> int:
    told = account[name]
    if not told.isdecimal() or not 0 < int(told) < 65536:
        raise Trouble(f"{name} is no port: {told[:20]!r}.")
    return int(told)


@contextmanager
def mailbox(account: Account) -> Iterator[BaseMailBox]:
    """A mailbox, logged in, its folder open. Raises Trouble for what an operator must change, else BROKEN."""
    box = opened(account)
    try:
        log_in(box, account)
        try:
            box.folder.set(account["imap_folder"])
        except ImapToolsError as error:
            raise Trouble(f"The mailbox has no folder {account['imap_folder']!r}.") from error
        yield box
    finally:
        close(box)


def opened(account: Account) -> BaseMailBox:
    host, port = account["imap_host"], number(account, "imap_port")
    match account["imap_security"]:
        case "none":
            return MailBoxUnencrypted(host, port, timeout=SECONDS)
        case "starttls":
            return MailBoxStartTls(host, port, timeout=SECONDS, ssl_context=tls(account))
        case _:
            return MailBox(host, port, timeout=SECONDS, ssl_context=tls(account))


def log_in(box: BaseMailBox, account: Account) -> None:
    user = account["imap_user"] or account["address"]
    try:
        if oauth.is_used(account):
            with_token(box, account, user)
        elif user.isascii() and account["imap_password"].isascii():
            box.login(user, account["imap_password"], initial_folder=None)
        else:
            box.login_utf8(user, account["imap_password"], initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ImapToolsError) as error:
        raise Trouble(
            "The mail server does not take the mailbox's log-in: user, password or token."
        ) from error


def with_token(box: BaseMailBox, account: Account, user: str) -> None:
    try:
        box.xoauth2(user, oauth.token(account), initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, ImapToolsError):
        # one that was taken back before its time
        box.xoauth2(user, oauth.token(account, fresh=True), initial_folder=None)


def close(box: BaseMailBox) -> None:
    """Politely if the server still listens; at once if not."""
    try:
        box.client.sock.settimeout(2)
        box.client.logout()
    except BROKEN:
        try:
            box.client.shutdown()
        except BROKEN:
            return


def smtp(account: Account) -> smtplib.SMTP:
    """An SMTP line, greeted and logged in. Raises OSError or SMTPException; nothing was sent then."""
    host, port = account["smtp_host"], number(account, "smtp_port")
    name = account["address"].rpartition("@")[2] or socket.gethostname()
    if account["smtp_security"] == "tls":
        line: smtplib.SMTP = smtplib.SMTP_SSL(host, port, name, timeout=SECONDS, context=tls(account))
    else:
        line = smtplib.SMTP(host, port, name, timeout=SECONDS)
    try:
        line.ehlo_or_helo_if_needed()
        if account["smtp_security"] not in ("tls", "none"):
            line.starttls(context=tls(account))
            line.ehlo()
        greet(line, account)
    except BaseException:
        line.close()
        raise
    return line


def greet(line: smtplib.SMTP, account: Account) -> None:
    user = account["smtp_user"]
    if oauth.is_used(account):
        user = user or account["imap_user"] or account["address"]
        try:
            bearer(line, user, oauth.token(account))
        except smtplib.SMTPAuthenticationError:
            line.rset()
            bearer(line, user, oauth.token(account, fresh=True))
    elif user:
        line.login(user, account["smtp_password"])


def bearer(line: smtplib.SMTP, user: str, token: str) -> None:
    line.auth(
        "XOAUTH2", lambda challenge=None: f"user={user}\1auth=Bearer {token}\1\1" if challenge is None else ""
    )
