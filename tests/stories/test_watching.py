"""Whoever watches over the system: one scrape sees everything, a fault leads to its line, and no line, page or number
tells anything of a citizen."""

import json
import logging
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from tanggap.lib import tally
from tanggap.models import Beat, Copy, Letter
from tanggap.monitoring import counts, metrics
from tanggap.web import logs
from tanggap.work.metrics import Port
from tests import cast as people
from tests.page import log_in, see

NAME, PHONE, MAIL, NIK = "Ani Rahayu Lestari", "0812-3456-7890", "ani.rahayu@contoh.test", "3171234567890123"
WORDS = f"Lubang besar. Nama saya {NAME}, telepon {PHONE}, surat {MAIL}, NIK {NIK}."
CANARIES = ("Rahayu", "Lestari", PHONE, "81234567890", MAIL, NIK, "Lubang besar")


@pytest.fixture(autouse=True)
def fresh(settings):
    settings.METRICS_PORT = 1  # the web counts; the port of a test is any free one
    for forget in (
        tally.tally.forget,
        metrics.forget,
        counts.forget,
        logs.refused.forget,
        logs.traced.forget,
    ):
        forget()
    yield
    tally.tally.forget()
    counts.forget()


@pytest.fixture
def lines():
    """Every line that would be written, as lines and as JSON, from INFO on."""
    found: list[str] = []
    forms = (logs.Line(), logs.Json())
    out = logging.Handler(logging.INFO)
    out.addFilter(logs.RoutesOnly())
    out.emit = lambda record: found.extend(form.format(record) for form in forms)
    root = logging.getLogger()
    level = root.level
    root.addHandler(out)
    root.setLevel(logging.INFO)
    yield found
    root.removeHandler(out)
    root.setLevel(level)


@pytest.fixture
def scrape():
    """What a Prometheus server reads: {name: {labels: value}}."""
    port = Port("127.0.0.1", 0)
    port.start()
    assert port.held.wait(10)

    def read() -> dict[str, dict[tuple, float]]:
        tally.tally.flush()
        answer = httpx.get(f"http://127.0.0.1:{port.port}/metrics", trust_env=False)
        assert answer.status_code == 200
        read.text = answer.text
        found: dict[str, dict[tuple, float]] = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                labels = tuple(value for _, value in sorted(sample.labels.items()))
                found.setdefault(sample.name, {})[labels] = sample.value
        return found

    yield read
    port.stop()


def report(story) -> None:
    """Through the real form."""
    page = see(story.browser(), "/lapor/")
    form = page.form("words", "place")
    sent = page.send(form, words=WORDS, place=f"Depan pasar Mawar, rumah {NAME}",
                     **({"name": NAME} if "name" in form.named else {}))  # fmt: skip
    assert "/lapor/terkirim/" in sent.url, sent.text


def test_one_scrape_sees_the_city_and_all_web_processes(story, scrape):
    people.assemble()
    now = timezone.now()
    Beat.objects.create(name="here:1", at=now)
    Copy.objects.create(name="one", place="/copies", started_at=now, finished_at=now - timedelta(hours=2))
    for _ in range(3):
        people.report(at=now - timedelta(hours=1), react=False)
    for _ in range(4):
        story.browser().get("/healthz")
    story.browser().get("/tidak/ada/")
    other = tally.Tally()  # another web process
    other.add("requests", "healthz", "2xx")
    other.flush()
    other.stop()
    found = scrape()
    assert found["tanggap_reports_numbered_total"][()] == 3
    assert found["tanggap_reports_last_day"] == {("web",): 3}
    assert found["tanggap_numbers_missing"][()] == 0
    assert found["tanggap_cases"][("NEW",)] == 3
    assert found["tanggap_due_waiting"][("reaction",)] == 3
    assert 3590 < found["tanggap_due_oldest_seconds"][("reaction",)] < 3700
    assert found["tanggap_due_parked"][("reaction",)] == 0
    assert found["tanggap_letters"][(Letter.QUEUED,)] == 0
    assert found["tanggap_workers_alive"][()] == 1
    assert 7190 < found["tanggap_copy_age_seconds"][()] < 7300
    assert found["tanggap_disk_free_bytes"][()] > 0
    assert (found["tanggap_database_up"][()], found["tanggap_counted"][()]) == (1, 1)
    assert found["tanggap_requests_total"] == {("healthz", "2xx"): 5, ("unknown", "4xx"): 1}
    assert found["tanggap_request_seconds_count"] == {("healthz",): 4, ("unknown",): 1}
    assert found["tanggap_request_seconds_bucket"][("+Inf", "healthz")] == 4


