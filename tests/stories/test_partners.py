"""Mira, head of an RT, files for Ani: named as such, within a quota, and seeing no more of it than everybody does."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone

from tanggap import access
from tanggap.models import Case, Event, Inbound, Membership, Officer, Partner, Report, Upload, local_day
from tanggap.pages.mitra import slip
from tanggap.people import actions
from tanggap.people import partners as deeds
from tanggap.reply import actions as reply
from tanggap.rights import held
from tests import cast as people
from tests.page import Page, log_in, see
from tests.stories.test_web_form import GOOD, huge_png

DOOR = "/mitra/lapor/"
CANARY = {"words": "Jalan rusak di depan warung Kanarisari, hubungi 0813-1111-2222, NIK 3173010101990009.",
          "place": "warung Kanarisari, Gang Kanaria 9"}  # fmt: skip
CITIZEN = {"name": "Sukinah Kanaria", "contact": "0813-1111-2222", "consent": "on"}
SECRETS = ("Kanari", "Sukinah", "0813", "8131111", "3173010101990009")
POINT = {"lat": "-1.99", "lon": "118.01"}


@pytest.fixture
def cast(story) -> people.Cast:
    made = people.assemble()
    made.officers["mira"] = people.partner("mira")
    return made


@pytest.fixture
def mira(story, cast) -> httpx.Client:
    return logged_in(story, "mira")


def logged_in(story, name: str) -> httpx.Client:
    browser = story.browser()
    assert log_in(browser, name, people.PASSWORD).url == f"{story.url}/mitra/"
    return browser


def fill(page: Page, files: list | None = None, **values: object) -> Page:
    return page.send(page.form("words", "visibility"), files=files, **values)


def file(browser: httpx.Client, words: str = people.WORDS, **values: object) -> Page:
    return fill(see(browser, DOOR), words=words, **values)


def number_of(page: Page) -> str:
    return re.search(r"/mitra/terkirim/([^/]+)/", page.url)[1]


def partner() -> Partner:
    return Partner.objects.select_related("agency").get(agency__code="rt-05-mawar")


# ---- filed, named as such ----


def test_mira_files_for_ani_and_everybody_reads_in_whose_name(story, cast, mira):
    page = file(mira, files=[GOOD], **CITIZEN | POINT, visibility="private")
    assert (page.status, "Sekarang serahkan slipnya" in page.text) == (200, True)
    story.work()
    row = Report.objects.select_related("partner__agency", "channel").get()
    assert (row.partner.agency.name, row.keyed_by.username, row.channel.code) == (
        "Ketua RT 05 Mawar",
        "mira",
        "mitra",
    )
    person = access.person(row.reporter, row)
    assert (person.name, person.contacts) == ("Sukinah Kanaria", [("phone", "+6281311112222")])
    event = Event.objects.get(verb="case.received")
    assert (event.by_id, event.agency.code, event.data["partner"]) == (
        cast.officer("mira").id,
        *["rt-05-mawar"] * 2,
    )

    paper = page.follow("Cetak slip")
    assert "Disampaikan oleh Ketua RT 05 Mawar atas nama Anda." in paper.text
    secret = access.secret_of(row)
    assert "-".join(secret[at : at + 4] for at in range(0, 16, 4)).upper() in paper.text
    ani = see(story.browser(), f"/l/{row.number}/{secret}/")
    assert "Disampaikan oleh Ketua RT 05 Mawar atas nama Anda." in ani.text
    assert held.held(row.reporter, timezone.now(), "id")["reports"][0]["filed_by"] == "Ketua RT 05 Mawar"

    budi = story.browser()
    log_in(budi, "budi", people.PASSWORD)
    case = see(budi, f"/petugas/kasus/{row.number}/").text
    assert "Disampaikan oleh Ketua RT 05 Mawar atas nama warga" in case
    for name in ("Mira", "Sukinah"):
        assert name not in case


def test_the_number_alone_does_not_tell_who_filed_it(story, mira):
    number = number_of(file(mira, **POINT))
    story.work()
    for visibility in ("private", "public"):
        Report.objects.update(visibility=visibility)
        Case.objects.update(visibility=visibility)
        assert "RT 05" not in see(story.browser(), f"/lacak/{number}/").text


def test_the_first_page_tells_what_was_filed_and_what_is_left(story, mira):
    number = number_of(file(mira, "Jalan rusak, lubang di depan pasar.", **POINT))
    story.work()
    home = see(mira, "/mitra/").text
    assert "Kuota hari ini tersisa 2." in home
    for said in (number, "Jalan rusak, Mawar", "Kelurahan Mawar"):
        assert said in home
    assert "lubang" not in home


# ---- what a partner can't see ----


def test_of_a_private_report_the_partner_sees_what_everybody_sees(story, cast, mira):
    """What was typed, by whom, the answer and the photo are nowhere, once the slip is handed over."""
    page = file(mira, files=[GOOD], **CANARY | CITIZEN | POINT)
    number = number_of(page)
    story.work()
    case = Case.objects.get()
    reply.tell(case.id, "Kepada Ibu Kanaria: kami datang besok.", by=cast.budi, now=timezone.now())
    page = page.send(page.form(action="/diserahkan/"))
    assert "Slip ditutup" in page.text
    photo, secret = Upload.objects.get(), access.secret_of(Report.objects.get())
    shown = [see(mira, path) for path in (
        "/mitra/", f"/mitra/terkirim/{number}/", f"/mitra/terkirim/{number}/slip/", f"/lacak/{number}/",
        "/laporan-saya/", "/akun/", DOOR, f"/lapor/terkirim/{number}/", "/", "/papan/",
    )]  # fmt: skip
    for one in shown:
        assert one.status == 200, one.url
        for word in (*SECRETS, secret, secret.upper(), str(photo.uuid)):
            assert word not in one.answer.text, (one.url, word)
    both = [see(browser, f"/lacak/{number}/").text for browser in (mira, story.browser())]
    assert re.sub(r"\d+", "", both[0]) == re.sub(r"\d+", "", both[1])  # the clock has gone on meanwhile
    for path in (f"/petugas/foto/{photo.uuid}/", f"/lacak/{number}/foto/{photo.uuid}/", f"/lacak/{number}/siapa/",
                 f"/lacak/{number}/data/", f"/petugas/kasus/{number}/", f"/petugas/buka/{number}/", "/petugas/",
                 f"/petugas/cari/?q={number}", "/petugas/papan/", "/petugas/perintah/", "/petugas/atur/mitra/",
                 "/petugas/loket/", f"/petugas/langkah/{number}/note/", "/petugas/lapangan/"):  # fmt: skip
        assert see(mira, path).status == 404, path


def test_of_a_secret_kind_not_even_the_number_opens(story, mira):
    page = file(mira, "Ada pungli di loket Kanaria", category="other", other="pungutan")
    number = number_of(page)
    story.work()
    assert page.status == 200  # the slip is the citizen's
    page.send(page.form(action="/diserahkan/"))
    assert see(mira, f"/lacak/{number}/").status == 404
    for path in ("/mitra/", f"/mitra/terkirim/{number}/"):
        shown = see(mira, path).text
        assert "Rahasia: nomornya tidak membuka apa pun" in shown
        for word in ("Pungutan", "Kanaria"):
            assert word not in shown


def test_a_secret_report_is_the_citizens_own_to_make(story, mira):
    page = see(mira, DOOR)
    token = dict(page.form("words").fields)["csrfmiddlewaretoken"]
    answer = mira.post(DOOR, data={"csrfmiddlewaretoken": token, "words": people.WORDS, "visibility": "secret"},
                       headers={"Referer": page.url})  # fmt: skip
    assert (answer.status_code, Report.objects.count()) == (422, 0)


def test_another_partner_finds_none_of_it(story, mira):
    people.partner("nadia")
    page = file(mira, **POINT)
    number = number_of(page)
    nadia = logged_in(story, "nadia")
    assert number not in see(nadia, "/mitra/").text
    for path in ("", "slip/"):
        assert see(nadia, f"/mitra/terkirim/{number}/{path}").status == 404
    token = dict(see(nadia, DOOR).form("words").fields)["csrfmiddlewaretoken"]
    answer = nadia.post(f"/mitra/terkirim/{number}/diserahkan/", data={"csrfmiddlewaretoken": token},
                        headers={"Referer": f"{story.url}/mitra/"})  # fmt: skip
    assert answer.status_code == 404
    assert "Sekarang serahkan slipnya" in see(mira, page.url).text


def test_a_colleague_sees_the_number_and_no_code(story, cast, mira):
    number = number_of(file(mira, **POINT))
    other = Officer.objects.create(username="oki", name="Oki Cast", password=people.hashed())
    today = local_day(timezone.now())
    Membership.objects.create(officer=other, agency=partner().agency, role_id="partner", valid_from=today)
    oki = logged_in(story, "oki")
    assert number in see(oki, "/mitra/").text
    page = see(oki, f"/mitra/terkirim/{number}/")
    assert access.secret_of(Report.objects.get())[:4].upper() + "-" not in page.text
    assert see(oki, f"/mitra/terkirim/{number}/slip/").url == page.url


# ---- the slip ----


def test_the_slip_is_shown_for_a_quarter_of_an_hour(story, mira):
    page = file(mira, **POINT)
    Report.objects.update(received_at=timezone.now() - slip.SHOWN_FOR)
    secret = access.secret_of(Report.objects.get())
    for path in (page.url, f"{page.url}slip/"):
        assert secret[:4].upper() + "-" not in see(mira, path).text


def test_a_form_sent_again_opens_no_slip_that_was_handed_over(story, mira):
    form = see(mira, DOOR)
    page = fill(form, words=people.WORDS)
    assert "Sudah diserahkan" in page.answer.text
    page.send(page.form(action="/diserahkan/"))
    again = fill(form, words=people.WORDS)
    assert (again.url, "Sudah diserahkan" in again.answer.text) == (page.url, False)


# ---- once ----


def test_sent_twice_is_one_report(story, mira):
    form = see(mira, DOOR)
    first, second = fill(form, words=people.WORDS, **POINT), fill(form, words=people.WORDS, **POINT)
    assert (first.url, Report.objects.count()) == (second.url, 1)
    changed = fill(form, words="Lampu jalan mati", **POINT)
    assert (changed.status, Report.objects.count()) == (409, 1)
    assert number_of(first) in changed.text
    assert dict(changed.form("words").fields)["words"] == "Lampu jalan mati"
    assert changed.send(changed.form("words")).status == 200
    assert Report.objects.count() == 2


def test_the_number_of_another_form_is_taken_from_nobody(story, mira):
    """A bare form id, known from elsewhere: another partner's, a citizen's."""
    people.partner("nadia")
    theirs = uuid4()
    said = people.submission(at=timezone.now(), uuid=theirs, external_id=str(theirs))
    from tanggap import door

    citizen = door.take([said], timezone.now())[0]
    numbers = {citizen.number}
    for name in ("nadia", "mira"):
        browser = logged_in(story, name)
        page = see(browser, DOOR)
        numbers.add(
            number_of(page.send(page.form("words"), words=f"Jalan rusak, kata {name}", draft=str(theirs)))
        )
    assert (len(numbers), Report.objects.count()) == (3, 3)


# ---- the quota ----


def test_the_quota_ends_in_a_sentence_and_keeps_what_was_typed(story, mira):
    for number in range(3):
        assert file(mira, f"Jalan rusak nomor {number}, lubang", **POINT).status == 200
    form = see(mira, DOOR)
    assert "Kuota hari ini, 3 laporan, sudah terpakai." in form.text
    page = fill(form, files=[GOOD], **CANARY | CITIZEN | POINT)
    assert (page.status, Report.objects.count(), Inbound.objects.count()) == (429, 3, 3)
    assert "Kuota hari ini, 3 laporan, sudah terpakai." in page.text
    assert "belum terkirim" in page.text
    kept = dict(page.form("words").fields)
    assert {name: kept[name] for name in (*CANARY, *CITIZEN, *POINT)} == CANARY | CITIZEN | POINT
    assert "photos_staged" in kept
    # tomorrow this very form is taken, with its photo
    day_before = timezone.now() - timedelta(days=1)
    Report.objects.update(said_at=day_before)
    assert page.send(page.form("words")).status == 200
    assert (Report.objects.count(), Upload.objects.filter(report=Report.objects.latest("id")).count()) == (
        4,
        1,
    )


def test_a_repeat_of_a_stored_form_never_meets_the_quota(story, mira):
    form = see(mira, DOOR)
    first = fill(form, words=people.WORDS)
    for number in range(2):
        file(mira, f"Lampu jalan mati nomor {number}")
    assert file(mira, "Satu lagi").status == 429
    assert fill(form, words=people.WORDS).url == first.url


def test_eight_forms_at_the_same_moment_take_the_last_places_once(story, cast, mira):
    forms = [see(mira, DOOR) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(
            pool.map(lambda pair: fill(pair[1], words=f"Jalan rusak {pair[0]}").status, enumerate(forms))
        )
    assert statuses == [200] * 3 + [429] * 5
    assert (Report.objects.count(), Inbound.objects.count()) == (3, 3)
    assert sorted(Report.objects.values_list("number", flat=True))[-1].endswith("0003")


def test_a_smaller_quota_holds_from_the_next_form_on(story, cast, mira):
    file(mira)
    deeds.change(partner(), name="Ketua RT 05 Mawar", kind="rt_rw", quota=1, area=None, contact="", by=cast.joko,
                 now=timezone.now(), reason="Terlalu banyak laporan")  # fmt: skip
    assert file(mira, "Satu lagi").status == 429


# ---- ended ----


def test_access_ends_with_the_membership_at_the_next_request(story, cast, mira):
    assert see(mira, "/mitra/").status == 200
    row = Membership.objects.get(officer__username="mira")
    actions.end_role(row, by=cast.joko, now=timezone.now(), reason="Masa jabatan berakhir")
    for path in ("/mitra/", DOOR):
        assert see(mira, path).url.startswith(f"{story.url}/masuk/")
    assert log_in(story.browser(), "mira", people.PASSWORD).url == f"{story.url}/akun/"


def test_a_membership_that_runs_out_closes_the_door_by_itself(story, mira):
    form = see(mira, DOOR)
    Membership.objects.filter(officer__username="mira").update(valid_to=local_day(timezone.now()))
    assert see(mira, "/mitra/").status == 404
    assert (fill(form, words=people.WORDS).status, Report.objects.count()) == (404, 0)


def test_a_partnership_that_ended_lets_nobody_in_until_it_begins_again(story, cast, mira):
    common = {"by": cast.joko, "now": timezone.now()}
    deeds.end(partner(), reason="Laporan palsu", **common)
    assert see(mira, "/mitra/").url.startswith(f"{story.url}/masuk/")
    again = story.browser()
    assert log_in(again, "mira", people.PASSWORD).url == f"{story.url}/akun/"
    for path in ("/mitra/", DOOR, "/petugas/", "/petugas/papan/"):
        assert see(again, path).status == 404
    deeds.begin_again(partner(), reason="Sudah dijelaskan", **common)
    assert see(logged_in(story, "mira"), DOOR).status == 200


# ---- attacks ----


def test_whatever_is_sent_comes_back_with_a_sentence(story, mira):
    for values, sentence in (
        ({"words": "x" * 10_001}, "10.001"),
        ({"words": "  "}, "tambahkan foto"),
        ({"words": "x" * 2_000_000}, "dapat"),
        ({"contact": "0812", "consent": "on"}, "0812-3456-7890"),
        ({"name": "Ani"}, "tanpa persetujuan"),
        ({"lat": "NaN", "lon": "x"}, "Titik"),
        ({"category": "' OR 1=1"}, "jenis"),
    ):
        page = file(mira, **{"words": people.WORDS} | values)
        assert page.status == 422, values
        assert sentence.lower() in page.text.lower(), (sentence, page.text[:1500])
        kept = dict(page.form("words").fields)
        for name in ("contact", "name"):
            assert kept.get(name, "") == values.get(name, ""), name
        assert page.form("words").named >= {"draft", "place"}
    assert Report.objects.count() == 0


def test_bad_photos_are_named_and_good_ones_stay(story, mira):
    page = file(mira, files=[GOOD, ("photos", ("besar.png", huge_png(), "image/png")),
                             ("photos", ("x.svg", b"<svg onload=alert(1)>", "image/svg+xml"))])  # fmt: skip
    assert page.status == 422
    for name in ("besar.png", "x.svg"):
        assert name in page.text
    assert page.send(page.form("words")).status == 200
    assert Upload.objects.filter(report=Report.objects.get()).count() == 1


def test_fields_that_are_not_asked_for_change_nothing(story, cast, mira):
    people.partner("nadia")
    other = Partner.objects.get(agency__code="sahabat-jalan")
    page = see(mira, DOOR)
    form = page.form("words")
    form.named |= {"partner", "keyed_by", "channel", "account", "status", "api_key"}
    page.send(form, words=people.WORDS, partner=str(other.pk), keyed_by=str(cast.officer("budi").id), channel="loket",
              account="web", status="CLOSED", api_key="1")  # fmt: skip
    row = Report.objects.select_related("partner__agency", "channel", "case").get()
    assert (row.partner.agency.code, row.keyed_by.username, row.channel.code, row.api_key, row.case.status) == (
        "rt-05-mawar", "mira", "mitra", None, "NEW",
    )  # fmt: skip


def test_odd_words_and_numbers_open_nothing(story, mira):
    number = number_of(file(mira, "Jalan rusak \x00 <script>alert(1)</script> 😀 \u202e"))
    for odd in ("%00", "' OR 1=1 --", "x" * 5000, "..%2f", number[:-1] + "%25"):
        assert see(mira, f"/mitra/terkirim/{odd}/").status == 404
    assert see(mira, f"/mitra/?sesudah={'9' * 40}").status == 200
    assert see(mira, "/mitra/?sesudah=-1").status == 200
    assert "<script>alert" not in see(mira, "/mitra/").answer.text
