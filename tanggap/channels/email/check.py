"""What is wrong with an account, in one sentence, for its operator; "" where nothing is."""

import smtplib

from tanggap.channels.base import Account, Trouble

from . import address, lines

SECRET = 24  # signs of a token secret at least: no short one has 96 bits


def test(account: Account) -> str:
    """Log in to both servers; nothing is sent, fetched or moved."""
    for look in (own_settings, mailbox, smtp):
        try:
            if wrong := look(account):
                return wrong
        except Trouble as error:
            return str(error)
    return ""


def own_settings(account: Account) -> str:
    if not address.is_address(account["address"]):
        return "The setting address is no plain e-mail address."
    if any(len(key) < SECRET for key in address.keys(account)) or not address.keys(account):
        return f"Each token_secret needs at least {SECRET} signs."
    if not address.plus(account, address.REPLY, "9" * 12):
        return "The address is too long: before the @ nothing is left for the signed part behind a plus."
    if not account["authserv_id"]:
        return "Without authserv_id no sender is ever proven: set the name your mail server signs its results with."
    return ""


def mailbox(account: Account) -> str:
    try:
        with lines.mailbox(account) as box:
            if not box.folder.exists(account["imap_processed"]):
                folder = account["imap_processed"]
                return f"The mailbox has no folder {folder!r}: the first mail will make it, if it may."
    except lines.BROKEN as error:
        return f"The mailbox at {account['imap_host']} can't be reached ({type(error).__name__})."
    return ""


def smtp(account: Account) -> str:
    try:
        line = lines.smtp(account)
    except smtplib.SMTPAuthenticationError as error:
        return f"The mail server for sending refuses the log-in (SMTP {error.smtp_code})."
    except smtplib.SMTPNotSupportedError:
        return "The mail server for sending offers no log-in, or no encryption, as the settings want it."
    except (smtplib.SMTPException, OSError) as error:
        return f"The mail server for sending at {account['smtp_host']} can't be reached ({type(error).__name__})."
    try:
        code, _ = line.mail(account["address"])
        return (
            ""
            if 200 <= code <= 299
            else f"The mail server refuses {account['address']} as sender (SMTP {code})."
        )
    except (smtplib.SMTPException, OSError) as error:
        return f"The mail server for sending hangs up ({type(error).__name__})."
    finally:
        line.close()
