"""What is said where all can read: a report of its own, answered in private, once, and never with anything in public.

On a Facebook page, through the webhook, against the small Graph API; WhatsApp's and the page's repeats beside it.
"""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tanggap.channels import registry
from tanggap.intake import fetch
from tanggap.models import Case, ChannelState, Identity, Inbound, Job, Letter, Message, Report, Task, Upload
from tanggap.work import lines
from tests import cast as people
from tests.app311 import picture
from tests.world import graph_says as says
from tests.world.graph import Graph

ANI, BUDI = "7000000000000001", "7000000000000002"
POST = f"{says.PAGE}_900"
WORDS = "Lampu jalan mati di Kelurahan Mawar depan pasar, gelap sekali"


@pytest.fixture
def cast(story):
    return people.assemble()


@pytest.fixture
def page(story, cast, monkeypatch):
    with set_up(story, monkeypatch, "fb", "facebook") as graph:
        yield graph


@pytest.fixture
def phone(story, cast, monkeypatch):
    with set_up(story, monkeypatch, "wa", "whatsapp") as graph:
        yield graph


@contextmanager
def set_up(story, monkeypatch, code, kind):
    with Graph() as graph:
        graph.hook = f"{story.url}/hooks/{code}/"
        for name, value in graph.settings(kind).items():
            monkeypatch.setenv(registry.variable(code, name), value)
        yield graph


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def comment(page, word, words=WORDS, by=ANI, **more):
    page.words.setdefault(word, datetime.now(UTC))
    return page.tell("facebook", says.comment(now(), word, words, by=by, **more))


def work(story, **later):
    story.work(datetime.now(UTC) + timedelta(seconds=5, **later))


def test_a_comment_is_a_report_and_its_number_comes_in_private(story, page):
    assert comment(page, "900_1") == [200]
    work(story)
    report, letter = Report.objects.get(), Letter.objects.get(code="received")
    (taken,) = page.sent
    assert (report.open_talk, letter.state, letter.external_id) == (True, "sent", taken["id"])
    assert (taken["said"]["recipient"], report.number in taken["said"]["message"]["text"]) == (
        {"comment_id": "900_1"},
        True,
    )
    assert page.said == []


def test_each_citizen_below_one_post_has_a_report_of_their_own(story, page):
    comment(page, "900_1")
    comment(page, "900_2", by=BUDI, parent_id="900_1")
    work(story)
    told = {one["said"]["recipient"]["comment_id"]: one["said"]["message"]["text"] for one in page.sent}
    numbers = {row.inbound.external_id: row.number for row in Report.objects.select_related("inbound")}
    assert sorted(told) == sorted(numbers) == ["900_1", "900_2"]
    assert [word for word, number in numbers.items() if number not in told[word]] == []


def test_a_second_letter_has_no_private_way_and_says_nothing_in_public(story, page):
    """C08: the comment had its one private reply; the answer waits on the page."""
    comment(page, "900_1", "Lampu jalan mati, gelap sekali. NIK saya 3175012345678901")
    work(story)
    report = Report.objects.get()
    letter = Letter.objects.create(
        code="told", case=report.case, report=report, language="id", subject="Kabar", text="Lampu sudah diganti.",
        at=datetime.now(UTC), due_at=datetime.now(UTC), way="facebook", lane=f"r{report.reporter_id}:x",
    )  # fmt: skip
    work(story)
    letter.refresh_from_db()
    assert (letter.state in ("failed", "on_page", "by_hand"), len(page.sent), page.said) == (True, 1, [])


def test_with_public_replies_one_sentence_that_names_nobody(story, page, monkeypatch):
    """C08"""
    monkeypatch.setenv(registry.variable("fb", "public_replies"), "yes")
    page.answered.add("900_1")
    comment(page, "900_1", "Lampu jalan mati. NIK saya 3175012345678901, nama Ani")
    work(story)
    work(story)
    report = Report.objects.get()
    (said,) = page.said
    found = [one for one in (report.number, "3175012345678901", "Ani", "/l/", ANI) if one in said["message"]]
    assert (found, page.sent) == ([], [])


