"""The line that listens, against an exchange of ours: stored before it is answered; parts in any order; lines that
break (C06, F22, F23)."""

import time

import pytest

from tanggap.channels.base import Account, Delivery, Ignored, Trouble, Unreadable
from tanggap.channels.sms import listener
from tanggap.channels.sms import parts as joining
from tests.channels.sms.house import House, account, listening
from tests.world.smsc import Letter, Smsc, message, parts, tlv

ANI, BUDI = "6281234567890", "6281234567891"
US = "62811000111"
WORDS = [b"Jalan rusak di depan pasar, ", b"sudah tiga minggu, ", b"banyak motor jatuh."]
WHOLE = b"".join(WORDS).decode()


class Away(Exception):
    pass


@pytest.fixture
def smsc():
    with Smsc() as one:
        yield one


@pytest.fixture
def house():
    listener._memories.clear()
    return House()


def bring(smsc: Smsc, pieces: list[bytes], order, ref: int = 17, source: str = ANI, **more):
    made = parts(pieces, ref, more.pop("wide", False))
    return [smsc.deliver(source, made[at], esm=0x40, coding=more.get("coding", 3)) for at in order]


def test_it_is_answered_only_after_it_was_stored(smsc, house):
    answered = []
    house.after = lambda heard: answered.append(list(smsc.queue[0].statuses))
    with listening(smsc, house):
        smsc.deliver(ANI, "Jalan rusak di depan pasar")
        smsc.all_taken()
    assert (house.words, answered, smsc.queue[0].statuses) == (["Jalan rusak di depan pasar"], [[]], [0])


def test_what_could_not_be_stored_is_answered_later_and_comes_again(smsc, house):
    tries = []

    def away(heard):
        tries.append(len(heard))
        if len(tries) <= 2:
            raise Away

    house.before = away
    with listening(smsc, house) as line:
        brought = smsc.deliver(ANI, "Jalan rusak di depan pasar")
        smsc.all_taken()
    assert (brought.statuses, house.words) == ([0x64, 0x64, 0], ["Jalan rusak di depan pasar"])
    assert [type(error) for error in line.broke] == [
        Away,
        Away,
    ]  # the worker opens it again, with a fresh database


def test_killed_between_store_and_answer_nothing_is_lost_and_nothing_double(smsc, house):
    def die(heard):
        house.after = lambda heard: None
        smsc.cut()

    house.after = die
    with listening(smsc, house):
        brought = smsc.deliver(ANI, "Jalan rusak di depan pasar Pluit, dekat jembatan")
        smsc.all_taken()
    assert (len(house.words), house.calls, brought.statuses[-1]) == (1, 2, 0)


def test_one_that_can_not_be_stored_holds_up_none_behind_it_and_ends_before_a_person(smsc, house):
    def refuse(heard):
        if any(getattr(one, "words", "") == "racun" for one in heard):
            raise ValueError

    house.before = refuse
    with listening(smsc, house):
        poison = smsc.deliver(ANI, "racun")
        for count in range(30):
            smsc.deliver(BUDI, f"Lampu mati nomor {count} di jalan ini sejak kemarin malam")
            time.sleep(0.02)
        smsc.all_taken()
    assert len(house.words) == 30
    assert ([one.why for one in house.of(Unreadable)], poison.statuses[0], poison.statuses[-1]) == (
        ["not_stored"],
        0x64,
        0,
    )


def test_many_that_wait_are_stored_at_once(smsc, house):
    smsc.window = 100
    for count in range(300):
        smsc.deliver(ANI, f"Lampu mati nomor {count} di jalan ini")
    with listening(smsc, house):
        smsc.all_taken(20)
    assert (len(house.words), house.calls < 100) == (300, True)


# ---- parts ----


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (0, 0, 1, 1, 2), (2, 2, 2, 0, 1)])
@pytest.mark.parametrize("wide", [False, True])
def test_parts_in_any_order_and_doubled_are_one_message(smsc, house, order, wide):
    bring(smsc, WORDS, order, wide=wide)
    with listening(smsc, house):
        smsc.all_taken()
    assert (house.words, house.notes) == ([WHOLE], [()])
    assert [one.why for one in house.of(Ignored)] == ["in_a_whole"] * 3


def test_parts_told_by_tlvs_are_joined_too(smsc, house):
    for seq in (3, 1, 2):
        told = tlv(0x20C, b"\x01\x02") + tlv(0x20E, b"\x03") + tlv(0x20F, bytes([seq]))
        smsc.deliver(ANI, WORDS[seq - 1], coding=3, tlvs=told)
    with listening(smsc, house):
        smsc.all_taken()
    assert house.words == [WHOLE]


