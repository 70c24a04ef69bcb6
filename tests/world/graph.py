"""A small Graph API on loopback: WhatsApp's messages and media, a page and Instagram; and the webhooks it sends.

It keeps what it took (`sent`, `said`) and was asked (`asked`), holds to the windows, knows approved templates, and can
be told to fail: `fail` for the next answers, `per_second` for a limit. Webhooks are signed over their bytes, go to
`hook`, and what was not answered with 200 waits to come again. No test's library in here: the demo uses it too.
"""

import base64
import hashlib
import hmac
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.request import Request, urlopen

from tests.world import graph_says as says
from tests.world.server import Says, Seen, Server

DAY, WEEK = timedelta(hours=24), timedelta(days=7)
Json = dict[str, Any]


class No(Exception):
    """An error of the Graph API's own shape."""

    def __init__(self, code: int, subcode: int = 0, status: int = 400, message: str = ""):
        super().__init__(message or f"(#{code}) refused")
        self.code, self.subcode, self.status = code, subcode, status

    def body(self) -> Json:
        error: Json = {"message": str(self), "type": "OAuthException", "code": self.code, "fbtrace_id": "Ax"}
        return {"error": {**error, **({"error_subcode": self.subcode} if self.subcode else {})}}


@dataclass
class Failure:
    """What the next answer is instead; `after_work`: the work is done all the same, only the answer is lost."""

    status: int = 0
    error: No | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    after_work: bool = False


