"""What must not be found out, and who must not get in: secrets, private and secret cases, accounts, sessions, four
eyes. Rows S05, S08, T01, T02, Z02 and Z09."""

import re
from datetime import date, timedelta
from statistics import median
from time import perf_counter

import httpx
import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.utils import timezone

from tanggap import access
from tanggap.followup import actions as followup
from tanggap.models import Agency, Case, Event, Membership, Officer, Reason, Report, Resolution, Review
from tanggap.monitoring import counts
from tanggap.pages.citizen import home
from tests import attacks
from tests import cast as people
from tests.app311 import App
from tests.page import Page, log_in, see

SECRET_WORDS = "Petugas minta pungli di loket"


@pytest.fixture
def cast(story) -> people.Cast:
    cache.clear()
    return people.assemble()


# ---- numbers and secrets ----


def bare(page: Page, *numbers: str) -> str:
    """The page without what must differ: the number that was typed, the token, the reference."""
    text = re.sub(r'value="[^"]*"', "", page.answer.text)
    for one in (*numbers, page.answer.headers["x-request-id"]):
        text = text.replace(one, "")
    return text


def test_a_secret_report_answers_like_a_number_that_does_not_exist(story, cast):
    """Rows T01 and Z02: at every door a number can be typed, to strangers and to officers outside its circle."""
    secret = people.report(SECRET_WORDS, visibility="secret", at=timezone.now()).number
    none = secret[:-1] + "~"
    for browser in (story.browser(), attacks.officer(story, "budi")):
        for path in (
            "/lacak/{}/", "/lacak/?n={}", "/lacak/{}/siapa/", "/lapor/terkirim/{}/", "/l/{}/" + "a" * 16 + "/",
            "/petugas/kasus/{}/", "/petugas/sekilas/{}/", "/petugas/buka/{}/", "/petugas/cari/?q={}",
            "/petugas/langkah/{}/note/", "/petugas/?kasus={}", "/petugas/lapangan/{}/", "/open311/v2/requests/{}.json",
            "/open311/v2/requests.json?service_request_id={}",
        ):  # fmt: skip
            found, missing = see(browser, path.format(secret)), see(browser, path.format(none))
            assert found.status == missing.status, path
            assert bare(found, secret) == bare(missing, none), path


def test_walking_the_numbers_shows_nothing_of_private_reports(story, cast):
    """Row T01: status, kind, kelurahan, office and dates; no word, no place, no name, no photo."""
    rows = [people.report(f"{people.WORDS} Rumah nomor {n}", place="Gang Buntu 7") for n in range(3)]
    browser = story.browser()
    for row in rows:
        page = see(browser, f"/lacak/{row.number}/")
        assert page.status == 200
        for word in ("lubang", "Rumah nomor", "Gang Buntu", "0812", "Ani", "/foto/"):
            assert word not in page.answer.text


def test_guesses_at_a_secret_end_soon_and_tell_nothing(story, cast, settings):
    """Row T02: by the link and by the form, counted together; the answer to a number that exists is the same."""
    settings.GUESSES_PER_HOUR = 4
    row = people.report()
    browser = story.browser()
    answers = set()
    for number in (row.number, "KM9912310001"):
        page = see(browser, "/lacak/?code=1")
        sent = page.send(page.form("number", "code"), number=number, code="a" * 16)
        link = see(browser, f"/l/{number}/{'b' * 16}/")
        answers.add((sent.status, bare(sent, number), link.status, bare(link, number)))
    assert len(answers) == 1
    assert see(browser, f"/l/{row.number}/{access.secret_of(row)}/").status == 429
    page = see(browser, "/lacak/?code=1")
    assert page.send(page.form("number", "code"), number=row.number, code=access.secret_of(row)).status == 429


def test_a_secret_is_long_its_own_and_stored_nowhere(story, cast):
    """Row T02: 80 bits, derived; neither it nor a hash of it is in the database."""
    from django.db import connection

    first, second = people.report(), people.report()
    secret = access.secret_of(first)
    assert re.fullmatch("[a-z2-7]{16}", secret)
    assert access.secret_of(second)[:8] != secret[:8]
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ILIKE %s", [f"%{secret}%"])
            assert cursor.fetchone() == (0,), table


# ---- counts, lists, hints ----


