"""The citizen's form takes what people send, says in a sentence what it can't take, and never loses a word
of it."""

import io
import zipfile

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from tanggap.intake import batch
from tanggap.models import Case, Identity, Inbound, Report, Upload
from tanggap.web import limits
from tests.page import Page, see
from tests.stories.test_once import Stuck

WORDS = "Jalan rusak di depan pasar, lubangnya dalam."


def picture(kind: str = "JPEG", side: int = 64) -> bytes:
    held = io.BytesIO()
    Image.new("RGB", (side, side), "grey").save(held, kind)
    return held.getvalue()


def huge_png() -> bytes:
    """The head of a PNG of 10,000 x 10,000: small to send, terrible to decode."""
    side = (10_000).to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + side + side + b"\x08\x02\0\0\0" + b"\0" * 100


def archive() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a", b"\0" * 1_000_000)
    return held.getvalue()


GOOD = ("photos", ("lubang.jpg", picture(), "image/jpeg"))


def fill(page: Page, files: list | None = None, **values: object) -> Page:
    """Fill the form in as it stands on this page and send it."""
    return page.send(page.form("words", "visibility"), files=files, **values)


def kept(page: Page) -> dict[str, str]:
    return dict(page.form("words", "visibility").fields)


@pytest.fixture
def form(story) -> Page:
    return see(story.browser(), "/lapor/")


# ---- what is taken ----


def test_a_report_needs_no_account_no_name_and_no_script(story, form):
    sent = fill(form, words=WORDS, place="Depan Pasar Mawar", visibility="private")
    row = Report.objects.get()
    assert sent.url.endswith(f"/lapor/terkirim/{row.number}/")
    assert row.number in sent.text
    assert (row.visibility, row.channel.code, row.lat) == ("private", "web", None)
    assert not row.reporter.identities.exists()


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Jalan\x00 rusak\x00 parah", "Jalan rusak parah"),
        ("Jalan rusak \u202eparah", "Jalan rusak parah"),
        (
            "Jalan rusak \ud800 parah".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
            "Jalan rusak",
        ),
        ("{{7*7}} ${7*7} %(x)s {0.__class__}", "{{7*7}} ${7*7} %(x)s {0.__class__}"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
        ("ﷺ" * 300, "ﷺ"),
        ("😀 jalan rusak 🚧", "😀 jalan rusak 🚧"),
        ("x' OR 1=1; --", "x' OR 1=1; --"),
    ],
)
def test_signs_of_every_kind_are_kept_as_words(story, form, words, shown):
    sent = fill(form, words=words)
    assert sent.status == 200
    story.work()
    page = sent.follow("Buka halamannya")
    assert shown in page.text
    assert "<img src=x" not in page.answer.text


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("0", "0"), ("118.01", "-1.99"), ("-6.2", "106.8"), ("-2.0000000000000000000001", "118"), ("-1.5", "117.5"),
     ("89.9", "-179.9"), ("-1.99", "118.0100000000000000000000")],
)  # fmt: skip
def test_no_place_on_earth_is_refused(story, form, lat, lon):
    sent = fill(form, words=WORDS, lat=lat, lon=lon)
    assert sent.status == 200
    story.work()
    assert Report.objects.get().number in sent.text


def test_a_place_outside_the_city_is_stored_and_says_who_is_in_charge(story, form):
    sent = fill(form, words=WORDS, lat="-2.2", lon="118.0")
    assert "Yang berwenang Kota Kamboja: 021" in sent.text
    assert Case.objects.get().outside == "Kota Kamboja"


def test_fields_nobody_asked_for_change_nothing(story, form):
    token = dict(form.form("words").fields)
    form.browser.post(
        "/lapor/", headers={"Referer": form.url},
        data=token | {"words": WORDS, "status": "CLOSED", "holder": "1", "is_staff": "1", "reporter_id": "7",
                      "urgency": "2", "number": "KM2601010001"},
    )  # fmt: skip
    case = Case.objects.get()
    assert (case.status, case.holder_id, case.urgency) == ("NEW", None, 0)


def test_a_contact_is_normalised_and_sealed(story, form):
    fill(form, words=WORDS, contact=" 0812 3456-7890 ")
    row = Identity.objects.get()
    assert row.channel == "phone"
    assert b"81234567890" not in bytes(row.sealed)


def test_a_secret_kind_is_secret_whatever_was_ticked(story, form):
    sent = fill(form, words="Petugas minta pungli", other="pungutan", visibility="public")
    row = Report.objects.get()
    assert row.visibility == "secret"
    assert row.number in sent.text
    assert see(story.browser(), f"/lacak/{row.number}/").status == 404


# ---- what is said at a field ----