def test_late_promises_and_parked_rows_are_seen(story, scrape):
    people.assemble()
    row = people.report(at=timezone.now() - timedelta(days=30))
    case = people.case_of(row)
    clock = case.clocks.order_by("promised_at").first()
    Letter.objects.create(
        case=case, code="received", at=row.said_at, state=Letter.FAILED, parked_at=row.said_at
    )
    found = scrape()
    assert found["tanggap_clocks_breached"][(clock.step,)] >= 1
    assert found["tanggap_cases_late"][()] == 1
    assert found["tanggap_letters"][(Letter.FAILED,)] == 1
    assert found["tanggap_due_parked"][("letter",)] == 1
    assert found["tanggap_copy_age_seconds"][()] == float("inf")
    assert found["tanggap_workers_alive"][()] == 0


def test_a_limit_that_refuses_is_counted(story, scrape, settings):
    settings.GUESSES_PER_HOUR = 0
    people.assemble()
    row = people.report()
    browser = story.browser()
    for _ in range(2):
        browser.get(f"/l/{row.number}/{'A' * 16}/")
    found = scrape()
    assert sum(found["tanggap_refused_total"].values()) >= 1


def test_with_the_database_away_the_port_still_answers(story, scrape, monkeypatch):
    def away(*args):
        raise OperationalError(f"connection of {NAME} lost")

    monkeypatch.setattr(metrics, "families", away)
    found = scrape()
    assert (found["tanggap_database_up"][()], found["tanggap_counted"][()]) == (0, 0)
    assert found["tanggap_disk_free_bytes"][()] > 0


def test_another_worker_takes_the_port_over_when_its_holder_ends(story, monkeypatch):
    monkeypatch.setattr("tanggap.work.metrics.AGAIN_SECONDS", 0.05)
    first = Port("127.0.0.1", 0)
    first.start()
    assert first.held.wait(10)
    second = Port("127.0.0.1", first.port)
    second.start()
    assert not second.held.wait(0.3)
    first.stop()
    assert second.held.wait(10)
    assert httpx.get(f"http://127.0.0.1:{second.port}/metrics", trust_env=False).status_code == 200
    second.stop()


def test_no_scrape_tells_of_a_citizen_or_an_address(story, scrape):
    people.assemble()
    report(story)
    story.work()
    story.browser().get(f"/lacak/{NIK}/?q={PHONE}")
    scrape()
    assert [canary for canary in CANARIES if canary in scrape.text] == []


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/.git/config", "/debug/", "/admin/", "/server-status",
                                  "/static/tanggap/desk.js.map", "/.env"])  # fmt: skip
def test_nothing_of_this_stands_on_the_public_port(story, path):
    assert story.browser().get(path).status_code == 404


# ---- logs ----


def test_planted_data_is_found_in_no_line(story, lines, settings, monkeypatch):
    """Through the form, the API, the log-in, addresses, headers, and faults that carry it."""
    settings.LOG_REQUESTS = True
    people.assemble()
    report(story)
    story.work()
    browser = story.browser()
    browser.get(f"/lacak/{NIK}/", params={"q": WORDS}, headers={"X-Request-Id": NIK, "User-Agent": WORDS, "Referer":
                f"http://x.test/{PHONE}"})  # fmt: skip
    browser.get("/open311/v2/requests.json", params={"q": PHONE, "surname": NAME})
    log_in(browser, MAIL, NAME)
    browser.post("/open311/v2/requests.json", data={"first_name": NAME, "phone": PHONE, "description": WORDS})
    browser.post("/lapor/", data={f"{NAME}{number}": WORDS for number in range(400)})
    browser.get("/", headers={"Host": f"{NAME.replace(' ', '-')}.test"})

    def broken(*args, **more):
        raise ValueError(WORDS)

    monkeypatch.setattr("tanggap.door.take", broken)
    page = see(story.browser(), "/lapor/")
    page.send(page.form("words", "place"), words=WORDS, place=f"rumah {NAME}")
    monkeypatch.setattr("tanggap.triage.actions.triage", broken)
    people.report(WORDS, react=False)
    story.work()
    said = "\n".join(lines)
    assert [canary for canary in CANARIES if canary in said] == []
    assert "ValueError" in said
    assert len(lines) > 20


