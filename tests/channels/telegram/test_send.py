"""Letters into a chat, and files out of it, against the Bot API that is played here."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from tanggap.channels.base import Account, Outgoing, SendResult, Trouble
from tanggap.channels.telegram import TELEGRAM, send
from tanggap.lib.outside import NoAnswer, NotAsked, TooMuch
from tests.world import telegram
from tests.world.server import Says

NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
ANI = 5_000_000_001


@pytest.fixture(name="world")
def _world():
    with telegram.Telegram() as world:
        world.person(ANI)
        yield world


def account(world: telegram.Telegram, **more: str) -> Account:
    given_ = {one.name: one.default for one in TELEGRAM.settings}
    return Account(
        "tele",
        "telegram",
        {**given_, "token": world.token, "base_url": world.url, "seconds": "1", **more},
        {},
        NOON,
    )


def letter(text: str = "Laporan Anda JK261124-0007 sudah diterima.", **more: object) -> Outgoing:
    return Outgoing(to=str(ANI), subject="Laporan", text=text, reference="JK261124-0007", **more)


def test_a_letter_arrives_below_the_citizens_newest_words(world):
    result = TELEGRAM.send(account(world), letter(thread=("777:3", f"{ANI}:41", f"{ANI}:40")))
    assert result == SendResult("sent", external_id=f"{ANI}:1")
    assert world.letters == [
        {
            "message_id": 1,
            "chat_id": ANI,
            "text": "Laporan Anda JK261124-0007 sudah diterima.",
            "link_preview_options": {"is_disabled": True},
            "reply_parameters": {"message_id": 41, "allow_sending_without_reply": True},
        }
    ]


@pytest.mark.parametrize("thread", [(), ("",), ("aneh",), ("777:3",), (f"{ANI}:x",), (f"{ANI}:41:edit:9",)])
def test_without_words_to_answer_it_stands_alone(world, thread):
    TELEGRAM.send(account(world), letter(thread=thread))
    assert "reply_parameters" not in world.letters[0]


def test_a_long_letter_is_cut_at_the_ends_of_sentences(world):
    text = " ".join(f"Kalimat nomor {number} tentang jalan yang rusak." for number in range(200))
    result = TELEGRAM.send(account(world), letter(text, thread=(f"{ANI}:41",)))
    sent = [one["text"] for one in world.letters]
    assert (len(sent), " ".join(sent)) == (3, text)
    assert [one[-1] for one in sent] == ["."] * 3
    assert ["reply_parameters" in one for one in world.letters] == [True, False, False]
    assert result.external_id == f"{ANI}:3"


@pytest.mark.parametrize(
    ("code", "description", "parameters", "result"),
    [
        (
            429,
            "Too Many Requests: retry after 17",
            {"retry_after": 17},
            SendResult("failed", "telegram_429_too_many", again=True, after=17.0),
        ),
        (
            403,
            "Forbidden: bot was blocked by the user",
            None,
            SendResult("failed", "telegram_403_blocked", gone=True),
        ),
        (
            403,
            "Forbidden: user is deactivated",
            None,
            SendResult("failed", "telegram_403_deactivated", gone=True),
        ),
        (
            403,
            "Forbidden: bot can't initiate conversation with a user",
            None,
            SendResult("failed", "telegram_403_never_wrote", closed=True),
        ),
        (
            400,
            "Bad Request: chat not found",
            None,
            SendResult("failed", "telegram_400_chat_not_found", gone=True),
        ),
        (
            400,
            "Bad Request: PEER_ID_INVALID",
            None,
            SendResult("failed", "telegram_400_chat_not_found", gone=True),
        ),
        (400, "Bad Request: message is too long", None, SendResult("failed", "telegram_400")),
        (401, "Unauthorized", None, SendResult("failed", "telegram_401_unauthorized", again=True, down=True)),
        (404, "Not Found", None, SendResult("failed", "telegram_404_unauthorized", again=True, down=True)),
        (
            500,
            "Internal Server Error",
            None,
            SendResult("failed", "telegram_500_server", again=True, down=True),
        ),
        (418, "I'm a teapot", None, SendResult("failed", "telegram_418")),
    ],
)
def test_each_refusal_has_its_meaning(world, code, description, parameters, result):
    world.fail("sendMessage", code, description, parameters=parameters)
    assert TELEGRAM.send(account(world), letter()) == result


@pytest.mark.parametrize("patience", ["x", -5, 1e9, None, True])
def test_a_senseless_patience_is_bounded(world, patience):
    world.fail("sendMessage", 429, "Too Many Requests", parameters={"retry_after": patience})
    after = TELEGRAM.send(account(world), letter()).after
    assert after is None or 0 <= after <= 86_400


def test_a_time_out_is_unknown_and_a_closed_door_is_not(world):
    world.fail("sendMessage", 200, hang=2)
    late = TELEGRAM.send(account(world, seconds="0.3"), letter())
    assert late == SendResult("unknown", "no_answer_ReadTimeout")
    world.fail("sendMessage", 200, cut=True)
    assert TELEGRAM.send(account(world), letter()).state == "unknown"
    away = TELEGRAM.send(account(world, base_url="http://127.0.0.1:9"), letter())
    assert (away.state, away.again, away.down) == ("failed", True, True)


@pytest.mark.parametrize(
    ("says", "state", "again"),
    [
        (Says(200, {"ok": True, "result": {}}), "unknown", False),
        (Says(200, b"<html>"), "unknown", False),
        (Says(302, b"", {"Location": "http://127.0.0.1:1/"}), "unknown", False),
        (Says(502, b"<html>"), "unknown", False),
        (Says(504, b""), "unknown", False),
        (Says(503, b"<html>"), "failed", True),
        (Says(413, b""), "failed", False),
    ],
)
def test_who_is_no_bot_api_may_have_passed_it_on(world, says, state, again):
    world.failures["sendMessage"] = telegram.deque([says])
    result = TELEGRAM.send(account(world), letter())
    assert (result.state, result.again) == (state, again)


def test_a_letter_of_which_a_part_went_is_never_sent_again(world):
    text = "Kalimat pertama yang panjang. " * 300
    world.failures["sendMessage"] = telegram.deque()
    world.failures["sendMessage"].append(Says(200, {"ok": True, "result": {"message_id": 1}}))
    world.fail("sendMessage", 429, "Too Many Requests", parameters={"retry_after": 60})
    result = TELEGRAM.send(account(world), letter(text))
    assert result == SendResult("unknown", "in_part_telegram_429_too_many", external_id=f"{ANI}:1")


def test_between_the_parts_of_a_letter_a_short_pause_is_kept(world):
    world.failures["sendMessage"] = telegram.deque()
    world.failures["sendMessage"].append(Says(200, {"ok": True, "result": {"message_id": 1}}))
    world.fail("sendMessage", 429, "Too Many Requests", parameters={"retry_after": 0})
    assert TELEGRAM.send(account(world), letter("Kalimat pertama yang panjang. " * 200)).state == "sent"


@pytest.mark.parametrize(
    ("to", "reason"), [("", "no_chat_id"), ("ani", "no_chat_id"), ("9" * 40, "no_chat_id")]
)
def test_where_no_chat_is_nothing_is_asked(world, to, reason):
    result = TELEGRAM.send(account(world), Outgoing(to=to, subject="", text="Halo", reference=""))
    assert (result, world.book) == (SendResult("failed", reason), [])
    assert TELEGRAM.send(account(world), letter(" \x00 ")).reason == "no_words"


@given(some.text(max_size=300), some.integers(2, 40))
def test_parts_fit_and_lose_nothing_but_spaces(text, most):
    found = send.parts(text.strip(), most)
    assert [send.length(one) <= most for one in found] == [True] * len(found)
    assert "".join("".join(found).split()) == "".join(text.split())


def test_signs_beyond_the_first_plane_count_twice():
    assert [send.length(one) for one in send.parts("😀" * 5, 4)] == [4, 4, 2]


# ---- files ----


def test_a_file_is_fetched_in_two_steps(world):
    world.keeps("foto-1", b"JPEG" * 100)
    assert TELEGRAM.fetch(account(world), {"file_id": "foto-1"}, 1000) == b"JPEG" * 100


def test_a_file_over_the_limit_is_too_much(world):
    world.keeps("foto-1", b"J" * 2000)
    with pytest.raises(TooMuch):
        TELEGRAM.fetch(account(world), {"file_id": "foto-1"}, 1000)
    world.failures["getFile"] = telegram.deque(
        [Says(200, {"ok": True, "result": {"file_path": "berkas/foto-1"}})]
    )
    with pytest.raises(TooMuch):  # counted while it comes, whatever was promised
        TELEGRAM.fetch(account(world), {"file_id": "foto-1"}, 1000)
    world.fail("getFile", 400, "Bad Request: file is too big")
    with pytest.raises(TooMuch):
        TELEGRAM.fetch(account(world), {"file_id": "foto-1"}, 1000)


@pytest.mark.parametrize("path", ["../../bot/getMe", "/etc/passwd", "", "a//b", "berkas/..", "./x", None, 7])
def test_a_path_that_leads_elsewhere_is_not_asked(world, path):
    world.failures["getFile"] = telegram.deque([Says(200, {"ok": True, "result": {"file_path": path}})])
    with pytest.raises(NotAsked):
        TELEGRAM.fetch(account(world), {"file_id": "foto-1"}, 1000)
    assert len(world.book) == 1


def test_a_file_that_is_gone_is_not_asked_for_again(world):
    with pytest.raises(NotAsked):
        TELEGRAM.fetch(account(world), {"file_id": "hilang"}, 1000)
    world.failures["getFile"] = telegram.deque(
        [Says(200, {"ok": True, "result": {"file_path": "berkas/hilang"}})]
    )
    with pytest.raises(NotAsked):
        TELEGRAM.fetch(account(world), {"file_id": "hilang"}, 1000)


def test_a_provider_that_is_busy_is_asked_again_later(world):
    world.fail("getFile", 429, "Too Many Requests", parameters={"retry_after": 3})
    with pytest.raises(NoAnswer):
        TELEGRAM.fetch(account(world), {"file_id": "foto-1"}, 1000)
    with pytest.raises(Trouble):
        TELEGRAM.fetch(account(world, token="7000000002:salah-salah-salah"), {"file_id": "foto-1"}, 1000)


# ---- the world itself ----


def test_the_world_posts_with_the_word_and_keeps_what_was_not_taken(world):
    ani = world.people[ANI]
    with telegram.Server() as ours:
        ours.answer = lambda seen: Says(503 if len(ours.book) == 1 else 200, {})
        world.webhook = {"url": f"{ours.url}/hooks/tele/", "secret_token": "kata"}
        world.says(ani, "Banjir")
        assert [world.deliver(), len(world.pending), world.deliver(), world.pending] == [[503], 1, [200], []]
        assert [seen.headers["x-telegram-bot-api-secret-token"] for seen in ours.book] == ["kata", "kata"]
    assert world.letters == []