def test_a_pair_cut_in_two_between_parts_is_one_sign_again(smsc, house):
    data = ("Banjir " + "😀" * 3).encode("utf-16-be")
    bring(smsc, [data[:16], data[16:]], (1, 0), coding=8)
    with listening(smsc, house):
        smsc.all_taken()
    assert house.words == ["Banjir 😀😀😀"]


def test_255_parts_are_one_report_with_the_rest_in_the_raw_words(smsc, house):
    smsc.window = 300
    bring(smsc, [f"kata {count:03d} ".encode() * 17 for count in range(255)], range(254, -1, -1))
    with listening(smsc, house):
        smsc.all_taken(20)
    (words,) = house.words
    assert (words[:9], len(words), house.notes) == ("kata 000 ", 10_000, [("truncated",)])


def test_parts_of_two_people_with_the_same_number_stay_apart(smsc, house):
    for at in (0, 1):
        bring(smsc, [b"Ani satu, ", b"Ani dua"], [at])
        bring(smsc, [b"Budi satu, ", b"Budi dua"], [at], source=BUDI)
    with listening(smsc, house):
        smsc.all_taken()
    assert sorted(house.words) == ["Ani satu, Ani dua", "Budi satu, Budi dua"]


def test_a_part_that_never_comes_leaves_the_others_marked_and_in_one_thread(smsc, house):
    brought = bring(smsc, WORDS, (2, 0))
    with listening(smsc, house):
        smsc.all_taken()
    assert house.words == [f"{WORDS[0].decode()} […]", f"[…] {WORDS[2].decode()}"]
    assert house.notes == [("incomplete", "part 1/3"), ("incomplete", "part 3/3")]
    threads = {one.thread for one in house.kept.values()}
    assert (len(threads), threads != {""}, [one.statuses for one in brought]) == (1, True, [[0], [0]])


def test_after_ten_minutes_what_came_is_told_once_more_in_order_and_marked(smsc, house, monkeypatch):
    monkeypatch.setattr(joining, "GIVE_UP", 0.8)
    bring(smsc, WORDS, (2, 0))
    with listening(smsc, house):
        smsc.until(lambda: len(house.words) == 3)
    assert (house.words[-1], house.notes[-1]) == (
        f"{WORDS[0].decode()} […] {WORDS[2].decode()}",
        ("joined", "incomplete"),
    )


def test_a_part_that_comes_late_brings_the_whole(smsc, house):
    bring(smsc, WORDS, (1, 0))
    with listening(smsc, house):
        smsc.all_taken()
        bring(smsc, WORDS, (2,))
        smsc.all_taken()
        smsc.until(lambda: len(house.words) == 3)
    assert (house.words[-1], house.notes[-1]) == (WHOLE, ("joined",))


def test_an_exchange_that_sends_one_at_a_time_gets_on(smsc, house):
    smsc.window = 1
    for count in range(4):
        bring(smsc, [f"satu {count} ".encode(), b"dua"], (0, 1), ref=count)
    began = time.monotonic()
    with listening(smsc, house, part_wait="1"):
        smsc.all_taken(20)
    assert [words for words in house.words if "[" not in words] == [f"satu {count} dua" for count in range(4)]
    assert time.monotonic() - began < 5  # after three waits in vain it waits no more


def test_parts_that_waited_when_the_line_broke_come_again_and_are_one(smsc, house):
    with listening(smsc, house, part_wait="5"):
        bring(smsc, WORDS, (0, 1))
        time.sleep(0.5)
        assert (house.words, [one.statuses for one in smsc.queue]) == ([], [[], []])
        smsc.cut()
        bring(smsc, WORDS, (2,))
        smsc.all_taken()
    assert (house.words, house.notes) == ([WHOLE], [()])


def test_a_whole_whose_answers_got_lost_is_not_told_again_part_by_part(smsc, house):
    def die(heard):
        house.after = lambda heard: None
        with smsc.lock:
            smsc.queue[0].statuses.append(0)  # one answer got through
        listener._memories.clear()  # and the process died
        smsc.cut()

    house.after = die
    bring(smsc, WORDS, (0, 1, 2))
    with listening(smsc, house):
        smsc.all_taken()
    assert house.words == [WHOLE]