class Graph(Server):
    """`with Graph() as graph:` runs it in a thread; `asked` is what it was asked."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), port: int = 0):
        super().__init__(port)
        self.now = now
        self.token, self.app_secret, self.verify_token = says.TOKEN, says.SECRET, says.WORD
        self.hook = ""  # where webhooks go
        self.sent: list[Json] = []  # messages taken, with their ids
        self.said: list[Json] = []  # public replies taken
        self.heard: dict[str, datetime] = {}  # when each person last wrote, by every id they have
        self.words: dict[str, datetime] = {}  # comments and visitors' posts, by id
        self.answered: set[str] = set()  # words that had their one private reply
        self.templates = {"laporan_diterima", "kabar_laporan"}
        self.unreachable: dict[str, tuple[int, int]] = {}  # address -> error code and subcode
        self.media: dict[str, tuple[bytes, str]] = {}
        self.subscribed: list[str] = ["feed", "messages"]
        self.apps = 1
        self.feed: list[Json] = []  # of the page: posts with comments, as it gives them when asked
        self.posts: list[Json] = []  # the same of Instagram
        self.owners = {says.PHONE_NUMBER_ID, says.BUSINESS, says.PAGE, says.INSTAGRAM}
        self.failures: deque[Failure] = deque()
        self.per_second = 0
        self.moments: deque[float] = deque()
        self.waiting: deque[tuple[str, bytes]] = deque()
        self.count = 0

    @property
    def asked(self) -> list[Seen]:
        return self.book

    def fail(self, times: int = 1, **how: Any) -> None:
        self.failures.extend(Failure(**how) for _ in range(times))

    def settings(self, kind: str) -> dict[str, str]:
        """What an account of this kind needs to be given to meet this API."""
        given = {"token": self.token, "app_secret": self.app_secret, "verify_token": self.verify_token}
        return {**says.settings(kind, self.url), **given}

    # ---- webhooks ----

    def tell(
        self, kind: str, *entries: Json, batch: int = 1000, times: int = 1, shuffle: int | None = None
    ) -> list[int]:
        """Post entries to the hook: so many a post, each post so many times, in a drawn order. Statuses answered."""
        posts = [says.post(kind, *entries[at : at + batch]) for at in range(0, len(entries), batch)] * times
        if shuffle is not None:
            random.Random(shuffle).shuffle(posts)
        return [self.deliver(kind, body) for body in posts]

    def deliver(self, kind: str, body: bytes) -> int:
        headers = {"Content-Type": "application/json", **says.signature(body, self.app_secret)}
        try:
            with urlopen(Request(self.hook, body, headers, method="POST"), timeout=20) as answer:
                status = answer.status
        except OSError as error:
            status = getattr(error, "code", 0)
        if status != 200:
            self.waiting.append((kind, body))
        return status

    def redeliver(self) -> list[int]:
        """What was not answered with 200 comes again, as it does for days."""
        again, self.waiting = list(self.waiting), deque()
        return [self.deliver(kind, body) for kind, body in again]

    def handshake(self, word: str = "") -> tuple[int, str]:
        asked = f"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={word or self.verify_token}"
        try:
            with urlopen(self.hook + asked, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except OSError as error:
            return getattr(error, "code", 0), ""

    def wrote(self, *ids: str) -> None:
        """Somebody wrote privately: their window is open from now."""
        self.heard |= {one: self.now() for one in ids if one}

    def has(self, data: bytes, mime: str, media_id: str) -> Json:
        """A file somebody sent; gives what the webhook says of it (sha256 in base64 there)."""
        self.media[media_id] = (data, mime)
        digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
        return {"id": media_id, "mime_type": mime, "sha256": digest}

    # ---- answering ----

    def answer(self, seen: Seen) -> Says:
        with self.lock:
            failure = self.failures.popleft() if self.failures else None
        if failure and failure.error:
            return Says(failure.error.status, failure.error.body(), failure.headers, failure.seconds)
        lost = (
            Says(failure.status, b"", failure.headers, failure.seconds)
            if failure and failure.status
            else None
        )
        if lost and failure and not failure.after_work:
            return lost
        try:
            with self.lock:
                found = self.work(seen)
        except No as no:
            return Says(no.status, no.body())
        return lost or Says(200, b"" if found is None else found)

    def work(self, call: Seen) -> Any:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise No(190, status=401, message="Invalid OAuth access token - Cannot parse access token")
        if "appsecret_proof" in call.query and call.query["appsecret_proof"] != self.proof():
            raise No(100, message="Invalid appsecret_proof provided in the API argument")
        parts = call.path.strip("/").split("/")
        if parts[0] == "files":
            return self.media[parts[1]][0]
        _, node, *edge = [*parts, "", ""][: max(len(parts), 2)]
        if call.method == "POST":
            self.slowly()
            return (
                self.post_message(node, call.json())
                if edge == ["messages"]
                else self.reply(node, call.json())
            )
        return self.read(node, edge[0] if edge else "", call.query)

    def proof(self) -> str:
        return hmac.new(self.app_secret.encode(), self.token.encode(), hashlib.sha256).hexdigest()

    def slowly(self) -> None:
        """A limit of messages a second, where one is set."""
        now = time.monotonic()
        while self.moments and self.moments[0] < now - 1:
            self.moments.popleft()
        if self.per_second and len(self.moments) >= self.per_second:
            raise No(130429, status=429, message="(#130429) Rate limit hit")
        self.moments.append(now)

    def read(self, node: str, edge: str, query: dict[str, str]) -> Json:
        if node in self.media and not edge:
            data, mime = self.media[node]
            sha = hashlib.sha256(data).hexdigest()
            about = {
                "messaging_product": "whatsapp",
                "mime_type": mime,
                "sha256": sha,
                "file_size": len(data),
            }
            return {**about, "id": node, "url": f"{self.url}/files/{node}"}
        if edge in ("comments", "replies"):
            return {"data": [one for one in self.said if one["to"] == node]}
        if node not in self.owners:
            raise No(100, 33, message=f"Unsupported get request. Object with ID '{node}' does not exist")
        if edge == "subscribed_apps":
            return {"data": [{"id": "77", "subscribed_fields": self.subscribed}] * self.apps}
        if edge == "media":
            return {"data": self.posts}
        if edge == "feed":
            return self.page_of_feed(query)
        return {"id": node, "name": "Kota Contoh", "display_phone_number": says.DISPLAY}

    def page_of_feed(self, query: dict[str, str]) -> Json:
        start, many = int(query.get("after", "0")), int(query.get("limit", "25"))
        since = int(query.get("since", "0"))
        new = [one for one in self.feed if datetime.fromisoformat(one["created_time"]).timestamp() >= since]
        found: Json = {"data": new[start : start + many], "paging": {"cursors": {"after": str(start + many)}}}
        if start + many < len(new):
            found["paging"]["next"] = f"{self.url}/not-to-be-asked"
        return found

    # ---- messages ----

    def post_message(self, owner: str, said: Json) -> Json:
        if owner not in self.owners:
            raise No(100, 33, message=f"Unsupported post request. Object with ID '{owner}' does not exist")
        return self.whatsapp(said) if owner == says.PHONE_NUMBER_ID else self.private(owner, said)

    def whatsapp(self, said: Json) -> Json:
        to = said.get("to") or said.get("recipient") or ""
        if said.get("messaging_product") != "whatsapp" or not to:
            raise No(131008, message="(#131008) Required parameter is missing")
        if to in self.unreachable:
            raise No(*self.unreachable[to])
        if said["type"] == "template" and said["template"]["name"] not in self.templates:
            raise No(132001, status=404, message="(#132001) Template name does not exist in the translation")
        if said["type"] == "text" and not self.open(to, DAY):
            raise No(131047, message="(#131047) Re-engagement message")
        if said["type"] == "text" and len(said["text"]["body"]) > 4096:
            raise No(131009, message="(#131009) Parameter value is not valid")
        wamid = self.keep(said, to, "wamid.")
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, **({"wa_id": to} if to.isdigit() else {"user_id": to})}],
            "messages": [{"id": wamid, "message_status": "accepted"}],
        }

    def private(self, owner: str, said: Json) -> Json:
        to, text = said["recipient"], said["message"].get("text", "")
        long = len(text.encode()) > 1000 if owner == says.INSTAGRAM else len(text) > 2000
        if not text or long:
            raise No(100, message="(#100) Length of param message[text] is too long")
        word = to.get("comment_id") or to.get("post_id")
        if word:
            self.once_privately(word)
            return {"recipient_id": "5001", "message_id": self.keep(said, word, "m_")}
        if to.get("id") in self.unreachable:
            raise No(*self.unreachable[to["id"]])
        if said.get("tag") not in (None, "HUMAN_AGENT"):
            raise No(100, message="(#100) Message tag is not valid")
        if not self.open(to.get("id", ""), WEEK if said.get("tag") else DAY):
            raise No(10, 2018278, message="(#10) This message is sent outside of allowed window.")
        return {"recipient_id": to["id"], "message_id": self.keep(said, to["id"], "m_")}

    def once_privately(self, word: str) -> None:
        if word not in self.words:
            raise No(100, 33, message="Object does not exist")
        if word in self.answered:
            raise No(10900, message="(#10900) Activity already replied to")
        if self.now() - self.words[word] >= WEEK:
            raise No(10903, message="(#10903) This user cant reply to this activity")
        self.answered.add(word)

    def open(self, to: str, window: timedelta) -> bool:
        return to in self.heard and self.now() - self.heard[to] < window

    def keep(self, said: Json, to: str, prefix: str) -> str:
        self.count += 1
        known = f"{prefix}{base64.urlsafe_b64encode(f'{self.count:06}'.encode()).decode()}"
        self.sent.append({"id": known, "to": to, "said": said})
        return known

    def reply(self, word: str, said: Json) -> Json:
        """A public reply below a comment or a post."""
        if word not in self.words:
            raise No(100, 33, message="Object does not exist")
        self.count += 1
        owner = says.PAGE if "_" in word else says.INSTAGRAM
        self.said.append({"id": f"{word}{self.count}", "to": word, "from": {"id": owner}, **said})
        return {"id": self.said[-1]["id"]}

    def states(self, *words: str, code: int = 0) -> list[Json]:
        """Entries with the states of every WhatsApp message taken so far, each carrying what came with it."""
        now = int(self.now().timestamp())
        return [
            says.status(
                one["id"],
                word,
                now,
                carried=one["said"].get("biz_opaque_callback_data", ""),
                code=code,
                to=one["to"],
            )
            for one in self.sent
            if one["id"].startswith("wamid.")
            for word in words
        ]
