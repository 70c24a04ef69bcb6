"""A citizen at each channel, and what the other side saw: the same story is told through all of them.

A voice sets its channel up against a played provider, says things there, and tells what letters came, each with the
name the provider gave it.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from tanggap.channels import registry
from tanggap.models import ChannelState
from tanggap.work import lines
from tests.world import graph_says as says
from tests.world.graph import Graph
from tests.world.mail import Mailbox, Postbox
from tests.world.telegram import Telegram

Letters = list[tuple[str, str]]  # (the provider's name for it, its words)


class Voice:
    """Somebody who writes by one channel of the mini-city. `code` is the channel's."""

    code = ""

    def __init__(self, story: Any, setenv: Callable[[str, str], None]):
        self.story, self.setenv, self.stack, self.count = story, setenv, ExitStack(), 0
        self.open()

    def settings(self, **given: str) -> None:
        for name, value in given.items():
            self.setenv(registry.variable(self.code, name), value)

    @property
    def hook(self) -> str:
        return f"{self.story.url}/hooks/{self.code}/"

    def next(self) -> int:
        self.count += 1
        return self.count

    def now(self) -> int:
        """Later things are later, also to providers that tell whole seconds."""
        return int(time.time()) + self.count

    def open(self) -> None: ...

    def say(self, words: str) -> None: ...

    def letters(self) -> Letters: ...

    def close(self) -> None:
        self.stack.close()


class TelegramVoice(Voice):
    code = "tele"

    def open(self) -> None:
        self.world = self.stack.enter_context(Telegram())
        self.settings(token=self.world.token, way="webhook", secret="kata-rahasia", base_url=self.world.url)
        self.world.webhook = {"url": self.hook, "secret_token": "kata-rahasia"}
        self.ani = self.world.person()

    def say(self, words: str) -> None:
        self.next()
        self.world.says(self.ani, words, at=self.now())
        assert self.world.deliver() == [200]

    def letters(self) -> Letters:
        return [(f"{one['chat_id']}:{one['message_id']}", one["text"]) for one in self.world.letters]


class MetaVoice(Voice):
    kind = ""

    def open(self) -> None:
        self.world = self.stack.enter_context(Graph())
        self.world.hook = self.hook
        self.settings(**self.world.settings(self.kind))

    def letters(self) -> Letters:
        return [(one["id"], self.words(one["said"])) for one in self.world.sent]

    def words(self, said: dict[str, Any]) -> str:
        return said["message"]["text"]


class WhatsAppVoice(MetaVoice):
    code, kind = "wa", "whatsapp"

    def say(self, words: str) -> None:
        """Somebody without a telephone number: the provider's own id is all there is."""
        place, who = self.next(), says.person(user="ID.1349200000000001")
        self.world.wrote("ID.1349200000000001")
        assert self.world.tell(self.kind, says.text(who, f"wamid.in{place}", self.now(), words)) == [200]

    def words(self, said: dict[str, Any]) -> str:
        return said["text"]["body"]


class MessengerVoice(MetaVoice):
    code, kind = "fb", "facebook"

    def say(self, words: str) -> None:
        place = self.next()
        self.world.wrote("7000000000000001")
        entry = says.direct(self.now() * 1000, "7000000000000001", f"m_in{place}", words)
        assert self.world.tell(self.kind, entry) == [200]


class InstagramVoice(MetaVoice):
    code, kind = "ig", "instagram"

    def say(self, words: str) -> None:
        place = self.next()
        self.world.wrote("8000000000000001")
        entry = says.direct(
            self.now() * 1000, "8000000000000001", f"m_in{place}", words, owner=says.INSTAGRAM
        )
        assert self.world.tell(self.kind, entry) == [200]


class MailVoice(Voice):
    """Ani's mails lie in the mailbox; the worker's poll reads them, and her answers go to the address she was given."""

    code = "surel"

    def open(self) -> None:
        self.box, self.post = Mailbox(), Postbox()
        self.stack.enter_context(self.box)
        self.stack.enter_context(self.post)
        self.settings(
            address="lapor@melati.test", token_secret="rahasia-alamat-yang-panjang", authserv_id="mx.melati.test",
            imap_host="127.0.0.1", imap_port=str(self.box.port), imap_security="none", imap_user=self.box.user,
            imap_password=self.box.password, smtp_host="127.0.0.1", smtp_port=str(self.post.port),
            smtp_security="none",
        )  # fmt: skip

    def say(self, words: str) -> None:
        mail = EmailMessage(policy=policy.SMTP)
        mail["Authentication-Results"] = "mx.melati.test; dmarc=pass header.from=contoh.test"
        mail["From"], mail["To"] = "Ani <ani@contoh.test>", "lapor@melati.test"
        mail["Subject"], mail["Message-ID"] = "Lampu", f"<ani-{self.next()}@contoh.test>"
        mail["Date"] = format_datetime(datetime.fromtimestamp(self.now(), UTC))
        if self.post.taken:
            last = message_from_bytes(self.post.taken[-1].raw, policy=policy.default)
            mail.replace_header("To", last["Reply-To"])
            mail["In-Reply-To"] = last["Message-ID"]
        mail.set_content(words)
        self.box.put(mail.as_bytes())
        ChannelState.objects.update(due_at=None)
        assert lines.poll_due() == 1

    def letters(self) -> Letters:
        mails = [message_from_bytes(one.raw, policy=policy.default) for one in self.post.taken]
        return [(one["Message-ID"].strip("<>"), one.get_body(("plain",)).get_content()) for one in mails]


VOICES: dict[str, type[Voice]] = {
    "telegram": TelegramVoice, "whatsapp": WhatsAppVoice, "messenger": MessengerVoice, "instagram": InstagramVoice,
    "mail": MailVoice,
}  # fmt: skip