def test_after_an_answer_in_private_letters_go_there(story, page):
    comment(page, "900_1")
    work(story)
    page.wrote(ANI)
    told = says.direct(now() * 1000, ANI, "m_in1", "Di depan pasar", reply_to={"mid": page.sent[0]["id"]})
    assert page.tell("facebook", told) == [200]
    report = Report.objects.get()
    assert (Message.objects.get().report_id, Message.objects.get().proven) == (report.id, True)
    Letter.objects.create(
        code="told", case=report.case, report=report, language="id", subject="Kabar", text="Lampu sudah diganti.",
        at=datetime.now(UTC), due_at=datetime.now(UTC), way="facebook", lane=f"r{report.reporter_id}:x",
    )  # fmt: skip
    work(story)
    assert page.sent[-1]["said"]["recipient"] == {"id": ANI}


def test_our_own_comment_and_echo_are_never_reports(story, page):
    """C05"""
    comment(page, "900_9", "Terima kasih atas laporannya", by=says.PAGE)
    page.tell("facebook", says.direct(now() * 1000, says.PAGE, "m_OUR", "Laporan diterima", is_echo=True))
    work(story)
    assert (Report.objects.count(), Letter.objects.count(), page.sent) == (0, 0, [])


def test_the_echo_of_a_letter_settles_what_was_unknown(story, page):
    page.fail(status=504, after_work=True)
    comment(page, "900_1")
    work(story)
    letter = Letter.objects.get(code="received")
    assert (letter.state, len(page.sent)) == ("unknown", 1)
    (taken,) = page.sent
    carried = taken["said"]["message"]["metadata"]
    page.tell(
        "facebook", says.direct(now() * 1000, says.PAGE, taken["id"], "x", is_echo=True, metadata=carried)
    )
    work(story, hours=1)
    letter.refresh_from_db()
    assert (letter.state, len(page.sent)) == ("sent", 1)


def test_changed_and_taken_away_words(story, page):
    """C04: what was said stays for the officers, and is public nowhere any more."""
    comment(page, "900_1")
    Report.objects.update(visibility="public")
    Case.objects.update(visibility="public")
    comment(page, "900_1", "Lampu jalan mati di depan sekolah", verb="edited")
    comment(page, "900_1", "", verb="remove")
    report = Report.objects.get()
    assert (Report.objects.count(), Message.objects.filter(edited_at__isnull=False).count()) == (1, 1)
    assert (report.visibility, report.case.visibility) == ("private", "private")


def test_the_poll_repairs_what_the_webhook_lost_and_doubles_nothing(story, page):
    comment(page, "900_1")
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
    listed = [{"id": word, "message": WORDS, "created_time": at, "from": {"id": who, "name": "X"}}
              for word, who in (("900_1", ANI), ("900_2", BUDI))]  # fmt: skip
    page.feed = [{"id": POST, "created_time": at, "message": "Ada keluhan?", "from": {"id": says.PAGE},
                  "comments": {"data": listed}}]  # fmt: skip
    lines.poll_due()
    assert sorted(Inbound.objects.filter(report__isnull=False).values_list("external_id", flat=True)) == [
        "900_1",
        "900_2",
    ]


# ---- the provider's bad days (F26) ----


def test_an_expired_token_is_shown_others_go_on_and_a_new_one_sends_what_waited(story, page, monkeypatch):
    page.token = "EAABARU"
    comment(page, "900_1")
    work(story)
    letter, state = Letter.objects.get(code="received"), ChannelState.objects.get(channel__code="fb")
    assert (letter.state, letter.last_error, state.failing_since is not None) == ("queued", "graph_190", True)
    assert comment(page, "900_2", by=BUDI) == [200]  # hearing goes on
    monkeypatch.setenv(registry.variable("fb", "token"), page.token)
    work(story, hours=1)
    state.refresh_from_db()
    assert {row.state for row in Letter.objects.filter(code="received")} == {"sent"}
    assert (len([one for one in page.sent if one["to"] == "900_1"]), state.failing_since) == (1, None)