@pytest.mark.parametrize(
    ("lat", "lon"),
    [("NaN", "118"), ("-1.99", "Infinity"), ("1e999", "118"), ("-1.99", ""), ("", "118"), ("x", "y"), ("91", "181"),
     ("-1.99", "118" * 500)],
)  # fmt: skip
def test_a_point_that_is_none_is_said_at_its_field_and_goes_away(story, form, lat, lon):
    page = fill(form, words=WORDS, place="Depan pasar", lat=lat, lon=lon)
    assert page.status == 422
    assert "Titik itu tidak terbaca" in page.text
    assert (kept(page)["words"], kept(page)["place"], kept(page)["lat"]) == (WORDS, "Depan pasar", "")
    assert fill(page).status == 200
    assert Report.objects.count() == 1


def test_100_kilobytes_of_words_come_back_whole_with_a_sentence(story, form):
    words = "Jalan rusak sekali. " * 5000
    page = fill(form, words=words, place="Depan pasar")
    assert page.status == 422
    assert "paling banyak muat 10.000" in page.text
    assert kept(page)["words"] == words.strip()
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"words": ""}, "Ceritakan sedikit, atau tambahkan foto."),
        ({"other": "no-such-kind"}, "Jenis ini tidak kami kenal."),
        ({"visibility": "everybody"}, "Pilih siapa yang boleh melihat."),
        ({"contact": "0812"}, "Angkanya kurang. Contohnya 0812-3456-7890."),
        ({"contact": "0812-3456-7890-1234-5678"}, "Angkanya kebanyakan."),
        ({"contact": "warung bu ani"}, "Ini bukan nomor HP dan bukan surel."),
        ({"contact": "ani@"}, "Alamat surel ini belum lengkap."),
        ({"place": "x" * 301}, "paling banyak muat 300"),
    ],
)
def test_each_field_says_what_to_do_and_keeps_what_was_typed(story, form, values, sentence):
    typed = {"words": WORDS, "place": "Depan pasar", "contact": "0812-3456-7890"} | values
    page = fill(form, **typed)
    assert page.status == 422
    assert sentence in page.text
    after = kept(page)
    assert {name: after[name] for name in ("words", "place", "contact")} == {
        name: typed[name] for name in ("words", "place", "contact")
    }
    assert Report.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("catatan.txt", b"bukan foto", "catatan.txt bukan foto yang bisa kami baca"),
        ("peta.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "peta.png bukan foto"),
        ("besar.png", huge_png(), "besar.png lebih dari 50 juta piksel"),
        ("kosong.jpg", b"", "kosong.jpg kosong"),
        ("bom.zip", archive(), "bom.zip bukan foto"),
        ("jahat.jpg", b"%!PS-Adobe-3.0\n(%pipe%id) (w) file", "jahat.jpg bukan foto"),
        ("potong.jpg", picture()[:20], "potong.jpg bukan foto"),
    ],
)
def test_a_bad_file_is_named_and_the_good_photo_stays(story, form, name, data, sentence):
    page = fill(form, words=WORDS, files=[GOOD, ("photos", (name, data, "image/png"))])
    assert page.status == 422
    assert sentence in page.text
    assert kept(page)["words"] == WORDS
    sent = fill(page)
    assert sent.status == 200
    assert Report.objects.get().photos.count() == 1


def test_a_kept_photo_can_be_looked_at_by_its_own_form_only_and_left_out(story, form):
    page = fill(form, words="", place="x" * 301, files=[GOOD])
    token = kept(page)["photos_staged"]
    row = Upload.objects.get()
    address = f"/lapor/foto/{row.draft}/{row.uuid}/"
    shown = story.browser().get(address, params={"t": token})
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")
    assert (shown.headers["x-content-type-options"], shown.headers["cache-control"]) == (
        "nosniff",
        "no-store, private",
    )
    assert story.browser().get(address).status_code == 404
    assert story.browser().get(address, params={"t": token[:-2] + "xx"}).status_code == 404
    fill(page, words=WORDS, place="", photos_drop=token)
    assert Report.objects.get().photos.count() == 0
    assert Upload.objects.count() == 0


def test_at_most_four_photos(story, form):
    page = fill(form, words=WORDS, files=[GOOD] * 5)
    assert page.status == 422
    assert "Paling banyak 4 foto" in page.text
    fill(page)
    assert Report.objects.get().photos.count() == 4


def test_a_photo_alone_is_a_report(story, form):
    assert fill(form, files=[GOOD]).status == 200
    assert Report.objects.get().photos.count() == 1


def test_a_heic_and_a_gif_are_taken(story, form):
    heif = io.BytesIO()
    import pillow_heif

    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "grey")).save(heif)
    files = [
        ("photos", ("a.heic", heif.getvalue(), "image/heic")),
        ("photos", ("b.gif", picture("GIF"), "image/gif")),
    ]
    assert fill(form, words=WORDS, files=files).status == 200
    story.work()
    assert sorted(Upload.objects.values_list("kind", "state")) == [("gif", "ready"), ("heic", "ready")]


# ---- sent twice, too often, at a bad moment ----


