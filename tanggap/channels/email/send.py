"""Send one mail through the configured server (a folder of .eml files where none is set)."""

from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMessage

from tanggap.channels.base import Outgoing, SendResult

FINAL = 500  # SMTP codes from here on: trying again makes no sense


def send(letter: Outgoing) -> SendResult:
    """Line breaks in a subject are refused by Django; addresses come from an officer's account only."""
    headers = {"Auto-Submitted": "auto-generated", "X-Tanggap-Reference": letter.reference}
    mail = EmailMessage(" ".join(letter.subject.split()), letter.text, to=[letter.to], headers=headers)
    try:
        mail.send()
    except SMTPRecipientsRefused:
        return SendResult("failed", "recipient refused")
    except SMTPResponseException as error:
        return SendResult("failed", f"SMTP {error.smtp_code}", again=error.smtp_code < FINAL)
    except (SMTPException, OSError) as error:
        return SendResult("failed", type(error).__name__, again=True)
    return SendResult("sent")