def test_a_storm_of_refusals_ends_with_each_letter_sent_once(story, page):
    for place in range(1, 5):
        comment(page, f"900_{place}", by=f"70000000000001{place}")
    page.fail(3, status=503)
    page.fail(2, status=429, headers={"Retry-After": "90"})
    for hours in range(12):
        work(story, hours=hours)
    received = Letter.objects.filter(code="received")
    carried = sorted(one["said"]["message"]["metadata"] for one in page.sent)
    assert ({row.state for row in received}, len(set(carried))) == ({"sent"}, len(carried))
    assert sorted(f"tanggap:{row.id}" for row in received) == carried


# ---- WhatsApp: the same post again and again (C01, F24) ----


def test_the_same_post_five_times_at_once_and_later_is_one_report_and_one_answer(story, phone):
    who = says.person("ID.1349200000000001", "6281200000001")
    phone.wrote("ID.1349200000000001")
    entry = says.text(who, "wamid.in1", now(), WORDS)
    answers: list[list[int]] = []
    crowd = [
        threading.Thread(target=lambda: answers.append(phone.tell("whatsapp", entry, times=1)))
        for _ in range(5)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    work(story)
    answers.append(phone.tell("whatsapp", entry, times=3))
    work(story, hours=1)
    assert {status for told in answers for status in told} == {200}
    received = Letter.objects.filter(code="received")
    assert (Report.objects.count(), received.count()) == (1, 1)
    assert [one["said"]["biz_opaque_callback_data"] for one in phone.sent].count(
        f"tanggap:{received.get().id}"
    ) == 1


def test_states_in_a_drawn_order_end_as_read(story, phone):
    """C03"""
    phone.wrote("ID.1349200000000001")
    phone.tell("whatsapp", says.text(says.person("ID.1349200000000001"), "wamid.in1", now(), WORDS))
    work(story)
    phone.tell("whatsapp", *phone.states("read", "delivered", "sent"), batch=1, shuffle=5)
    assert {row.state for row in Letter.objects.filter(way="whatsapp")} == {"read"}


def test_a_photo_is_fetched_in_two_steps_and_hangs_on_the_report(story, phone):
    data = picture()
    ref = phone.has(data, "image/jpeg", "5501")
    entry = says.message(says.person("ID.1"), "wamid.in1", now(), "image", {**ref, "caption": WORDS})
    assert phone.tell("whatsapp", entry) == [200]
    job = Job.objects.get(kind="fetch")
    fetch.fetch(job, datetime.now(UTC))
    assert Upload.objects.get().report_id == Report.objects.get().id
    assert [call.path for call in phone.asked] == ["/v26.0/5501", "/files/5501"]


def test_a_third_persons_card_and_strange_types_make_nobody_a_reporter(story, phone):
    """C09"""
    who = says.person("ID.1349200000000001")
    card = [{"name": {"formatted_name": "Pak RT"}, "phones": [{"phone": "+62 812-0000-0009"}]}]
    phone.tell("whatsapp", says.text(who, "wamid.in1", now(), WORDS))
    phone.tell("whatsapp", says.message(who, "wamid.in2", now(), "contacts", card))
    phone.tell("whatsapp", says.unsupported(who, "wamid.in3", now()))
    phone.tell("whatsapp", says.message(who, "wamid.in4", now(), "reaction", {"emoji": "x"}))
    assert (Report.objects.count(), Identity.objects.filter(channel="phone").count()) == (1, 0)
    assert Task.objects.filter(kind="unreadable").count() == 1
