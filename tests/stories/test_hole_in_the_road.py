"""A hole in the road: from a citizen's form to the citizen's own word, each step by a person with a browser."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image

from tanggap import access
from tanggap.models import Case, Letter, Report
from tests import cast as people
from tests.page import Form, Page, log_in, see

WORDS = "Jalan rusak, lubang besar di depan pasar. Kemarin motor tetangga jatuh, hubungi 0812-3456-7890."


@pytest.fixture
def cast(story):
    return people.assemble()


def photo() -> bytes:
    held = BytesIO()
    Image.effect_noise((320, 240), 60).convert("RGB").save(held, "JPEG")
    return held.getvalue()


def officer(story, name: str):
    browser = story.browser()
    assert log_in(browser, name, people.PASSWORD).status == 200
    return browser


def step(story, browser, case: Case, name: str, files: list | None = None, **values: object) -> Page:
    """Open the page of a deed, fill it in, send it, let the worker react."""
    page = see(browser, f"/petugas/langkah/{case.number}/{name}/")
    assert page.status == 200, page.text[:300]
    sent = page.send(page.form("version", action=f"/{name}/"), files=files, **values)
    assert sent.status == 200, sent.text[:400]
    story.work()
    case.refresh_from_db()
    return sent


def accept(story, case: Case) -> None:
    """Dewi looks at the two pictures and accepts."""
    dewi = officer(story, "dewi")
    review = see(dewi, f"/petugas/periksa/{case.number}/")
    form = next(form for form in review.reader.forms if any(button[1] == "close" for button in form.buttons))
    review.send(form, button=form.buttons[0][2])
    story.work()
    case.refresh_from_db()


def saying(page: Page, word: str) -> Form:
    """The form by which the citizen says this."""
    return next(form for form in page.reader.forms if ("say", word) in form.fields)


def report_a_hole(story) -> tuple[object, Report, Page]:
    ani = story.browser()
    form_page = see(ani, "/lapor/")
    sent = form_page.send(
        form_page.form("words", "visibility"), words=WORDS, lat="-1.99", lon="118.01", place="Depan pasar",
        visibility="private", contact="0812-3456-7890",
        files=[("photos", ("lubang.jpg", photo(), "image/jpeg"))],
    )  # fmt: skip
    row = Report.objects.get()
    assert sent.status == 200
    assert row.number in sent.text
    return ani, row, sent


def test_from_the_form_to_the_citizens_confirmation(story, cast):
    ani, row, _ = report_a_hole(story)
    story.work()
    case = Case.objects.get()
    assert case.holder.code == "kel-m1.a.1"

    track = see(ani, f"/lacak/{row.number}/")
    assert "Kelurahan Mawar" in track.text
    budi = officer(story, "budi")
    inbox = see(budi, "/petugas/")
    assert "Jalan rusak, lubang besar di depan pasar" in inbox.text
    assert "0812" not in see(budi, f"/petugas/kasus/{case.number}/").answer.text

    step(story, budi, case, "refer", to="dinas-jalan")
    step(story, officer(story, "citra"), case, "delegate", to="cabang-jalan-a")
    fajar = officer(story, "fajar")
    step(story, fajar, case, "start")
    assert "Cabang Dinas Jalan Bunga" in see(ani, f"/lacak/{row.number}/").text
    step(story, fajar, case, "submit", resolution="fixed", said="Sudah kami tambal dengan aspal panas.",
         files=[("photos", ("tambal.jpg", photo(), "image/jpeg"))])  # fmt: skip
    assert case.status == "AWAITING_REVIEW"

    accept(story, case)
    assert (case.status, case.confirmation) == ("CLOSED", "pending")

    asked = see(ani, f"/lacak/{row.number}/beres/")
    asked.send(saying(asked, "yes"))
    story.work()
    row.refresh_from_db()
    case.refresh_from_db()
    assert (row.confirmation, case.confirmation) == ("confirmed", "confirmed")
    codes = list(Letter.objects.filter(report=row).order_by("id").values_list("code", flat=True))
    assert codes == ["arrived", "passed_on", "delegated", "started", "checked", "done"]
    assert "Dikonfirmasi warga" in see(ani, f"/lacak/{row.number}/").text


def test_the_number_alone_of_a_private_report_tells_no_words(story, cast):
    _, row, _ = report_a_hole(story)
    story.work()
    stranger = see(story.browser(), f"/lacak/{row.number}/")
    assert stranger.status == 200
    assert "Kelurahan Mawar" in stranger.text
    for word in ("lubang", "pasar", "tetangga", "0812"):
        assert word not in stranger.text


def test_the_secret_link_opens_it_anywhere_and_a_wrong_one_does_not(story, cast):
    _, row, _ = report_a_hole(story)
    story.work()
    elsewhere = story.browser()
    assert "lubang besar" in see(elsewhere, f"/l/{row.number}/{access.secret_of(row)}/").text
    wrong = see(story.browser(), f"/l/{row.number}/aaaaaaaaaaaaaaaa/")
    assert "lubang" not in wrong.text


def test_another_agency_finds_nothing(story, cast):
    _, row, _ = report_a_hole(story)
    story.work()
    eko = officer(story, "eko")
    assert see(eko, f"/petugas/kasus/{row.number}/").status == 404
    found = see(eko, f"/petugas/cari/?q={row.number}")
    assert f"/petugas/kasus/{row.number}/" not in found.answer.text
    assert "lubang besar" not in see(eko, "/petugas/").text


def test_the_citizen_says_no_and_it_opens_again(story, cast):
    ani, row, _ = report_a_hole(story)
    story.work()
    case = Case.objects.get()
    now = timezone.now()
    from tanggap.followup import actions as followup
    from tanggap.models import Resolution

    followup.start(case.id, by=cast.budi, now=now)
    fixed = Resolution.objects.get(code="fixed")
    followup.submit(case.id, by=cast.budi, now=now + timedelta(seconds=1), resolution=fixed,
                    words="Sudah ditambal, katanya.", photos=[people.photo(now).uuid])  # fmt: skip
    followup.close(case.id, by=cast.dewi, now=now + timedelta(seconds=2))
    story.work(now + timedelta(seconds=3))
    asked = see(ani, f"/lacak/{row.number}/beres/")
    asked.send(saying(asked, "not_yet"))
    story.work(timezone.now() + timedelta(seconds=5))
    case.refresh_from_db()
    assert (case.status, case.holder.code, case.reopened) == ("ASSIGNED", "kel-m1.a.1", 1)