def seen_by_all(story, browser: httpx.Client) -> dict[str, str]:
    """Every public page and door with a figure, a list or a hint on it."""
    counts.forget()
    home._kept.clear()
    pages = (
        "/", "/?di=Mawar", "/papan/", "/papan/?hari=7", "/laporan-saya/", "/peta/wilayah.json",
        "/open311/v2/requests.json", "/open311/v2/requests.xml", "/open311/v2/servicerequestupdates.json",
    )  # fmt: skip
    found = {path: bare(see(browser, path)) or browser.get(path).text for path in pages}
    page = see(browser, "/lapor/")
    data = dict(page.form("words", "visibility").fields)
    data |= {"words": people.WORDS, "lat": "-1.99", "lon": "118.01", "other": "jalan-rusak"}
    found["hints"] = browser.post("/lapor/lihat/", data=data, headers={"Referer": page.url}).text
    # minutes pass while the test runs
    return {path: re.sub(r"\d{1,2}[.:]\d\d|\d+ (menit|detik)", "", text) for path, text in found.items()}


def test_a_secret_case_changes_no_public_page(story, cast):
    """Row Z02: not even a count differs; above the least number that is told, so that one more would show."""
    for _ in range(6):
        people.report(at=timezone.now(), visibility="public")
    Case.objects.update(promise_at=timezone.now() - timedelta(hours=1))
    browser = story.browser()
    before = seen_by_all(story, browser)
    people.report(SECRET_WORDS, visibility="secret", at=timezone.now())
    people.report(people.WORDS, visibility="secret", at=timezone.now())
    Case.objects.update(promise_at=timezone.now() - timedelta(hours=1))
    after = seen_by_all(story, browser)
    assert [path for path in before if before[path] != after[path]] == []


def test_a_private_case_stands_in_no_list_hint_or_map(story, cast):
    """Row Z02: a private report nearby is not hinted at, listed or drawn."""
    row = people.report(at=timezone.now(), visibility="private")
    for path, text in seen_by_all(story, story.browser()).items():
        assert row.number not in text, path
        assert "lubang besar" not in text or path == "hints", path
    assert (
        "Lubang besar di depan pasar"
        not in seen_by_all(story, story.browser())["hints"].split("<textarea")[0]
    )


def test_officers_outside_see_no_number_of_it(story, cast):
    """Row Z02: search by number and by words, tabs, news and the list of another office."""
    row = people.report(at=timezone.now())
    secret = people.report(SECRET_WORDS, visibility="secret", at=timezone.now())
    eko, budi = attacks.officer(story, "eko"), attacks.officer(story, "budi")
    for browser, hidden in ((eko, (row, secret)), (budi, (secret,))):
        for one in hidden:
            for path in (
                f"/petugas/cari/?q={one.number}", f"/petugas/cari/?q={one.number[:-2]}", "/petugas/cari/?q=jalan",
                "/petugas/cari/?q=pungli", "/petugas/", "/petugas/?tab=elsewhere", "/petugas/?tab=late",
                "/petugas/baru/?sejak=2020-01-01T00:00:00Z", f"/petugas/baru/?id={one.case_id}",
                f"/petugas/bersama/?kasus={one.number}", "/petugas/papan/",
            ):  # fmt: skip
                text = see(browser, path).answer.text.replace(f'value="{one.number}"', "")
                assert f"/petugas/kasus/{one.number}/" not in text, path
                assert (
                    "pungli" not in text.replace('value="pungli"', "").replace("pungli\u201d", "")
                    or "q=" in path
                ), path


def test_an_app_reads_no_private_report_of_another(story, cast):
    """Row Z02: not by number, by list, by filter, nor by an update."""
    mine, other = App(story), App(story, name="Lain")
    number = mine.report(non_public="true")
    story.work()
    assert mine.get(f"requests/{number}", api_key=mine.key)
    other.get(f"requests/{number}", api_key=other.key)
    assert other.status == 404
    for asked in (
        {},
        {"service_request_id": number},
        {"q": "lubang"},
        {"status": "open"},
        {"service_code": "jalan-rusak"},
    ):
        assert number not in str(other.get("requests", api_key=other.key, **asked))
    other.post("servicerequestupdates", service_request_id=number, description="Halo", api_key=other.key)
    assert other.status in (400, 403, 404)


