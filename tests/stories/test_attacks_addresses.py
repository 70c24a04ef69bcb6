"""Addresses as an intruder types them: parameters that are none, forged headers, links that lead elsewhere, looks
that should change nothing, doors of other software. Rows I01, I09, I10, I20-I23, O01, T01 and T03."""

import base64
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import httpx
import pytest
from django.core.cache import cache
from django.urls import NoReverseMatch, reverse

from tanggap import access
from tanggap.models import Case, Event, Report
from tests import attacks
from tests import cast as people
from tests.page import log_in, see
from tests.stories.test_matrix import FIXED, OWN, PAGES, PUBLIC, routes

ASKED = (
    "dari", "di", "hari", "id", "kasus", "kertas", "latar", "locale", "n", "q", "sejak", "sesudah", "t", "tab", "urut",
    "v", "code", "bahasa", "next", "preview",
    # Open311's
    "service_request_id", "service_code", "start_date", "end_date", "updated_after", "status", "bbox", "lat", "long",
    "radius", "sort", "page", "per_page", "offset", "page_size", "jurisdiction_id",
)  # fmt: skip
LISTS = (
    "home", "lookup", "board", "inbox", "news", "search", "bulk", "triage", "review", "tasks", "field", "admin_people",
    "admin_mandates", "admin_partners", "partner", "open311_requests", "open311_updates",
)  # fmt: skip
OPENERS = ("budi", "indah", "gita", "dewi", "joko", "mira")  # together they open every page
BY_ADDRESS = [value for value in attacks.NASTY if len(value) < 3000]  # longer ones no server takes in a line


@pytest.fixture
def aimed(story):
    people.assemble()
    return attacks.target()


@pytest.fixture
def browsers(story, aimed) -> dict[str, httpx.Client]:
    """Nobody, the reporter, and officers who together open every page; none is led on."""
    row, _ = aimed
    found = {"nobody": story.browser(), "ani": story.browser()}
    found["ani"].get(f"/l/{row.number}/{access.secret_of(row)}/")
    found |= {name: attacks.officer(story, name) for name in OPENERS}
    for browser in found.values():
        browser.follow_redirects = False
    return found


def addresses(aimed) -> dict[str, str]:
    """Each named route about the case of this test."""
    row, args = aimed
    found = {}
    for name, _, _ in routes():
        for given in (args.get(name), {"number": row.number}, None):
            try:
                found[name or "nothing"] = reverse(name or "nothing", kwargs=given)
            except NoReverseMatch:
                continue
            break
    assert set(found) | {"nothing"} >= {name for name in (set(PAGES) | PUBLIC | OWN | set(FIXED)) if name}
    return found


def who_opens(name: str) -> str:
    """Somebody who gets through to the view."""
    if name in OWN:
        return "ani"
    return next((who for who in OPENERS if who in PAGES.get(name, ())), "nobody")


# ---- parameters ----


def test_no_page_fails_whatever_its_parameters_hold(browsers, aimed):
    """Rows I01, I04, I05, I09, I10, I12: words, sorting, paging and filters of every list with each bad value, and
    every other page with some."""
    failed = []
    for name, address in addresses(aimed).items():
        browser = browsers[who_opens(name)]
        for turn in range(len(BY_ADDRESS) if name in LISTS else 2):
            # each parameter has another value, and each of them every value in its turn
            values = {key: BY_ADDRESS[(turn + place) % len(BY_ADDRESS)] for place, key in enumerate(ASKED)}
            answer = browser.get(f"{address}?{urlencode(values)}")
            if answer.status_code >= 500 and name != "readyz":
                failed.append((name, turn))
            if "html" in answer.headers.get("content-type", ""):
                assert not [said for said in attacks.LIVE if said in answer.text], (name, values)
    assert failed == []


KEYS = (
    "[" * 3000, '["9999-12-31T23:59:59-14:00", 1]', '["0001-01-01T00:00:00+14:00", 1]', "[true, 1]", "[null, 1e400]",
    '["x", ' + "9" * 5000 + "]", "[[], {}]", "[-1, -1]",
)  # fmt: skip


@pytest.mark.parametrize("key", KEYS)
def test_a_key_of_the_next_page_that_was_tampered_with_is_the_first_page(story, key):
    """Rows I06 and I15: the key is base64 of JSON; whoever sees that can write their own."""
    people.assemble()
    told = base64.urlsafe_b64encode(key.encode()).decode()
    budi = attacks.officer(story, "budi")
    for address in ("/petugas/?", "/petugas/?urut=risk&", "/petugas/?urut=place&", "/petugas/cari/?q=jalan&"):
        assert budi.get(f"{address}sesudah={told}").status_code == 200


