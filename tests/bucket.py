"""A bucket that speaks enough of S3 for copies: put, get, list in pages, delete. On this machine only, in memory."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 2  # keys of one answer: a listing must go on


class Bucket(ThreadingHTTPServer):
    """`objects` by name; `broken` answers that many requests with 503 first; `refuses` forbids writing."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Speaker)
        self.objects: dict[str, bytes] = {}
        self.puts: list[str] = []
        self.broken = 0
        self.refuses = False


class Speaker(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def log_message(self, *args: object) -> None:
        """A test's output is its result."""

    def answer(self, status: int, body: bytes = b"", kind: str = "application/xml", **more: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", kind)
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    @property
    def key(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/copies/").removeprefix("/copies")

    def handle_one(self) -> bool:
        """Whether this request is answered already: the server has a bad day, or writing is forbidden."""
        if self.server.broken:
            self.server.broken -= 1
            self.answer(503, b"<Error><Code>SlowDown</Code></Error>")
            return True
        if self.server.refuses and self.command in {"PUT", "POST"}:
            self.answer(403, b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
            return True
        return False

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.handle_one():
            self.server.objects[self.key] = data
            self.server.puts.append(self.key)
            self.answer(200, ETag=f'"{md5(data).hexdigest()}"')

    def do_GET(self) -> None:
        if self.handle_one():
            return
        if not self.key:
            self.list()
        elif self.key in self.server.objects:
            data = self.server.objects[self.key]
            seen = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S GMT}"
            self.answer(
                200, data, "binary/octet-stream", Last_Modified=seen, ETag=f'"{md5(data).hexdigest()}"'
            )
        else:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Many deleted at once."""
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if not self.handle_one():
            keys = re.findall(r"<Key>(.*?)</Key>", asked)
            for key in keys:
                self.server.objects.pop(key, None)
            told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            self.answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())

    def list(self) -> None:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        prefix, after = asked.get("prefix", ""), asked.get("continuation-token", "")
        keys = sorted(key for key in self.server.objects if key.startswith(prefix) and key > after)
        page, now = keys[:PAGE], f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        rows = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{now}</LastModified><ETag>&quot;x&quot;</ETag>"
            f"<Size>{len(self.server.objects[key])}</Size></Contents>"
            for key in page
        )
        more = len(keys) > PAGE
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        self.answer(
            200,
            f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{token}{rows}</ListBucketResult>".encode(),
        )


@contextmanager
def bucket() -> Iterator[Bucket]:
    made = Bucket()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()