# ---- log-in ----


def test_known_and_unknown_accounts_answer_alike(story, cast):
    """Row S05: status, words, headers and, within the noise of this machine, time."""
    Officer.objects.filter(username="eko").update(is_active=False)
    answers, times = set(), {}
    for name in ("dewi", "eko", "tidak-ada", "DEWI", "dewi@melati.test"):
        taken = []
        for _ in range(3):
            browser = story.browser()
            page = see(browser, "/masuk/")
            began = perf_counter()
            sent = page.send(page.form("login", "password"), login=name, password="kata sandi yang salah")
            taken.append(perf_counter() - began)
            answers.add((sent.status, bare(sent), tuple(sorted(set(sent.answer.headers) - {"set-cookie"}))))
            cache.clear()
        times[name] = median(taken)
    assert len(answers) == 1
    # without the hash an unknown name would be answered many times faster
    assert times["tidak-ada"] > times["dewi"] / 3


def test_there_is_no_other_way_in_or_to_reset(story, cast):
    """Row S05: nobody asks for a reset, so none can tell which accounts exist."""
    for path in (
        "/masuk/lupa/",
        "/sandi/",
        "/password/reset/",
        "/accounts/",
        "/akun/surel/",
        "/daftar/",
        "/signup/",
    ):
        assert see(story.browser(), path).status == 404


def test_a_session_from_before_the_log_in_is_worth_nothing(story, cast):
    """Row S08: fixation."""
    victim = story.browser()
    given = "a" * 32
    victim.cookies.set("sessionid", given)
    before = victim.cookies.get("sessionid")
    log_in(victim, "budi", people.PASSWORD)
    assert see(victim, "/petugas/").status == 200
    now = [
        cookie.value for cookie in victim.cookies.jar if cookie.name == "sessionid" and cookie.value != given
    ]
    assert len(now) == 1
    assert not Session.objects.filter(session_key=before).exists()
    attacker = story.browser()
    attacker.cookies.set("sessionid", given)
    assert "/masuk/" in see(attacker, "/petugas/").url


