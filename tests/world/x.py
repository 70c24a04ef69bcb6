"""X, played: people who post about an account and write it messages, read by asking or posted to its webhook.

Written by the public description of the API. It checks the signature of every call by its own reckoning, lets an app
answer only where somebody called on it, writes messages only to who takes them, counts what everything cost, and fails
where it is told to.
"""

import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode
from urllib.request import Request, urlopen

from tests.world.server import Says, Seen, Server

KEYS = {
    "consumer_key": "kunci-aplikasi",
    "consumer_secret": "rahasia-aplikasi",
    "access_token": "kunci-akun",
    "access_secret": "rahasia-akun",
}


@dataclass
class Person:
    id: str
    name: str = "Ani Lestari"
    takes_messages: bool = True


@dataclass
class World(Server):
    """`letters` is what the account wrote, `calls` how often each path was asked, `dollars` what it cost."""

    port: int = 0
    own: str = "2200000000"
    handle: str = "DKIJakarta"
    people: dict[str, Person] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    letters: list[dict[str, Any]] = field(default_factory=list)
    failures: dict[str, deque[Says]] = field(default_factory=dict)
    webhook: str = ""
    dollars: float = 0.0
    next_id: int = 1_990_000_000_000_000_001

    def __post_init__(self) -> None:
        Server.__init__(self, self.port)

    __hash__ = object.__hash__

    # ---- what people do ----

    def person(self, number: str = "31", **more: Any) -> Person:
        return self.people.setdefault(number, Person(number, **more))

    def number(self) -> str:
        with self.lock:
            self.next_id += 1
            return str(self.next_id)

    def posts_on(self, who: Person, text: str, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        number = self.number()
        said = {
            "id": number,
            "text": text,
            "author_id": who.id,
            "created_at": stamp(at),
            "conversation_id": number,
        }
        found = {**said, "edit_history_tweet_ids": [number], **more}
        self.posts.append(found)
        return found

    def changes(self, post: dict[str, Any], text: str) -> dict[str, Any]:
        """A changed post has a new id; the old one is not given out any more."""
        number = self.number()
        found = {**post, "id": number, "text": text}
        found["edit_history_tweet_ids"] = [*post["edit_history_tweet_ids"], number]
        self.posts = [one for one in self.posts if one is not post] + [found]
        return found

    def writes(self, who: Person, text: str, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        said = {"id": self.number(), "event_type": "MessageCreate", "text": text, "sender_id": who.id}
        found = {**said, "created_at": stamp(at), "dm_conversation_id": f"{who.id}-{self.own}", **more}
        self.messages.append(found)
        return found

    # ---- the webhook ----

    def event(self, kind: str, payload: Mapping[str, Any], **includes: Any) -> bytes:
        data = {
            "event_uuid": self.number(),
            "filter": {"user_id": self.own},
            "event_type": kind,
            "payload": payload,
        }
        return json.dumps({"data": {**data, "includes": includes}}).encode()

    def sign(self, body: bytes, secret: str = KEYS["consumer_secret"]) -> str:
        return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()

    def post(self, body: bytes) -> int:
        """Post an event to the webhook; the status of the answer, 0 where none came."""
        headers = {"Content-Type": "application/json", "X-Twitter-Webhooks-Signature": self.sign(body)}
        try:
            with urlopen(Request(self.webhook, body, headers), timeout=10) as answer:
                return answer.status
        except OSError as error:
            return getattr(error, "code", 0)

    def challenges(self, token: str = "tantangan-1") -> bool:
        """Is the webhook still that of who knows the secret?"""
        with urlopen(f"{self.webhook}?{urlencode({'crc_token': token})}", timeout=3) as answer:
            return json.load(answer)["response_token"] == self.sign(token.encode())

    # ---- the API ----

    def fail(self, path: str, status: int, detail: str = "", *, times: int = 1, **more: Any) -> None:
        body = {"title": "Error", "detail": detail, "status": status}
        self.failures.setdefault(path, deque()).extend([Says(status, **{"body": body, **more})] * times)

    def answer(self, seen: Seen) -> Says:
        if not self.is_signed(seen):
            return wrong(401, "Unauthorized")
        if self.failures.get(seen.path):
            return self.failures[seen.path].popleft()
        routes = {
            ("GET", "/2/users/me"): lambda: Says(200, {"data": {"id": self.own, "username": self.handle}}),
            ("GET", f"/2/users/{self.own}/mentions"): lambda: self.page(seen, self.mentions(), 0.001),
            ("GET", f"/2/users/{self.own}/tweets"): lambda: self.page(seen, self.by(self.own), 0.001),
            ("GET", "/2/dm_events"): lambda: self.page(seen, self.messages, 0.001),
            ("POST", "/2/tweets"): lambda: self.reply(seen.json()),
        }
        if seen.method == "POST" and seen.path.startswith("/2/dm_conversations/with/"):
            return self.message(seen.path.split("/")[4], seen.json())
        route = routes.get((seen.method, seen.path))
        return route() if route else wrong(404, "Not Found")

    def is_signed(self, seen: Seen) -> bool:
        """OAuth 1.0a, reckoned by the letter of RFC 5849."""
        kind, _, rest = seen.headers.get("authorization", "").partition(" ")
        told = {
            k: unquote(v.strip('"'))
            for k, v in (pair.strip().split("=", 1) for pair in rest.split(",") if pair)
        }
        given = told.pop("oauth_signature", "")
        known = kind == "OAuth" and told.get("oauth_consumer_key") == KEYS["consumer_key"]
        if not known or told.get("oauth_token") != KEYS["access_token"]:
            return False
        if abs(time.time() - int(told["oauth_timestamp"])) > 300:
            return False
        every = sorted(
            (quote(k, safe="~"), quote(v, safe="~")) for k, v in [*seen.query.items(), *told.items()]
        )
        pairs = "&".join(f"{k}={v}" for k, v in every)
        text = f"{seen.method}&{quote(self.url + seen.path, safe='~')}&{quote(pairs, safe='~')}"
        key = f"{KEYS['consumer_secret']}&{KEYS['access_secret']}"
        wanted = base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()
        return hmac.compare_digest(given, wanted)

    def mentions(self) -> list[dict[str, Any]]:
        return [one for one in self.posts if f"@{self.handle}".lower() in one["text"].lower()]

    def by(self, author: str) -> list[dict[str, Any]]:
        return [one for one in self.posts if one["author_id"] == author]

    def page(self, seen: Seen, rows: list[dict[str, Any]], price: float) -> Says:
        asked = dict(parse_qsl(urlencode(seen.query)))
        since, begun = int(asked.get("since_id", 0)), asked.get("start_time", "")
        newest = sorted(rows, key=lambda one: int(one["id"]), reverse=True)
        newest = [one for one in newest if int(one["id"]) > since and one["created_at"] >= begun]
        most, first = int(asked.get("max_results", 10)), int(asked.get("pagination_token", 0))
        found = newest[first : first + most]
        self.dollars += price * len(found)
        meta = {"result_count": len(found)}
        meta |= {"next_token": str(first + most)} if len(newest) > first + most else {}
        users = [{"id": one.id, "name": one.name} for one in self.people.values()]
        answer: dict[str, Any] = {
            "meta": meta,
            "includes": {"users": users, "media": list(self.media.values())},
        }
        return Says(200, answer | ({"data": found} if found else {}))

    def reply(self, said: dict[str, Any]) -> Says:
        below = next(
            (one for one in self.posts if one["id"] == said.get("reply", {}).get("in_reply_to_tweet_id")),
            None,
        )
        if below is None:
            return wrong(400, "You attempted to reply to a Tweet that is deleted or not visible to you.")
        if below not in self.mentions():
            return wrong(
                403, "Reply to this conversation is not allowed because you have not been mentioned."
            )
        if any(one.get("text") == said["text"] for one in self.letters):
            return wrong(403, "You are not allowed to create a Tweet with duplicate content.")
        post = self.posts_on(Person(self.own), said["text"], conversation_id=below["conversation_id"])
        self.letters.append({"post": post["id"], **said})
        self.dollars += 0.015
        return Says(201, {"data": {"id": post["id"], "text": said["text"]}})

    def message(self, to: str, said: dict[str, Any]) -> Says:
        who = self.people.get(to)
        if who is None:
            return wrong(404, "Could not find user with id.")
        if not who.takes_messages:
            return wrong(403, "You do not have permission to DM one or more participants.")
        found = self.writes(Person(self.own), said["text"])
        self.letters.append({"message": found["id"], "to": to, **said})
        self.dollars += 0.015
        return Says(201, {"data": {"dm_conversation_id": f"{to}-{self.own}", "dm_event_id": found["id"]}})


def stamp(at: datetime | None) -> str:
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def wrong(status: int, detail: str) -> Says:
    return Says(status, {"title": "Error", "detail": detail, "status": status, "type": "about:blank"})
