"""Pure rules: the table of steps, clocks, masks, words of danger, public words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap import workflow
from tanggap.models import Promise
from tanggap.sla.clocks import due, ruling, warn_at
from tanggap.triage.redact import MARK, redact, title

START = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


# ---- the table ----


def test_names_and_verbs_are_said_once():
    assert len(workflow.BY_NAME) == len(workflow.BY_VERB) == len(workflow.STEPS)


def test_every_open_status_leads_on():
    for status in workflow.OPEN:
        assert [
            step.name for step in workflow.STEPS if status in step.sources and step.to not in (None, status)
        ], status


@pytest.mark.parametrize("relation", [workflow.AUDITOR, workflow.PARENT, workflow.EARLIER])
def test_those_who_only_read_move_nothing(relation):
    for status in workflow.Status:
        for name in workflow.steps_for(status, {relation}):
            assert workflow.BY_NAME[name].to is None
            assert name in ("open_photo", "reveal")


def test_only_a_reviewer_closes_what_was_submitted():
    leaving = [step for step in workflow.STEPS if workflow.AWAITING_REVIEW in step.sources and step.to]
    assert {relation for step in leaving for relation in step.by} == {workflow.REVIEWER}


def test_the_reporter_speaks_only_the_last_words():
    assert sorted(workflow.steps_for(workflow.CLOSED, {workflow.REPORTER})) == [
        "answer",
        "appeal",
        "confirm",
        "contest",
    ]


@pytest.mark.parametrize(
    ("status", "kind", "more", "word"),
    [
        ("NEW", "", {}, "waiting"),
        ("ASSIGNED", "route", {}, "waiting"),
        ("ASSIGNED", "refer", {}, "coordination"),
        ("ASSIGNED", "delegate", {}, "disposition"),
        ("ASSIGNED", "refer", {"waiting_for": "reporter"}, "asked"),
        ("IN_PROGRESS", "delegate", {}, "process"),
        ("IN_PROGRESS", "delegate", {"estimated": True}, "estimated"),
        ("IN_PROGRESS", "delegate", {"sent_back": True}, "sent_back"),
        ("AWAITING_REVIEW", "delegate", {}, "validation"),
        ("CLOSED", "", {"confirmation": "silent"}, "done"),
        ("CLOSED", "", {"confirmation": "confirmed"}, "confirmed"),
        ("CLOSED", "", {"confirmation": "contested"}, "contested"),
        ("CLOSED", "", {"rejected": True}, "rejected"),
        ("JOINED", "", {}, "merged"),
    ],
)
def test_the_words_jakarta_knows(status, kind, more, word):
    assert workflow.public_word(status, kind, **more) == word


# ---- clocks ----


def promise(**more) -> Promise:
    values = {
        "step": "resolution",
        "amount": 7,
        "unit": "days",
        "calendar": "clock",
        "valid_from": date(2019, 1, 1),
    }
    return Promise(**{**values, **more})


def test_the_rule_that_held_on_the_day_rules():
    old, new = promise(valid_to=date(2025, 5, 1)), promise(amount=6, valid_from=date(2025, 5, 1))
    assert ruling([old, new], "resolution", date(2025, 4, 30), None, "web") is old
    assert ruling([old, new], "resolution", date(2025, 5, 1), None, "web") is new
    assert ruling([old, new], "resolution", date(2018, 1, 1), None, "web") is None


def test_a_category_goes_before_a_channel_and_both_before_all():
    general, channel, category = promise(), promise(channel="loket"), promise(category_id=5)
    assert ruling([general, channel, category], "resolution", date(2026, 1, 1), 5, "loket") is category
    assert ruling([general, channel, category], "resolution", date(2026, 1, 1), 6, "loket") is channel
    assert ruling([general, channel, category], "resolution", date(2026, 1, 1), 6, "web") is general


def test_working_hours_skip_the_night_and_the_weekend():
    friday = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)  # 15.00 in Jakarta, an hour before the office closes
    monday = datetime(2026, 11, 30, 5, 30, tzinfo=UTC)  # 12.30: five hours into Monday
    assert due(promise(amount=6, unit="hours", calendar="working"), friday, "Asia/Jakarta") == monday


def test_clock_hours_run_day_and_night():
    assert due(promise(amount=24, unit="hours"), START, "Asia/Jakarta") == START + timedelta(hours=24)


@given(st.integers(1, 60 * 24 * 60))
def test_a_warning_comes_before_the_promise_and_never_more_than_four_hours(minutes):
    promised = START + timedelta(minutes=minutes)
    assert START < warn_at(START, promised) < promised
    assert promised - warn_at(START, promised) <= timedelta(hours=4)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)), st.integers(1, 40))
def test_a_longer_promise_is_never_due_earlier(start, amount):
    start = start.replace(tzinfo=UTC)
    one = due(promise(amount=amount, unit="hours", calendar="working"), start, "Asia/Jakarta")
    other = due(promise(amount=amount + 1, unit="hours", calendar="working"), start, "Asia/Jakarta")
    assert start < one < other


# ---- masks ----


@pytest.mark.parametrize(
    ("words", "masked"),
    [
        ("Hubungi 0812-3456-7890 ya", "Hubungi ⟦phone⟧ ya"),
        ("wa +62 812 3456 7890", "wa ⟦phone⟧"),
        ("wa 6281234567890.", "wa ⟦phone⟧."),
        ("surel ani.b+x@contoh.co.id", "surel ⟦email⟧"),
        ("NIK saya 3174012345670001", "NIK saya ⟦nik⟧"),
        ("mobil B 1234 XYZ parkir", "mobil ⟦plate⟧ parkir"),
        ("telepon kantor (021) 345-6789", "telepon kantor ⟦phone⟧"),
        ("IDPEL 512345678901 mati lampu", "⟦account⟧mati lampu"),
        ("nama saya Siti Aminah, rumah", "nama saya ⟦name⟧, rumah"),
        ("laporan JK2611240012 belum beres", "laporan JK2611240012 belum beres"),
        ("Jl. Tebet Timur IV No. 7, RT 04/05", "Jl. Tebet Timur IV No. 7, RT 04/05"),
        ("sejak tahun 2019 sampai 2026", "sejak tahun 2019 sampai 2026"),
    ],
)
def test_personal_data_becomes_a_mark_and_the_rest_stays(words, masked):
    assert redact(words)[0] == masked


@given(st.text(max_size=300))
def test_masking_twice_is_masking_once(words):
    once = redact(words)[0]
    assert redact(once)[0] == once


def test_a_title_is_the_first_sentence_and_never_long():
    assert title("Jalan rusak. Tolong cepat.") == "Jalan rusak"
    assert len(title("kata " * 100)) <= 91
    assert MARK.format("phone") == "⟦phone⟧"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Selamat siang min. Lampu jalan mati sejak Senin.", "Lampu jalan mati sejak Senin"),
        ("Assalamualaikum, mohon dibantu, got mampet di depan rumah", "Got mampet di depan rumah"),
        ("Yth. Bapak Lurah, sampah menumpuk. Terima kasih", "Sampah menumpuk"),
        ("Coretan di tembok Jl. Melati I. Sudah lama.", "Coretan di tembok Jl. Melati I"),
        ("TUMPUKAN SAMPAH BELUM DIANGKUT", "Tumpukan sampah belum diangkut"),
        ("Minta pengasapan di RW 03", "Minta pengasapan di RW 03"),
        ("Tolong pangkas pohon ini", "Tolong pangkas pohon ini"),
        ("Halo", "Halo"),
        ("", ""),
    ],
)
def test_a_title_says_what_it_is_about_not_good_day(words, shown):
    assert title(words) == shown
