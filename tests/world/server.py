"""What the small servers of this folder have in common: a thread, a port, and a book of what they saw."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass
class Says:
    """An answer; bytes go out as they are, anything else as JSON. `hang` seconds pass before it; `cut`: none comes."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: float = 0.0
    cut: bool = False


class Server(ThreadingHTTPServer):
    """`with Server() as one:` listens at `one.url`. A subclass answers in `answer`; `book` holds all that came."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Speaker)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.book: list[Seen] = []
        self.lock = threading.RLock()
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle is no news."""

    def answer(self, seen: Seen) -> Says:
        raise NotImplementedError


class Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *args: object) -> None:
        """A test's output is its result."""

    def speak(self) -> None:
        split = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.command, split.path, dict(parse_qsl(split.query)), headers, body)
        with self.server.lock:
            self.server.book.append(seen)
        says = self.server.answer(seen)
        time.sleep(says.hang)
        if says.cut:
            self.close_connection = True
            return
        data = says.body if isinstance(says.body, bytes) else json.dumps(says.body).encode()
        self.send_response(says.status)
        given = {"Content-Type": "application/json", "Content-Length": str(len(data)), **says.headers}
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = speak
