"""E-mail, both ways: a mailbox by IMAP (IDLE, with a poll as its repair), letters by SMTP.

`send.py` beside it is older and simpler: officers' letters through Django's own mail settings (a folder of .eml files
where no server is set). Nothing is imported under the name `send` here, so that the module keeps it.
"""

from tanggap.channels.base import Kind, Setting

from . import check, deliver, mailbox

EMAIL = Kind(
    "email",
    settings=(
        Setting("address", "The address citizens write to; mail to address+anything comes there as well.", needed=True),
        Setting("name", "The name beside the address in letters.", "Tanggap"),
        Setting("token_secret", "Signs addresses that are answered to; may be new,old.", needed=True, secret=True),
        Setting("authserv_id", "Our own mail server's name in Authentication-Results; without it no sender is proven."),
        Setting("imap_host", "The server of the mailbox.", needed=True),
        Setting("imap_port", "The port of the mailbox's server.", "993"),
        Setting("imap_security", "How that line is guarded: tls, starttls or none.", "tls"),
        Setting("imap_user", "The log-in of the mailbox; the address where empty."),
        Setting("imap_password", "The password of the mailbox, where there is no OAuth.", secret=True),
        Setting("imap_folder", "The folder mails arrive in.", "INBOX"),
        Setting("imap_processed", "The folder they are moved to once they are stored.", "Processed"),
        Setting("smtp_host", "The server that takes our letters.", needed=True),
        Setting("smtp_port", "The port of that server.", "587"),
        Setting("smtp_security", "How that line is guarded: starttls, tls or none.", "starttls"),
        Setting("smtp_user", "The log-in for sending; none where empty."),
        Setting("smtp_password", "The password for sending.", secret=True),
        Setting("ca_file", "A file with the certificates of the city's own authority."),
        Setting("oauth_url", "Where access tokens are given (XOAUTH2); empty where passwords are used."),
        Setting("oauth_client_id", "Our id for access tokens."),
        Setting("oauth_client_secret", "Our secret for access tokens.", secret=True),
        Setting("oauth_refresh_token", "The refresh token; without one we ask as an application.", secret=True),
        Setting("oauth_scope", "The scope of the access tokens."),
    ),
    personal=("email",),
    poll=mailbox.poll,
    poll_seconds=30,  # with the listener's own pauses, a mail is found within a minute after its server is back
    listen=mailbox.listen,
    send=deliver.send,
    test=check.test,
)  # fmt: skip
