"""Officers come, forget, stand in and leave: through the real doors."""

import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tanggap.lib import limit
from tanggap.models import Case, Event, Invitation, Job, Membership, Officer, local_day
from tanggap.people import actions, links
from tests import cast as people
from tests.page import log_in, see

NEW = "empat kata yang biasa"


@pytest.fixture
def cast(story, settings):
    settings.SITE_URL = story.url
    made = people.assemble()
    made.now = timezone.now()
    return made


def invited(cast, name: str = "eko", **more) -> Invitation:
    return links.invite(
        cast.officer(name), by=cast.joko, now=more.get("now", timezone.now()), reason="Petugas baru"
    )


def choose(browser, address: str, password: str = NEW):
    page = see(browser, address)
    if page.status != 200:
        return page
    return page.send(page.form("password1", "password2"), password1=password, password2=password)


def link_of(sent) -> str:
    return re.search(r"http\S+(/undangan/\S+)", sent.body)[1]


def test_a_new_officer_is_invited_chooses_a_password_and_works(story, cast):
    joko = story.browser()
    log_in(joko, "joko", people.PASSWORD)
    page = see(joko, "/petugas/atur/orang/baru/")
    page = page.send(page.form("username", "agency"), username="lina", name="Lina Sari", email="lina@melati.test",
                     agency="Dinas Kebersihan dan Air", role="desk", reason="Petugas baru")  # fmt: skip
    assert "Lina Sari tercatat" in page.text
    story.work()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["lina@melati.test"], "Undangan: akun Anda di Tanggap Kota Melati")
    lina = story.browser()
    page = see(lina, link_of(sent))
    assert "Selamat datang, Lina Sari" in page.text
    assert page.url == f"{story.url}/undangan/"  # no secret stays in the address
    page = page.send(page.form("password1"), password1=NEW, password2="empat kata yang lain")
    assert "Kedua sandi berbeda." in page.text
    page = page.send(page.form("password1"), password1="pendek", password2="pendek")
    assert page.url == f"{story.url}/undangan/"
    page = page.send(page.form("password1"), password1=NEW, password2=NEW)
    assert page.url == f"{story.url}/masuk/"
    assert log_in(lina, "lina", NEW).url == f"{story.url}/petugas/"
    assert see(story.browser(), link_of(sent)).status == 404  # it worked once


def test_a_link_works_once_for_seven_days_and_not_after_a_change(story, cast):
    """reliability.md S09."""
    row = invited(cast)
    assert see(story.browser(), f"/undangan/{row.id}/").status == 404
    assert see(story.browser(), f"/undangan/{row.id}/{'0' * 40}/").status == 404
    assert see(story.browser(), f"/undangan/{row.id + 1}/{row.secret}/").status == 404
    assert see(story.browser(), f"/undangan/{10**30}/{row.secret}/").status == 404
    late, first = story.browser(), story.browser()
    assert see(late, row.path).status == 200
    assert choose(first, row.path).url == f"{story.url}/masuk/"
    assert see(late, "/undangan/").status == 404  # opened before, used by another
    old = invited(cast, "budi", now=timezone.now() - timedelta(days=8))
    assert see(story.browser(), old.path).status == 404
    changed = invited(cast, "citra")
    actions.end_role(Membership.objects.filter(officer=cast.officer("citra")).get(), by=cast.joko, now=timezone.now(),
                     reason="Pindah tugas")  # fmt: skip
    assert see(story.browser(), changed.path).status == 404
    again = invited(cast, "dewi")
    newer = invited(cast, "dewi")
    assert [see(story.browser(), one.path).status for one in (again, newer)] == [404, 200]


def test_ten_who_use_the_same_link_at_once_set_one_password(story, cast):
    row = invited(cast)
    browsers = [story.browser() for _ in range(10)]
    pages = [see(browser, row.path) for browser in browsers]

    def send(number: int) -> str:
        page = pages[number]
        return page.send(page.form("password1"), password1=f"{NEW} {number}", password2=f"{NEW} {number}").url

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))
    assert answers.count(f"{story.url}/masuk/") == 1
    winner = answers.index(f"{story.url}/masuk/")
    assert Officer.objects.get(username="eko").check_password(f"{NEW} {winner}")


def test_guessing_links_is_slowed_down(story, cast, settings):
    settings.GUESSES_PER_HOUR = 5
    row = invited(cast)
    browser = story.browser()
    answers = [see(browser, f"/undangan/{row.id}/{number:040}/").status for number in range(6)]
    assert answers == [404] * 5 + [429]


# ---- a password forgotten ----


def ask(browser, who: str):
    page = see(browser, "/atur-ulang/")
    return page.send(page.form("who"), who=who)


@pytest.mark.parametrize("who", ["budi", "BUDI", "budi@melati.test"])
def test_a_forgotten_password_is_replaced_by_letter(story, cast, who):
    browser, there = story.browser(), story.browser()
    log_in(there, "budi", people.PASSWORD)
    assert "sedang dikirim ke alamat surelnya" in ask(browser, who).text
    story.work()
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["budi@melati.test"], "Sandi baru untuk akun budi")
    assert choose(browser, link_of(sent)).url == f"{story.url}/masuk/"
    assert see(there, "/akun/").url.startswith(f"{story.url}/masuk/")  # every session ended
    assert log_in(browser, "budi", people.PASSWORD).url == f"{story.url}/masuk/"
    assert log_in(browser, "budi", NEW).url == f"{story.url}/petugas/"
    assert Job.objects.filter(kind="reset").count() == 0  # what was typed is kept no longer than it takes