def test_the_same_form_sent_again_shows_the_same_number(story, form):
    first = fill(form, words=WORDS, files=[GOOD])
    again = fill(form, words=WORDS, files=[GOOD])
    assert first.url == again.url
    assert (Report.objects.count(), Inbound.objects.count()) == (1, 1)


def test_a_changed_form_names_the_first_and_offers_a_new_report(story, form):
    fill(form, words=WORDS)
    first = Report.objects.get().number
    page = fill(form, words="Lampu jalan mati di gang sebelah.", place="Gang sebelah")
    assert page.status == 409
    assert f"Formulir ini sudah pernah terkirim. Nomornya {first}" in page.text
    assert (kept(page)["words"], kept(page)["place"]) == ("Lampu jalan mati di gang sebelah.", "Gang sebelah")
    sent = page.send(page.form("words", "visibility"), button="Kirim sebagai laporan baru")
    assert sent.status == 200
    assert Report.objects.count() == 2


def test_whoever_holds_no_token_of_ours_learns_nothing_of_another_form(story, form):
    fill(form, words=WORDS)
    row = Report.objects.get()
    stranger = see(story.browser(), "/lapor/")
    page = fill(stranger, words="Lain sekali", draft=str(row.uuid))
    assert page.status == 409
    assert row.number not in page.text
    assert see(page.browser, f"/lapor/terkirim/{row.number}/").url.endswith(f"/lacak/{row.number}/")


def test_a_damaged_token_costs_nobody_the_report(story, form):
    assert fill(form, words=WORDS, draft="rusak").status == 200
    assert Report.objects.count() == 1


def test_when_the_queue_is_full_nothing_is_promised_and_nothing_typed_is_lost(story, form, monkeypatch):
    monkeypatch.setattr(batch, "_committer", Stuck())
    page = fill(form, words=WORDS, contact="0812-3456-7890", files=[GOOD])
    assert (page.status, page.answer.headers["retry-after"]) == (503, "15")
    assert "tulisan Anda tidak hilang" in page.text
    assert (kept(page)["words"], kept(page)["contact"]) == (WORDS, "0812-3456-7890")
    monkeypatch.setattr(batch, "_committer", None)
    assert fill(page).status == 200
    assert Report.objects.get().photos.count() == 1


def test_while_the_database_is_away_the_words_stay_on_the_page(story, form, monkeypatch):
    def gone(*args: object, **more: object) -> bool:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(limits.limit, "allow", gone)
    page = fill(form, words=WORDS)
    assert page.status == 503
    assert kept(page)["words"] == WORDS


def test_more_reports_than_an_address_may_send_are_told_politely(story, form, settings):
    settings.REPORTS_PER_HOUR = 2
    browser = story.browser()
    for _ in range(2):
        assert fill(see(browser, "/lapor/"), words=WORDS).status == 200
    page = fill(see(browser, "/lapor/"), words="Yang ketiga", place="Depan pasar")
    assert page.status == 429
    assert 0 < int(page.answer.headers["retry-after"]) <= 3600
    assert (kept(page)["words"], kept(page)["place"]) == ("Yang ketiga", "Depan pasar")
    assert Report.objects.count() == 2


def test_a_forged_forwarded_address_does_not_lift_the_limit(story, settings):
    settings.REPORTS_PER_HOUR = 1
    for number in range(2):
        browser = story.browser(
            headers={"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.0.{number}"}
        )
        page = fill(see(browser, "/lapor/"), words=WORDS)
    assert page.status == 429


def test_a_form_without_our_token_is_refused(story, form):
    answer = story.browser().post("/lapor/", data={"words": WORDS})
    assert answer.status_code == 403
    assert Report.objects.count() == 0


# ---- danger ----


def test_a_word_of_danger_shows_the_number_on_every_page_that_follows(story, form):
    page = fill(form, words="Ada kebakaran di pasar", contact="0812")
    assert "Ada yang terancam? Telepon 911 sekarang." in page.text
    sent = fill(page, contact="")
    assert "Telepon 911" in sent.text
    assert Case.objects.get().emergency is True


def test_the_script_reads_the_same_lists(story):
    lists = story.browser().get("/lapor/kata-darurat.json").json()
    assert lists == {"words": ["kebakaran", "on fire"], "false_friends": ["pemadam kebakaran"]}


# ---- how much it costs ----


def test_outside_the_intake_a_report_costs_two_statements(story):
    """The limit and the wake-up; the committer's own connection does the rest."""
    client = Client()
    page = client.get("/lapor/")
    token = page.content.decode().split('name="draft" value="')[1].split('"')[0]
    with CaptureQueriesContext(connection) as seen:
        sent = client.post("/lapor/", {"draft": token, "words": WORDS, "visibility": "private"})
    assert sent.status_code == 303
    assert len([query for query in seen if "django_cache" not in query["sql"]]) <= 2