def test_the_reference_on_the_page_leads_to_its_line(story, lines, monkeypatch):
    def broken(request):
        raise ValueError(WORDS)

    monkeypatch.setattr("tanggap.monitoring.counts.today", broken)
    page = see(story.browser(), "/papan/")
    assert page.status == 500
    reference = page.text.split("Rujukan ")[1].split()[0]
    assert page.answer.headers["X-Request-Id"] == reference
    found = [line for line in lines if reference in line]
    assert len(found) == 2  # the same one as a line and as JSON
    told = json.loads(found[1])
    assert (told["reference"], told["route"], told["error"]) == (reference, "/papan/", "ValueError")
    assert told["status"] == 500
    assert any("pages/board/board.py" in place for place in told["frames"])
    assert "tidak hilang" in page.text
    english = see(story.browser(cookies={"bahasa": "en"}), "/papan/")
    assert "is not lost" in english.text
    assert "Reference" in english.text


def test_with_the_database_away_the_page_names_its_line_too(story, lines, monkeypatch):
    def away(*args):
        raise OperationalError(f"server closed the connection while {NAME} wrote")

    monkeypatch.setattr("tanggap.monitoring.counts.today", away)
    page = see(story.browser(), "/papan/")
    assert (page.status, page.answer.headers["Retry-After"]) == (503, "15")
    reference = page.text.split("Rujukan ")[1].split()[0]
    assert [json.loads(line)["error"] for line in lines if reference in line and line[0] == "{"] == [
        "OperationalError"
    ]
    assert NAME not in "".join(lines)


def test_a_proxys_number_of_the_request_is_taken_over_only_from_a_proxy(story, settings):
    number = "0af7651916cd43dd8448eb211c80319c"
    ask = {"headers": {"X-Request-Id": number}}
    assert story.browser().get("/healthz", **ask).headers["X-Request-Id"] != number
    settings.TRUSTED_HOPS = 1
    assert story.browser().get("/healthz", **ask).headers["X-Request-Id"] == number
    for forged in (NIK, PHONE, "a" * 65, "x" * 32, "081234567890123456789012"):
        given = story.browser().get("/healthz", headers={"X-Request-Id": forged}).headers["X-Request-Id"]
        assert len(given) == 6


def test_a_form_with_too_many_fields_makes_one_line_and_not_for_ever(story, lines):
    browser = story.browser()
    token = see(browser, "/lapor/").form("words", "place").fields
    many = dict(token) | {f"f{number}": "x" for number in range(301)}
    for _ in range(logs.LINES_A_MINUTE + 10):
        assert browser.post("/lapor/", data=many).status_code == 400
    ours = [line for line in lines if "httpx" not in line]
    # a minute may end between two of them
    assert len(ours) in (2 * logs.LINES_A_MINUTE, 2 * (logs.LINES_A_MINUTE + 10))
    assert all("TooManyFieldsSent" in line and "\n" not in line and "Traceback" not in line for line in ours)


def test_the_databases_own_log_holds_no_words_of_a_statement_that_failed(story):
    with connection.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        log = Path(cursor.fetchone()[0]).with_name("postgres.log")
        cursor.execute("INSERT INTO tanggap_window VALUES (%s, now(), 1)", [NAME])
        for _ in range(2):
            with pytest.raises(IntegrityError):
                cursor.execute(
                    "INSERT INTO tanggap_window SELECT key, at, n FROM tanggap_window WHERE key = %s", [NAME]
                )
        cursor.execute("DELETE FROM tanggap_window WHERE key = %s", [NAME])
    written = log.read_text()
    assert "duplicate key" in written
    assert [canary for canary in CANARIES if canary in written] == []
