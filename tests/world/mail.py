"""A mail server that is played: a mailbox that speaks IMAP, and a server that takes letters by SMTP.

They keep what they saw and can be told to fail: cut a mail in the middle, die in IDLE without a word, refuse to move,
answer a code at a step, take a letter and never say so.
"""

import base64
import contextlib
import re
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

SIZE = 1 << 16


class Simulator:
    """A server with one thread for each line; `with` starts and ends it."""

    talk: Callable[["Line"], None]

    def __init__(self) -> None:
        self.lines: list[socket.socket] = []
        self.connects = 0
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer.connects += 1
                outer.lines.append(self.connection)
                try:
                    outer.talk(Line(self.rfile, self.wfile, self.connection))
                except (OSError, ValueError):
                    return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.handler, self.server_kind = Handler, Server
        self.port = 0

    def __enter__(self) -> Any:
        self.start()
        return self

    def start(self) -> None:
        self.server = self.server_kind(("127.0.0.1", self.port), self.handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Gone as a killed process is: nothing is said to anybody."""
        self.server.shutdown()
        self.server.server_close()
        self.cut()

    def cut(self) -> None:
        lines, self.lines = self.lines, []
        for line in lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
                line.close()
            except OSError:
                continue


@dataclass
class Line:
    source: Any
    sink: Any
    socket: socket.socket

    def say(self, text: str | bytes) -> None:
        self.sink.write((text.encode() if isinstance(text, str) else text) + b"\r\n")
        self.sink.flush()

    def hear(self) -> str:
        told = self.source.readline(SIZE)
        if not told:
            raise OSError("hung up")
        return told.decode("utf-8", "replace").rstrip("\r\n")


# ---- the mailbox ----


@dataclass
class Mailbox(Simulator):
    """`folders`: name -> uid -> (bytes, when). `user` and `password`, or `token` for XOAUTH2."""

    user: str = "laporan"
    password: str = "kata sandi"
    token: str = ""
    capabilities: str = "IMAP4rev1 IDLE MOVE AUTH=XOAUTH2"
    folders: dict[str, dict[int, tuple[bytes, datetime]]] = field(default_factory=lambda: {"INBOX": {}})
    validity: int = 1
    next_uid: int = 1
    cut_after: int | None = None  # bytes of a mail, once
    refuse_move: bool = False
    may_create: bool = True
    mute: bool = False  # takes no notice of DONE any more: a line that died without a word
    commands: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.news = threading.Condition()

    def put(self, raw: bytes, at: datetime | None = None) -> int:
        with self.news:
            uid, self.next_uid = self.next_uid, self.next_uid + 1
            self.folders["INBOX"][uid] = (raw, at or datetime(2026, 11, 24, 3, 0, tzinfo=UTC))
            self.news.notify_all()
            return uid

    def renumber(self) -> None:
        """Another UIDVALIDITY, other UIDs: as after a restored mailbox."""
        with self.news:
            self.validity += 1
            self.next_uid += 1000
            for folder, mails in self.folders.items():
                self.folders[folder] = {uid + 1000: mail for uid, mail in mails.items()}

    def talk(self, line: Line) -> None:
        line.say(f"* OK [CAPABILITY {self.capabilities}] ready")
        while True:
            tag, _, told = line.hear().partition(" ")
            self.commands.append(re.sub(r"^(LOGIN|AUTHENTICATE) .*", r"\1", told))
            name, _, rest = told.partition(" ")
            if name.upper() == "UID":
                name, _, rest = rest.partition(" ")
                name = f"UID_{name}"
            answer = getattr(self, f"do_{name.lower()}", None)
            result = answer(line, rest) if answer else "BAD what?"
            line.say(f"{tag} {result} done")
            if name.upper() == "LOGOUT":
                return

    def do_capability(self, line: Line, rest: str) -> str:
        line.say(f"* CAPABILITY {self.capabilities}")
        return "OK"

    def do_noop(self, line: Line, rest: str) -> str:
        return "OK"

    def do_logout(self, line: Line, rest: str) -> str:
        line.say("* BYE")
        return "OK"

    def do_login(self, line: Line, rest: str) -> str:
        return "OK" if rest == f'"{self.user}" "{self.password}"' and not self.token else "NO wrong"

    def do_authenticate(self, line: Line, rest: str) -> str:
        line.say("+ ")
        told = base64.b64decode(line.hear()).decode()
        if told == f"user={self.user}\1auth=Bearer {self.token}\1\1":
            return "OK"
        line.say("+ " + base64.b64encode(b'{"status":"401"}').decode())
        line.hear()
        return "NO expired"

    def do_select(self, line: Line, rest: str) -> str:
        if rest.strip('"') not in self.folders:
            return "NO no such folder"
        line.say(f"* {len(self.folders['INBOX'])} EXISTS")
        line.say(f"* OK [UIDVALIDITY {self.validity}] valid")
        return "OK [READ-WRITE] selected"

    def do_list(self, line: Line, rest: str) -> str:
        for name in self.folders:
            if f'"{name}"' in rest or rest.endswith(name):
                line.say(f'* LIST () "/" "{name}"')
        return "OK"

    def do_create(self, line: Line, rest: str) -> str:
        if not self.may_create:
            return "NO not allowed"
        self.folders.setdefault(rest.strip('"'), {})
        return "OK"

    def do_uid_search(self, line: Line, rest: str) -> str:
        line.say(" ".join(["* SEARCH", *map(str, sorted(self.folders["INBOX"]))]))
        return "OK"

    def do_uid_fetch(self, line: Line, rest: str) -> str:
        uids, _, wanted = rest.partition(" ")
        for uid in map(int, uids.split(",")):
            if uid not in self.folders["INBOX"]:
                continue
            raw, at = self.folders["INBOX"][uid]
            if "RFC822.SIZE" in wanted:
                line.say(f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(raw)})")
            else:
                self.give(line, uid, raw, at, re.search(r"<0\.(\d+)>", wanted))
        return "OK"

    def give(self, line: Line, uid: int, raw: bytes, at: datetime, part: "re.Match[str] | None") -> None:
        told = raw[: int(part[1])] if part else raw
        head = f'* {uid} FETCH (UID {uid} INTERNALDATE "{at:%d-%b-%Y %H:%M:%S +0000}" '
        head += f"BODY[]{'<0>' if part else ''} {{{len(told)}}}\r\n"
        line.sink.write(head.encode())
        if self.cut_after is not None:
            line.sink.write(told[: self.cut_after])
            line.sink.flush()
            self.cut_after = None
            line.socket.shutdown(socket.SHUT_RDWR)
            raise OSError("cut")
        line.sink.write(told)
        line.say(")")

    def do_uid_move(self, line: Line, rest: str) -> str:
        uids, _, folder = rest.partition(" ")
        folder = folder.strip('"')
        if self.refuse_move:
            return "NO [OVERQUOTA] no room"
        if folder not in self.folders:
            return "NO [TRYCREATE] no such folder"
        for uid in map(int, uids.split(",")):
            if uid in self.folders["INBOX"]:
                self.folders[folder][uid] = self.folders["INBOX"].pop(uid)
        return "OK"

    def do_idle(self, line: Line, rest: str) -> str:
        line.say("+ idling")
        known = len(self.folders["INBOX"])
        ended = threading.Event()
        threading.Thread(target=self.until_done, args=(line, ended), daemon=True).start()
        while not ended.is_set():
            with self.news:
                self.news.wait(0.02)
            if len(self.folders["INBOX"]) != known and not self.mute:
                known = len(self.folders["INBOX"])
                line.say(f"* {known} EXISTS")
        while self.mute:
            time.sleep(0.02)
        return "OK idle ended"

    def until_done(self, line: Line, ended: threading.Event) -> None:
        with contextlib.suppress(OSError, ValueError):
            line.hear()
        ended.set()


# ---- the server that takes letters ----


@dataclass
class Taken:
    """A letter as the other side has it."""

    sender: str
    to: str
    raw: bytes


@dataclass
class Postbox(Simulator):
    """`answers`: step (hello, mail, rcpt, data, dot) -> lines to answer in turn, then as usual. "" hangs up."""

    user: str = ""
    password: str = ""
    token: str = ""  # for XOAUTH2
    answers: dict[str, list[str]] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    keep_silent: float = 0.0  # seconds after the dot, with the letter taken

    def __post_init__(self) -> None:
        super().__init__()

    def answer(self, line: Line, step: str, usual: str) -> bool:
        """Whether the talk goes on as usual."""
        waiting = self.answers.get(step, [])
        told = waiting.pop(0) if waiting else usual
        if not told:
            line.socket.shutdown(socket.SHUT_RDWR)
            raise OSError("hung up")
        line.say(told)
        return told == usual

    def talk(self, line: Line) -> None:
        if not self.answer(line, "hello", "220 surat.contoh.id ready"):
            return
        sender = to = ""
        while True:
            told = line.hear()
            verb = told[:4].upper()
            if verb == "EHLO":
                line.say("250-surat.contoh.id")
                line.say("250-AUTH PLAIN XOAUTH2")
                line.say("250 SIZE 50000000")
            elif verb == "AUTH":
                line.say(self.log_in(line, told))
            elif verb == "MAIL":
                sender = re.findall(r"<(.*?)>", told)[0]
                self.answer(line, "mail", "250 2.1.0 ok")
            elif verb == "RCPT":
                to = re.findall(r"<(.*?)>", told)[0]
                self.answer(line, "rcpt", "250 2.1.5 ok")
            elif verb == "DATA" and self.answer(line, "data", "354 go on"):
                self.take(line, sender, to)
            elif verb == "QUIT":
                line.say("221 bye")
                return
            elif verb != "DATA":
                line.say("250 ok")

    def log_in(self, line: Line, told: str) -> str:
        plain = base64.b64encode(f"\0{self.user}\0{self.password}".encode()).decode()
        bearer = base64.b64encode(f"user={self.user}\1auth=Bearer {self.token}\1\1".encode()).decode()
        if told in (f"AUTH PLAIN {plain}", f"AUTH XOAUTH2 {bearer}"):
            return "235 ok"
        if told.startswith("AUTH XOAUTH2"):
            line.say("334 " + base64.b64encode(b'{"status":"401"}').decode())
            line.hear()
        return "535 5.7.8 wrong"

    def take(self, line: Line, sender: str, to: str) -> None:
        raw = bytearray()
        while (one := line.source.readline(SIZE)) != b".\r\n":
            if not one:
                return
            raw += one[1:] if one.startswith(b".") else one
        refused = (self.answers.get("dot") or [""])[0] != ""
        if not refused:
            self.taken.append(Taken(sender, to, bytes(raw)))
        time.sleep(self.keep_silent)
        self.answer(line, "dot", "250 2.0.0 taken")