PATHS = (
    "/lacak/{}/", "/lacak/{}/beres/", "/lacak/{}/siapa/", "/lapor/terkirim/{}/", "/l/{}/abc/", "/l/KM2601010001/{}/",
    "/foto/{}", "/petugas/kasus/{}/", "/petugas/sekilas/{}/", "/petugas/buka/{}/", "/petugas/langkah/{}/note/",
    "/petugas/langkah/KM1/{}/", "/petugas/periksa/{}/", "/petugas/lapangan/{}/", "/petugas/loket/tanda-terima/{}/",
    "/petugas/loket/telepon/{}/", "/petugas/tugas/{}/", "/petugas/pilah/{}/", "/petugas/atur/orang/{}/",
    "/mitra/terkirim/{}/", "/mitra/terkirim/{}/slip/",
    "/petugas/foto/{}/", "/open311/v2/requests/{}.json", "/open311/v2/services/{}.xml", "/open311/v2/tokens/{}.json",
    "/{}", "/{}/",
)  # fmt: skip


def test_no_path_fails_whatever_stands_in_it(browsers):
    """Row I01: signs that no database takes, in the place of a number."""
    failed = []
    for path in PATHS:
        for value in (
            "a\0b",
            "²",
            "٣",
            "9" * 40,
            "x" * 2000,
            "' OR 1=1 --",
            "%",
            "\ud7ff\u202e",
            attacks.SCRIPT,
        ):
            for who in ("nobody", "ani", *OPENERS):
                if path.startswith(("/petugas", "/mitra")) == (who in ("nobody", "ani")):
                    continue
                answer = browsers[who].get(path.format(quote(value, safe="")))
                if answer.status_code >= 500:
                    failed.append(f"{path} {value[:20]!r} {who}: {answer.status_code}")
                assert not [said for said in attacks.LIVE if said in answer.text]
    assert failed == []


def test_forms_of_officers_survive_numbers_that_are_none(story, aimed):
    """Row I14: `²` is a digit to Python and no number."""
    _, args = aimed
    budi, gita = attacks.officer(story, "budi"), attacks.officer(story, "gita")
    case = Case.objects.get()
    for bad in ("²", "-1", "9" * 30, "x", "\0"):
        picked = {"kasus": case.number, f"v-{case.number}": bad, "to": "dinas-jalan"}
        for browser, address, data in (
            (budi, "/petugas/bersama/", picked),
            (budi, f"/petugas/langkah/{case.number}/note/", {"version": bad, "said": "catatan"}),
            (budi, f"/petugas/langkah/{case.number}/start/", {"version": bad}),
            (budi, f"/petugas/lapangan/{case.number}/", {"version": bad, "step": "start"}),
            (budi, f"/petugas/hadir/{case.number}/", {"version": bad}),
            (budi, f"/petugas/foto/{args['officer_photo']['photo']}/terbit/", {"kotak-TOTAL_FORMS": bad, "do": "more"}),
            (gita, f"/petugas/pilah/{args['triage_task']['task']}/", {"version": bad, "category": bad, "area": bad}),
        ):  # fmt: skip
            answer = post(browser, address, data)
            assert answer.status_code < 500, (address, bad)
    case.refresh_from_db()
    assert case.status in ("ASSIGNED", "IN_PROGRESS")


def post(browser: httpx.Client, address: str, data: dict) -> httpx.Response:
    """As a page of ours would send it: with a token of this browser."""
    token = dict(see(browser, "/akun/").form("language").fields)["csrfmiddlewaretoken"]
    return browser.post(
        address, data=data | {"csrfmiddlewaretoken": token}, headers={"Referer": str(browser.base_url)}
    )


# ---- looks ----


def test_looking_changes_nothing(browsers, aimed):
    """Rows I23 and T03: every address by GET, for a stranger and for who gets in: no row differs but
    those that say who looked and who tried. A link-preview bot, a scanner and a prefetching browser do no more."""
    row, _ = aimed
    before = attacks.contents()
    for who, browser in browsers.items():
        for name, address in addresses(aimed).items():
            if who not in ("nobody", who_opens(name)):
                continue
            answer = browser.get(address, headers={"Purpose": "prefetch"})
            assert answer.status_code < 500 or name == "readyz", (who, name)
    assert attacks.changed(before) == []
    assert set(Event.objects.filter(verb="case.photo_opened").values_list("by_kind", flat=True)) == {
        "officer"
    }
    assert Report.objects.get().secret_version == row.secret_version