def test_the_cookie_of_a_session_is_kept_from_scripts_and_other_sites(story, cast):
    """Row S08."""
    browser = story.browser(follow_redirects=False)
    page = see(browser, "/masuk/")
    sent = page.send(page.form("login", "password"), login="budi", password=people.PASSWORD)
    cookie = next(one for one in sent.answer.headers.get_list("set-cookie") if one.startswith("sessionid="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def in_or_out(browser: httpx.Client) -> bool:
    return "/masuk/" not in see(browser, "/akun/").url


def test_every_change_of_an_account_ends_its_sessions(story, cast):
    """Row S08: password, a role more, a role less, the account closed, log-out: at the next click, by each door."""
    joko = attacks.officer(story, "joko")
    officer = Officer.objects.get(username="budi")
    role = Membership.objects.get(officer=officer, role_id="field")
    address = f"/petugas/atur/orang/{officer.pk}/"
    for deed, more in (
        ("peran/", {"agency": "Kelurahan Mawar", "role": "watcher"}),
        (f"akhiri/?row={role.pk}", {}),
        ("keluar/", {}),
    ):
        cache.clear()
        old = attacks.officer(story, "budi")
        page = see(joko, address + deed)
        sent = page.send(page.form("reason"), reason="pindah tugas", **more)
        assert (sent.status, sent.url) == (200, story.url + address)
        assert not in_or_out(old), deed
    assert not in_or_out(story.browser())
    assert "/masuk/" in log_in(story.browser(), "budi", people.PASSWORD).url


def test_a_new_password_and_a_log_out_end_what_was_open(story, cast):
    """Row S08: and a cookie copied before is dead after."""
    here, there = attacks.officer(story, "dewi"), attacks.officer(story, "dewi")
    page = see(here, "/akun/sandi/")
    new = "empat kata biasa saja"
    page.send(page.form("oldpassword"), oldpassword=people.PASSWORD, password1=new, password2=new)
    assert (in_or_out(here), in_or_out(there)) == (True, False)
    copied = story.browser(cookies=dict(here.cookies))
    assert in_or_out(copied)
    page = see(here, "/akun/")
    page.send(next(form for form in page.reader.forms if form.action.endswith("/keluar/")))
    assert not in_or_out(copied)


def test_a_role_that_ends_at_midnight_is_gone_with_the_day(story, cast):
    """Row S08: no session outlives the role it was opened with."""
    budi = attacks.officer(story, "budi")
    row = people.report(at=timezone.now())
    assert see(budi, f"/petugas/kasus/{row.number}/").status == 200
    Membership.objects.filter(officer__username="budi").update(valid_to=date(2021, 1, 1))
    assert see(budi, f"/petugas/kasus/{row.number}/").status == 404
    assert see(budi, f"/petugas/buka/{row.number}/").status == 404


# ---- four eyes ----


@pytest.fixture
def handed_in(story, cast) -> Case:
    """Budi, who works for Kelurahan Mawar, has handed in his work; he holds the reviewer's role as well."""
    people.report(at=timezone.now() - timedelta(hours=2))
    case = Case.objects.get()
    at = case.changed_at
    followup.start(case.id, by=cast.budi, now=at)
    followup.submit(case.id, by=cast.budi, now=at, resolution=Resolution.objects.get(code="fixed"),
                    words="Sudah kami tambal dengan aspal.", photos=[people.photo(at).uuid])  # fmt: skip
    story.work()
    for name in ("budi", "indah"):
        Membership.objects.create(officer=cast.officer(name), agency=Agency.objects.get(code="setko"),
                                  role_id="reviewer", valid_from=date(2020, 1, 1))  # fmt: skip
    case.refresh_from_db()
    return case


def judged(browser: httpx.Client, case: Case, step: str) -> Page:
    page = see(browser, f"/petugas/periksa/{case.number}/")
    token = dict(see(browser, "/akun/").form("language").fields)["csrfmiddlewaretoken"]
    data = {"csrfmiddlewaretoken": token, "step": step, "version": case.version}
    if step == "send_back":
        data["reason"] = Reason.objects.filter(step=step).first().code
    return Page.of(browser, browser.post(page.url, data=data, headers={"Referer": page.url}))


def test_nobody_judges_their_own_work(story, handed_in):
    """Row Z09: by the page of the review, and by the steps of the desk."""
    budi = attacks.officer(story, "budi")
    judged(budi, handed_in, "close")
    judged(budi, handed_in, "send_back")
    for step in ("close", "send_back"):
        assert see(budi, f"/petugas/langkah/{handed_in.number}/{step}/").status == 404
    handed_in.refresh_from_db()
    assert (handed_in.status, Review.objects.count()) == ("AWAITING_REVIEW", 0)
    judged(attacks.officer(story, "dewi"), handed_in, "close")
    handed_in.refresh_from_db()
    assert handed_in.status == "CLOSED"


def test_the_officer_of_the_work_cannot_speak_for_the_citizen(story, handed_in, cast):
    """Row Z09: the word that it is fixed is the reporter's; an officer's session is none."""
    followup.close(handed_in.id, by=cast.dewi, now=timezone.now())
    number = Report.objects.get().number
    budi = attacks.officer(story, "budi")
    token = dict(see(budi, "/akun/").form("language").fields)["csrfmiddlewaretoken"]
    sent = budi.post(f"/lacak/{number}/beres/", data={"csrfmiddlewaretoken": token, "say": "yes", "stars": "5"},
                     headers={"Referer": story.url}, follow_redirects=False)  # fmt: skip
    assert sent.status_code == 302
    assert Report.objects.get().confirmation == "pending"


def test_a_look_at_personal_data_needs_its_reason_at_the_page_too(story, cast):
    """Row Z14's half that exists: no reason, a made-up one and a look by GET show nothing and write nothing."""
    row = people.report(at=timezone.now())
    budi = attacks.officer(story, "budi")
    address = f"/petugas/buka/{row.number}/"
    page = see(budi, address)
    token = dict(page.form("reason").fields)["csrfmiddlewaretoken"]
    for reason in ("", "ingin tahu", "x" * 5000, "CALL_CITIZEN"):
        sent = budi.post(f"{address}?reason=call_citizen", data={"csrfmiddlewaretoken": token, "reason": reason},
                         headers={"Referer": page.url})  # fmt: skip
        assert (sent.status_code, "+62812" in sent.text, "3456" in sent.text) == (422, False, False)
    assert not Event.objects.filter(verb="case.revealed").exists()