def test_a_telephone_that_counts_no_further_than_one_sends_two_messages(smsc, house):
    with listening(smsc, house):
        bring(smsc, [b"pertama a, ", b"pertama b"], (0, 1), ref=0)
        smsc.all_taken()
        bring(smsc, [b"kedua a, ", b"kedua b"], (0, 1), ref=0)
        smsc.all_taken()
    assert house.words == ["pertama a, pertama b", "kedua a, kedua b"]


def test_a_line_closed_in_peace_leaves_no_part_behind(smsc, house):
    with listening(smsc, house, part_wait="20"):
        bring(smsc, WORDS, (0,))
        time.sleep(0.5)
    assert (house.words, smsc.queue[0].statuses) == ([f"{WORDS[0].decode()} […]"], [0])


# ---- the line ----


def test_a_line_that_is_cut_is_opened_again_and_what_waited_is_heard(smsc, house):
    with listening(smsc, house) as line:
        smsc.cut()
        smsc.deliver(ANI, "Jalan rusak di depan pasar")
        smsc.all_taken()
    assert (house.words, len(line.broke)) == (["Jalan rusak di depan pasar"], 1)


def test_a_quiet_line_is_asked_whether_it_lives(smsc, house):
    with listening(smsc, house, enquire_seconds="0.3") as line:
        smsc.until(lambda: smsc.enquired >= 3)
        assert line.broke == []


def test_a_line_that_died_without_a_word_is_noticed(smsc, house):
    with listening(smsc, house, enquire_seconds="0.3", answer_seconds="0.5") as line:
        smsc.silent = True
        smsc.until(lambda: line.broke)
    assert "answers no more" in str(line.broke[0])


def test_questions_of_the_exchange_are_answered_and_unknown_requests_refused(smsc, house):
    answers = []
    with listening(smsc, house):
        (session,) = smsc.sessions
        session.hear = lambda command, status, sequence, body: answers.append((command, status, sequence))
        session.write(0x15, 0, 901)
        session.write(0x03, 0, 902)
        session.write(0x102, 0, 903)
        smsc.until(lambda: len(answers) >= 2)
    assert answers[:2] == [(0x80000015, 0, 901), (0x80000000, 3, 902)]


def test_a_length_out_of_all_bounds_ends_the_line_and_not_the_memory(smsc, house):
    with listening(smsc, house) as line:
        smsc.sessions[0].socket.sendall(b"\xff\xff\xff\xff" + b"x" * 100)
        smsc.until(lambda: line.broke)
    assert "no SMPP" in str(line.broke[0])


def test_a_broken_message_is_kept_and_the_next_one_heard(smsc, house):
    with listening(smsc, house):
        smsc.bring(message(ANI, US, b"Jalan")[:9])
        smsc.deliver(ANI, "Lampu mati")
        smsc.all_taken()
    assert ([one.why for one in house.of(Unreadable)], house.words) == (["broken"], ["Lampu mati"])


def test_a_wrong_password_is_told_without_it(smsc, house):
    smsc.password = "lain"
    with pytest.raises(Trouble) as caught:
        listener.listen(account(smsc), house.ears, lambda: False)
    assert str(caught.value) == "The exchange refuses the password."


def test_a_receipt_is_told_and_answered(smsc, house):
    with listening(smsc, house):
        smsc.receipt(Letter(US, ANI, (1, 1), 0, 0, 1, b"", {}, id="A0"))
        smsc.all_taken()
    assert [(one.of, one.state) for one in house.of(Delivery)] == [("A0", "delivered")]


def test_a_line_that_only_receives(smsc, house):
    with listening(smsc, house, bind="receiver"):
        smsc.deliver(ANI, "Lampu mati")
        smsc.all_taken()
    assert (set(smsc.binds), house.words) == ({"receiver"}, ["Lampu mati"])


def test_by_way_of_kannel_there_is_nothing_to_listen_to(smsc, house):
    assert listener.listen(Account("sms", "sms", {"way": "kannel"}), house.ears, lambda: False) is None


def test_a_house_that_hangs_is_not_tried_with_every_message(smsc, house, monkeypatch):
    monkeypatch.setattr(listener, "PATIENCE", 0.3)
    smsc.window = 100
    for count in range(50):
        smsc.deliver(ANI, f"Lampu mati nomor {count} di jalan ini")

    def hang(heard):
        time.sleep(0.2)
        raise Away

    house.before = hang
    with listening(smsc, house) as line:
        smsc.until(lambda: line.broke)
        assert house.calls <= 6
        house.before = lambda heard: None
        smsc.all_taken()
    assert len(house.words) == 50