def test_a_bot_that_opens_the_secret_link_first_uses_nothing_up(story, aimed):
    """Row T03."""
    row, _ = aimed
    link = f"/l/{row.number}/{access.secret_of(row)}/"
    bot = story.browser(headers={"User-Agent": "WhatsApp/2.23 link preview"})
    before = attacks.contents()
    for _ in range(3):
        assert bot.head(link).status_code == bot.get(link).status_code == 200
    assert attacks.changed(before) == []
    assert people.WORDS[:20] in see(story.browser(), link).text


# ---- leading elsewhere ----

ELSEWHERE = (
    "//evil.test", "///evil.test", "https://evil.test", "http:evil.test", "\\\\evil.test", "/\\evil.test",
    "/%09/evil.test", "/\t/evil.test", "//evil.test\n", "%2f%2fevil.test", "javascript:alert(1)", "https:///evil.test",
    "//127.0.0.1@evil.test", "http://127.0.0.1.evil.test/", " //evil.test", "\x00//evil.test",
)  # fmt: skip


def host_of(answer: httpx.Response) -> str:
    """Where a browser would go: it takes a backslash for a slash and drops tabs and line ends."""
    said = "".join(answer.headers["location"].split()).replace("\\", "/")
    return httpx.URL("http://here.test/").join(said).host


@pytest.mark.parametrize("there", ELSEWHERE)
def test_nothing_of_ours_leads_to_another_site(story, there):
    """Row I20: the log-in's next, before it, with it and after it; the switch of the language; the log-out."""
    people.assemble()
    cache.clear()
    browser = story.browser(follow_redirects=False)
    page = see(browser, f"/masuk/?{urlencode({'next': there})}")
    token = dict(page.form("login").fields)
    data = token | {"login": "dewi", "password": people.PASSWORD, "next": there}
    answer = browser.post("/masuk/", data=data, headers={"Referer": page.url})
    assert (answer.status_code, host_of(answer)) == (302, "here.test")
    for address in (
        f"/masuk/?{urlencode({'next': there})}",
        f"/?{urlencode({'bahasa': 'en', 'next': there})}",
        f"/lacak/?{urlencode({'n': there})}",
    ):
        answer = browser.get(address)
        assert "location" not in answer.headers or host_of(answer) in ("here.test",), address


@pytest.mark.parametrize("path", ["//evil.test/", "///evil.test/", "/%5Cevil.test/", "//evil.test/%2e%2e/"])
def test_a_path_with_two_slashes_never_becomes_a_host(story, path):
    """Row I20: a redirect made of the path that was asked for."""
    host, port = story.url.removeprefix("http://").split(":")
    for query in ("", "?bahasa=en"):
        answer = raw(
            host, int(port), f"GET {path}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )
        where = [line for line in answer.splitlines() if line.lower().startswith("location:")]
        for line in where:
            assert not line.split(":", 1)[1].strip().replace("\\", "/").startswith("//"), line


def raw(host: str, port: int, request: str) -> str:
    import socket

    with socket.create_connection((host, port)) as line:
        line.sendall(request.encode())
        return b"".join(iter(lambda: line.recv(65536), b"")).decode("utf-8", "replace")


# ---- headers ----


@pytest.mark.parametrize(
    "host", ["evil.test", "evil.test:80", "127.0.0.1.evil.test", "127.0.0.1@evil.test", "[::1", "a b"]
)
def test_a_host_that_is_not_ours_is_refused(story, host):
    """Row I21."""
    for path in ("/", "/masuk/", "/lapor/", "/open311/v2/discovery.json", "/tidak-ada/"):
        answer = story.browser(follow_redirects=False).get(path, headers={"Host": host})
        assert answer.status_code == 400, path
        assert "evil.test" not in answer.text


def test_links_come_from_the_configured_address(story):
    """Row I21: X-Forwarded-Host and a host of the list that is not the configured one change no link."""
    forged = {"Host": "localhost", "X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test;proto=https"}
    browser = story.browser(headers=forged, follow_redirects=False)
    page = see(browser, "/lapor/")
    sent = browser.post(
        "/lapor/", data=dict(page.form("words", "visibility").fields) | {"words": people.WORDS}
    )
    page = see(browser, sent.headers["location"])
    row = Report.objects.get()
    from django.conf import settings

    assert f"{settings.SITE_URL}/l/{row.number}/{access.secret_of(row)}/" in page.answer.text
    assert "evil.test" not in page.answer.text + str(sent.headers)


FORGED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
    "Forwarded",
    "X-Client-IP",
    "Client-IP",
)