def test_a_reset_link_lasts_an_hour(story, cast):
    links.ask_for_reset("budi", timezone.now() - timedelta(minutes=61))
    assert see(story.browser(), Invitation.objects.get().path).status == 404


def said(page) -> str:
    return re.sub(r"Rujukan \w+", "", page.text)


def test_nobody_hears_whether_there_is_such_an_account(story, cast, settings):
    """reliability.md S05: the same words, the same status, the same time."""
    settings.RESETS_PER_HOUR = 1000
    Officer.objects.filter(username="eko").update(is_active=False)
    Officer.objects.filter(username="citra").update(email="")
    names = ["budi", "siapa", "eko", "citra", "budi@melati.test", "siapa@melati.test"]
    pages = [ask(story.browser(), name) for name in names]
    assert len({(page.status, said(page)) for page in pages}) == 1
    story.work()
    assert [sent.to for sent in mail.outbox] == [
        ["budi@melati.test"]
    ]  # within the hour, the second is the same link's
    browser, times = story.browser(), {"known": [], "unknown": []}
    form = see(browser, "/atur-ulang/")
    for number in range(20):
        for kind, who in (
            ("known", f"{['dewi', 'gita', 'hana'][number % 3]}"),
            ("unknown", f"siapa{number % 3}"),
        ):
            began = time.perf_counter()
            form.send(form.form("who"), who=who)
            times[kind].append(time.perf_counter() - began)
    assert abs(statistics.median(times["known"]) - statistics.median(times["unknown"])) < 0.010


def test_at_most_three_letters_an_hour_whatever_the_network_claims(story, cast, settings):
    """reliability.md S07."""
    settings.RESETS_PER_HOUR = 1000
    for number in range(12):
        browser = story.browser(headers={"X-Forwarded-For": f"198.51.100.{number}"})
        assert ask(browser, ("budi", "budi@melati.test", "Budi")[number % 3]).status == 200
        story.work()
    assert len(mail.outbox) == 3


def test_one_network_asks_only_so_often(story, cast, settings):
    settings.RESETS_PER_HOUR = 3
    browser = story.browser()
    assert [ask(browser, f"siapa{number}").status for number in range(4)] == [200, 200, 200, 429]
    assert limit.sweep(timezone.now() + timedelta(hours=2)) > 0


# ---- leaving, and standing in ----


def test_whoever_leaves_is_out_at_the_next_request_everywhere(story, cast):
    """reliability.md S08, S09; issue: within 60 s."""
    here, there = story.browser(), story.browser()
    for browser in (here, there):
        log_in(browser, "eko", people.PASSWORD)
    waiting = invited(cast)
    assert see(here, "/petugas/").status == 200
    joko = story.browser()
    log_in(joko, "joko", people.PASSWORD)
    page = see(joko, f"/petugas/atur/orang/{cast.officer('eko').id}/").follow("Berhenti bertugas")
    assert "semua perangkat langsung dikeluarkan" in page.text
    page.send(page.form("reason"), reason="Pensiun bulan ini")
    for browser in (here, there):
        assert see(browser, "/petugas/").url.startswith(f"{story.url}/masuk/")
    assert log_in(story.browser(), "eko", people.PASSWORD).url == f"{story.url}/masuk/"
    assert see(story.browser(), waiting.path).status == 404
    assert "Eko Cast" in see(joko, "/petugas/atur/orang/?q=eko").text


def test_a_deputy_starts_the_work_in_their_own_name_for_whom_is_away(story, cast):
    now = timezone.now()
    row = people.report(at=now)
    case = Case.objects.get(number=row.number)
    today = local_day(now)
    week = {"begins": today, "ends": today + timedelta(days=7)}
    actions.deputise(cast.officer("eko"), cast.officer("budi"), **week, by=cast.joko, now=now,
                     reason="Cuti tahunan")  # fmt: skip
    eko = story.browser()
    log_in(eko, "eko", people.PASSWORD)
    page = see(eko, f"/petugas/langkah/{case.number}/start/")
    if page.status == 200 and page.reader.forms:
        page.send(page.form("version"))
    event = Event.objects.get(case=case, verb="case.started")
    assert (event.by_id, event.data["for"]) == (cast.officer("eko").id, cast.officer("budi").id)
    assert "Eko Cast untuk Budi Cast" in see(eko, f"/petugas/kasus/{case.number}/").text
    # the leave is over: the case is closed to the deputy again
    Membership.objects.filter(deputy_for=cast.officer("budi")).update(valid_to=today)
    assert see(eko, f"/petugas/kasus/{case.number}/").status == 404


# ---- the second step ----


def test_an_administrator_without_the_second_step_reaches_its_set_up_and_nothing_else(story, cast):
    """reliability.md S11: whichever way they came in."""
    from allauth.mfa.models import Authenticator

    Authenticator.objects.all().delete()
    browser, other = story.browser(), story.browser()
    for one in (browser, other):
        log_in(one, "joko", people.PASSWORD)
    for path in ("/petugas/atur/", "/petugas/atur/orang/", "/petugas/papan/", "/petugas/"):
        assert see(browser, path).url == f"{story.url}/akun/dua-langkah/"
    page = see(browser, "/akun/dua-langkah/").follow("Nyalakan langkah kedua")
    page = page.send(page.form("password"), password=people.PASSWORD)
    secret = re.search(r'class="no wrap">(\w+)<', page.answer.text)[1]
    from allauth.mfa.totp.internal import auth

    page.send(page.form("code"), code=auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30)))
    assert see(browser, "/petugas/atur/").status == 200
    # a session that was begun with the password alone ended when the second step was switched on
    assert see(other, "/petugas/atur/").url.startswith(f"{story.url}/masuk/")
