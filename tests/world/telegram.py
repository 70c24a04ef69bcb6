"""Telegram, played: a Bot API whose people write to one bot, block it, change what they said; it polls and posts.

Written by the public description of the Bot API. It judges what the bot sends as the real one does (lengths, unknown
chats, who blocked), keeps updates until they are taken away, and fails where it is told to (`fail`).
"""

import json
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote
from urllib.request import Request, urlopen

from tests.world.server import Says, Seen, Server

TOKEN = "7000000001:AAH-contoh-token-untuk-latihan-000001"
MOST_SIGNS = 4096
MOST_BYTES = 20 * 1024 * 1024


@dataclass
class Person:
    """Somebody with the program on their telephone. Ids above 2^31, as newer people have."""

    id: int
    first_name: str = "Ani"
    language_code: str = "id"
    blocked: bool = False

    @property
    def user(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "is_bot": False,
            "first_name": self.first_name,
            "language_code": self.language_code,
        }

    @property
    def chat(self) -> dict[str, Any]:
        return {"id": self.id, "first_name": self.first_name, "type": "private"}


@dataclass
class Telegram(Server):
    """`letters` is what the bot sent; `pending` what it has not taken away yet."""

    port: int = 0
    token: str = TOKEN
    people: dict[int, Person] = field(default_factory=dict)
    pending: list[dict[str, Any]] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    webhook: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, deque[Says]] = field(default_factory=dict)
    next_update: int = 90_000_001
    next_message: int = 1

    def __post_init__(self) -> None:
        Server.__init__(self, self.port)
        self.news = threading.Condition(self.lock)
        self.polling = 0

    __hash__ = object.__hash__

    # ---- what people do ----

    def person(self, number: int = 5_000_000_001, **more: Any) -> Person:
        return self.people.setdefault(number, Person(number, **more))

    def update(self, **content: Any) -> dict[str, Any]:
        """Something happened: it waits for the next poll, or is posted."""
        with self.news:
            said = {"update_id": self.next_update, **content}
            self.next_update += 1
            self.pending.append(said)
            self.news.notify_all()
        return said

    def says(
        self, who: Person, text: str | None = None, *, at: float | None = None, **more: Any
    ) -> dict[str, Any]:
        with self.lock:
            number, self.next_message = self.next_message, self.next_message + 1
        said = {
            "message_id": number,
            "from": who.user,
            "chat": who.chat,
            "date": int(at or time.time()),
            **more,
        }
        return self.update(message={**said, **({"text": text} if text is not None else {})})

    def changes(self, update: Mapping[str, Any], text: str) -> dict[str, Any]:
        said = {**update["message"], "text": text, "edit_date": update["message"]["date"] + 30}
        return self.update(edited_message=said)

    def blocks(self, who: Person, blocked: bool = True) -> dict[str, Any]:
        who.blocked = blocked
        states = [
            {"user": self.bot, "status": "member"},
            {"user": self.bot, "status": "kicked", "until_date": 0},
        ]
        before, after = states if blocked else states[::-1]
        said = {"chat": who.chat, "from": who.user, "date": int(time.time())}
        return self.update(my_chat_member={**said, "old_chat_member": before, "new_chat_member": after})

    def keeps(self, file_id: str, data: bytes) -> dict[str, Any]:
        """A file somebody attached; what stands in the message for it."""
        self.files[file_id] = data
        return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": len(data)}

    # ---- posting to the webhook ----

    def post(self, update: Mapping[str, Any], secret: str | None = None) -> int:
        """Post one update, as often as wanted; the status of the answer, 0 where none came."""
        headers = {"Content-Type": "application/json"}
        word = self.webhook.get("secret_token", "") if secret is None else secret
        if word:
            headers["X-Telegram-Bot-Api-Secret-Token"] = word
        try:
            asked = Request(self.webhook["url"], json.dumps(update).encode(), headers)
            with urlopen(asked, timeout=10) as answer:
                return answer.status
        except OSError as error:
            return getattr(error, "code", 0)

    def deliver(self) -> list[int]:
        """Post all that waits, in order; what is not answered with success goes on waiting."""
        found = []
        for said in list(self.pending):
            found.append(self.post(said))
            if 200 <= found[-1] < 300:
                self.pending.remove(said)
            else:
                self.webhook.update(
                    last_error_date=int(time.time()), last_error_message=f"Wrong response: {found[-1]}"
                )
        return found

    # ---- the Bot API ----

    @property
    def bot(self) -> dict[str, Any]:
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Tanggap",
            "username": "tanggapbot",
        }

    def fail(self, method: str, code: int, description: str = "", *, times: int = 1, **more: Any) -> None:
        """The next calls of a method end so; `more`: parameters, body, hang, cut."""
        parameters = more.pop("parameters", None)
        body = {"ok": False, "error_code": code, "description": description}
        body |= {"parameters": parameters} if parameters else {}
        waiting = self.failures.setdefault(method, deque())
        waiting.extend(
            Says(code, more.get("body", body), hang=more.get("hang", 0), cut=more.get("cut", False))
            for _ in range(times)
        )

    def answer(self, seen: Seen) -> Says:
        parts = unquote(seen.path).strip("/").split("/")
        if parts[0] == "file":
            known = (
                parts[1] == f"bot{self.token}"
                and parts[2:3] == ["berkas"]
                and "/".join(parts[3:]) in self.files
            )
            return Says(200, self.files["/".join(parts[3:])]) if known else Says(404, b"")
        if parts[0] != f"bot{self.token}":
            return wrong(401, "Unauthorized")
        method = parts[-1]
        if self.failures.get(method):
            return self.failures[method].popleft()
        done = getattr(self, f"do_{method}", None)
        return done(said_in(seen)) if done else wrong(404, "Not Found")

    def do_getMe(self, said: dict) -> Says:
        return right(self.bot)

    def do_getWebhookInfo(self, said: dict) -> Says:
        info = {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.pending)}
        return right(info | {key: value for key, value in self.webhook.items() if key != "secret_token"})

    def do_setWebhook(self, said: dict) -> Says:
        self.webhook = (
            {key: value for key, value in said.items() if key != "drop_pending_updates"}
            if said.get("url")
            else {}
        )
        return right(True)

    def do_deleteWebhook(self, said: dict) -> Says:
        self.webhook = {}
        return right(True)

    def do_getUpdates(self, said: dict) -> Says:
        if self.webhook:
            return wrong(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            )
        with self.news:
            if self.polling:
                return wrong(
                    409, "Conflict: terminated by other getUpdates request; make sure that only one runs"
                )
            self.polling += 1
            try:
                offset = said.get("offset", 0)
                self.pending = [one for one in self.pending if one["update_id"] >= offset]
                if not self.pending and said.get("timeout"):
                    self.news.wait(said["timeout"])
                return right(self.pending[: said.get("limit", 100)])
            finally:
                self.polling -= 1

    def do_getFile(self, said: dict) -> Says:
        data = self.files.get(said.get("file_id", ""))
        if data is None:
            return wrong(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(data) > MOST_BYTES:
            return wrong(400, "Bad Request: file is too big")
        name = said["file_id"]
        return right(
            {
                "file_id": name,
                "file_unique_id": f"u{name}",
                "file_size": len(data),
                "file_path": f"berkas/{name}",
            }
        )

    def do_sendMessage(self, said: dict) -> Says:
        who = self.people.get(said.get("chat_id", 0))
        text = said.get("text", "")
        if not text.strip():
            return wrong(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > MOST_SIGNS:
            return wrong(400, "Bad Request: message is too long")
        if who is None:
            return wrong(400, "Bad Request: chat not found")
        if who.blocked:
            return wrong(403, "Forbidden: bot was blocked by the user")
        with self.lock:
            number, self.next_message = self.next_message, self.next_message + 1
            self.letters.append({"message_id": number, **said})
        return right(
            {"message_id": number, "from": self.bot, "chat": who.chat, "date": int(time.time()), "text": text}
        )


def said_in(seen: Seen) -> dict[str, Any]:
    """The parameters of a call: as JSON, or as a form whose values may be JSON each; the API takes either."""
    if "json" in seen.headers.get("content-type", ""):
        return seen.json()
    return {name: loaded(value) for name, value in parse_qsl(seen.body.decode())} | seen.query


def loaded(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value


def right(result: Any) -> Says:
    return Says(200, {"ok": True, "result": result})


def wrong(code: int, description: str) -> Says:
    return Says(code, {"ok": False, "error_code": code, "description": description})