def test_forged_addresses_lift_no_limit(story, aimed, settings):
    """Row I22: reports, guesses at a secret and tries at the log-in count for the address that called."""
    settings.REPORTS_PER_HOUR, settings.GUESSES_PER_HOUR = 2, 2
    row, _ = aimed
    said, guessed = [], []
    for number in range(4):
        forged = dict.fromkeys(FORGED, f"203.0.113.{number}") | {"Forwarded": f"for=203.0.113.{number}"}
        browser = story.browser(headers=forged)
        page = see(browser, "/lapor/")
        said.append(page.send(page.form("words", "visibility"), words=people.WORDS).status)
        guessed.append(browser.get(f"/l/{row.number}/{'a' * 16}/").status_code)
    assert said == [200, 200, 429, 429]
    assert guessed == [404, 404, 429, 429]


def test_forged_addresses_do_not_free_the_log_in(story):
    """Row I22."""
    people.assemble()
    for number in range(6):
        browser = story.browser(headers=dict.fromkeys(FORGED, f"203.0.113.{number}"))
        page = log_in(browser, "dewi", people.PASSWORD if number == 5 else "kata sandi yang salah")
    assert "Terlalu sering mencoba" in page.text
    assert see(browser, "/petugas/periksa/").url.endswith("next=/petugas/periksa/")


def test_the_state_of_the_machine_is_not_for_who_says_to_be_near(story, settings):
    """Rows I22 and O01: from behind a proxy that was not named everybody looks like loopback."""
    for header in ("X-Forwarded-For", "Forwarded"):
        answer = story.browser().get("/readyz", headers={header: "127.0.0.1"})
        assert set(answer.json()) == {"ok"}
    settings.STATUS_TOKEN = "a token for tests"
    wrong = {"X-Forwarded-For": "127.0.0.1", "X-Status-Token": "a token for test"}
    assert set(story.browser().get("/readyz", headers=wrong).json()) == {"ok"}


# ---- doors of other software ----

NOT_OURS = (
    "/metrics", "/status", "/server-status", "/.git/config", "/.git/HEAD", "/.env", "/debug", "/__debug__/", "/admin",
    "/admin/", "/admin/login/", "/django-admin/", "/accounts/login/", "/accounts/password/reset/", "/silk/",
    "/graphql", "/swagger", "/static/", "/static/../settings.py", "/static/%2e%2e/settings.py",
    "/static/css/base.css.map",    "/media/",
    "/media/none.jpg", "/foto/", "/install", "/phpinfo.php", "/wp-login.php", "/actuator/env", "/config.json", "/var/",
    "/settings.py", "/.well-known/../.git/config", "/tanggap.log", "/backup.sql",
)  # fmt: skip


def test_doors_of_other_software_do_not_exist(story, aimed):
    """Row O01: 404, in our voice, also for an administrator of the city."""
    for browser in (story.browser(), attacks.officer(story, "joko")):
        for path in NOT_OURS:
            answer = browser.get(path, follow_redirects=True)
            assert answer.status_code == 404, path
            assert not [word for word in ("Traceback", "Django", ".py") if word in answer.text], path


def test_no_map_of_a_script_is_served():
    """Row O01: a source map tells what minifying hid."""
    static = Path(__file__).parents[2] / "tanggap" / "static"
    assert list(static.rglob("*.map")) == []
    assert [str(file) for file in static.rglob("*.js") if "sourceMappingURL" in file.read_text()] == []


# ---- the start ----

SECRETS = ("TANGGAP_SECRET_KEY", "TANGGAP_SEAL_KEYS", "TANGGAP_TRACKING_KEY")


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("value", [None, "", "changeme", " " * 40])
def test_without_a_secret_nothing_starts(name, value):
    """Row O02."""
    from django.conf import settings

    env = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    env |= {one: os.environ[one] for one in SECRETS} | {"TANGGAP_DATA": str(settings.DATA)}
    env |= {"DJANGO_SETTINGS_MODULE": "tanggap.settings"}
    env = {key: text for key, text in env.items() if key != name} | (
        {name: value} if value is not None else {}
    )
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"], env=env, capture_output=True, text=True, check=False,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode != 0
    assert f"{name} is missing or shorter than 32 signs." in done.stderr
    assert not [os.environ[one] for one in SECRETS if os.environ[one] in done.stderr]
