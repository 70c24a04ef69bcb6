"""Apps and neighbouring systems: told what became of their reports, and shown what flows and what was refused."""

import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tanggap.models import ApiKey, Change, Hook, HookCall, Refusal, Report
from tanggap.reply import hooks
from tanggap.web.keys import make_key
from tests import cast as people
from tests.page import see

WORDS = "Lampu jalan mati di Kelurahan Mawar depan pasar"


class Receiver:
    """The app's own server: what it was told, and what it answers."""

    def __init__(self):
        self.got, self.answer = [], 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.answer)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args): ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

    def events(self):
        return [json.loads(body)["event"] for _, body in self.got]


@pytest.fixture
def receiver(settings):
    found = Receiver()
    settings.HOOK_HOSTS = frozenset({found.host})
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def key(story):
    people.assemble()
    return make_key("Aplikasi Warga", "open311", datetime.now(UTC))


@pytest.fixture
def secret(key, receiver):
    return hooks.set_hook(ApiKey.objects.get(), f"http://{receiver.host}/kabar", now=datetime.now(UTC))


def send(story, key, name="satu", **more):
    said = {"api_key": key, "service_code": "lampu", "lat": people.MAWAR[0], "long": people.MAWAR[1],
            "description": WORDS} | more  # fmt: skip
    return story.browser().post("/open311/v2/requests.json", data=said, headers={"Idempotency-Key": name})


def later(story, hours=0.0):
    story.work(datetime.now(UTC) + timedelta(seconds=5, hours=hours))


def test_each_step_is_told_signed_and_in_order(story, key, secret, receiver):
    assert send(story, key).status_code == 200
    later(story)
    headers, body = receiver.got[0]
    told = json.loads(body)
    assert (receiver.events(), told["service_request_id"]) == (
        ["received", "routed"],
        Report.objects.get().number,
    )
    parts = dict(part.split("=") for part in headers["Tanggap-Signature"].split(","))
    right = hmac.digest(secret.encode(), parts["t"].encode() + b"." + body, "sha256").hex()
    assert parts["v1"] == right
    assert WORDS not in body.decode()


def test_a_receiver_that_is_away_gets_all_of_it_later_once(story, key, secret, receiver):
    receiver.answer = 500
    send(story, key)
    later(story)
    assert Hook.objects.get().failing_since is not None
    tries = len(receiver.got)
    assert tries == 1  # the next ones wait behind it
    receiver.answer = 200
    later(story, hours=1)
    assert (receiver.events()[tries:], Hook.objects.get().failing_since) == (["received", "routed"], None)
    later(story, hours=2)
    assert len(receiver.got) == tries + 2


def test_after_three_days_it_is_given_up_and_may_be_sent_again_by_hand(story, key, secret, receiver):
    receiver.answer = 500
    send(story, key)
    for hours in (0, 1, 2, 4, 8, 16, 24, 36, 48, 60, 72, 84, 96, 108, 120):
        later(story, hours)
    assert "failed" in set(HookCall.objects.values_list("state", flat=True))
    receiver.answer = 200
    browser = enter(story, key)
    page = see(browser, "/aplikasi/")
    page.send(page.form(action="/aplikasi/ulang/"))
    later(story, hours=121)
    assert set(HookCall.objects.values_list("state", flat=True)) == {"sent"}


def test_gone_means_no_more(story, key, secret, receiver):
    receiver.answer = 410
    send(story, key)
    later(story)
    assert (Hook.objects.get().on, HookCall.objects.first().state) == (False, "failed")


def test_a_secret_report_is_told_to_nobody(story, key, secret, receiver):
    send(story, key, description="Ada pungli di kantor, pungli terus", service_code="pungutan")
    later(story)
    assert receiver.got == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "https://[::1]/", "ftp://a.test/", "https://localhost/"]
)
def test_an_address_inside_is_refused(story, key, url):
    browser = enter(story, key)
    page = see(browser, "/aplikasi/")
    answer = page.send(page.form("url", action="/aplikasi/kabar/"), url=url)
    assert (answer.status, Hook.objects.count()) == (422, 0)
    assert url in answer.answer.text


def enter(story, key):
    browser = story.browser()
    page = see(browser, "/aplikasi/masuk/")
    assert page.send(page.form("key"), key=key).status == 200
    return browser


def test_its_makers_see_what_was_taken_what_was_refused_and_why(story, key, receiver):
    send(story, key)
    assert send(story, key, "dua", lat="NaN").status_code == 400
    later(story)
    browser = enter(story, key)
    page = see(browser, "/aplikasi/")
    assert Report.objects.get().number in page.text
    assert (Refusal.objects.get().status, Refusal.objects.get().reason in page.text) == (400, True)
    assert WORDS not in page.text


def test_the_secret_is_shown_once_and_the_address_is_written_down(story, key, receiver):
    browser = enter(story, key)
    page = see(browser, "/aplikasi/")
    shown = page.send(page.form("url", action="/aplikasi/kabar/"), url=f"http://{receiver.host}/kabar")
    assert "<code>" in shown.answer.text
    assert "<code>" not in see(browser, "/aplikasi/").answer.text
    written = Change.objects.filter(object=f"hook:{Hook.objects.get().pk}").latest("id")
    assert (written.verb, written.after) == ("add", {"url": f"http://{receiver.host}/kabar"})


def test_without_the_key_there_is_nothing(story, key):
    browser = story.browser()
    assert "/aplikasi/masuk/" in str(browser.get("/aplikasi/").url)
    page = see(browser, "/aplikasi/masuk/")
    assert page.send(page.form("key"), key="salah").status == 422
    ApiKey.objects.update(ended_at=datetime.now(UTC))
    assert page.send(page.form("key"), key=key).status == 422


def test_another_key_sees_its_own_only(story, key, receiver):
    send(story, key)
    other = make_key("Kota sebelah", "open311", datetime.now(UTC))
    assert Report.objects.get().number not in see(enter(story, other), "/aplikasi/").text
