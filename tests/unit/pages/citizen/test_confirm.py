"""Is it fixed? Yes, not yet, appeal: each once, each only where the rules have it."""

import io

import pytest
from PIL import Image

from tanggap.models import Case, Event, Report, Task
from tests.unit.pages.conftest import flow, people


@pytest.fixture
def closed(chain):
    return chain("close")


def say(client, row, word, **more):
    return client.post(f"/lacak/{row.number}/beres/", {"say": word, **more})


def now_is(row) -> Report:
    return Report.objects.select_related("case").get(pk=row.pk)


def test_two_pictures_two_buttons_and_how_silence_counts(closed, holds, words):
    page = words(holds(closed).get(f"/lacak/{closed.number}/beres/"))
    for said in ("Ya, sudah beres", "Belum", "Buka lagi kasusnya", "selesai tanpa konfirmasi", "3 hari"):
        assert said in page


def test_yes_with_marks_is_the_citizens_word(closed, holds, words):
    answer = say(holds(closed), closed, "yes", stars="4")
    row = now_is(closed)
    assert (answer.status_code, row.confirmation, row.stars, row.case.confirmation) == (
        303,
        "confirmed",
        4,
        "confirmed",
    )
    assert "Anda bilang sudah beres" in words(holds(closed).get(f"/lacak/{closed.number}/beres/"))


def test_yes_needs_no_marks_and_takes_no_wrong_ones(closed, holds):
    assert say(holds(closed), closed, "yes", stars="9").status_code == 422
    assert now_is(closed).confirmation == "pending"
    assert say(holds(closed), closed, "yes").status_code == 303


def test_not_yet_opens_it_again_and_tells_the_officers_why(closed, holds, cast):
    photo = io.BytesIO()
    Image.new("RGB", (64, 64)).save(photo, "JPEG")
    photo.name, _ = "sekarang.jpg", photo.seek(0)
    answer = say(holds(closed), closed, "not_yet", wrong="partly", words="Sisi kiri belum", photos=photo)
    flow.run_inside(people.NOON.replace(day=26))
    row = now_is(closed)
    assert (answer.status_code, row.case.status, row.case.reopened) == (303, "ASSIGNED", 1)
    message = row.messages.get()
    assert message.words == "Baru sebagian. Sisi kiri belum"
    assert message.photos.count() == 1


def test_a_wrong_choice_keeps_what_was_typed(closed, holds, words):
    answer = say(holds(closed), closed, "not_yet", wrong="nonsense", words="Sisi kiri belum")
    assert answer.status_code == 422
    assert "Sisi kiri belum" in answer.content.decode()
    assert now_is(closed).confirmation == "pending"


def test_the_second_time_there_is_the_appeal_and_it_goes_once(closed, holds, words):
    Case.objects.filter(pk=closed.case_id).update(reopened=1)
    client = holds(closed)
    assert say(client, closed, "not_yet", wrong="partly").status_code == 409
    assert say(client, closed, "appeal", words="pendek").status_code == 422
    assert (
        say(client, closed, "appeal", words="Lubangnya masih sama, hanya ditutup tanah.").status_code == 303
    )
    assert Task.objects.filter(kind=Task.APPEAL).count() == 1
    assert say(client, closed, "appeal", words="Sekali lagi saya banding.").status_code == 409


def test_before_the_end_nothing_can_be_said(chain, holds, words):
    row = chain("submit")
    client = holds(row)
    assert "Kami tanya Anda begitu selesai" in words(client.get(f"/lacak/{row.number}/beres/"))
    assert say(client, row, "yes").status_code == 409
    assert not Event.objects.filter(verb="case.confirmed").exists()


def test_a_word_that_is_none_changes_nothing(closed, holds):
    assert say(holds(closed), closed, "maybe").status_code == 422
    assert now_is(closed).confirmation == "pending"
