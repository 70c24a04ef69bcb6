"""Every value of every known shape, taken out or put as something else: nothing raises, all can be kept."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tanggap.channels.base import Submission
from tanggap.channels.facebook.parse import parse as facebook
from tanggap.channels.instagram.parse import parse as instagram
from tanggap.channels.meta import read
from tanggap.channels.whatsapp.parse import parse as whatsapp
from tests.world import graph_says as says
from tests.world.graph_accounts import AT, NOON, account

ANI = says.person("ID.1000000000000001", "6281200000001")
MS = AT * 1000
FILE = [{"type": "image", "payload": {"url": "https://cdn.fbsbx.com/a"}}]
PLACE = [{"type": "location", "payload": {"coordinates": {"lat": -6.2, "long": 106.8}}}]
CARD = [{"name": {"formatted_name": "Pak RT"}, "phones": [{"phone": "+62812"}]}]
FORM = {"response_json": '{"a":"b"}'}
SHAPES = {
    "wa text": (whatsapp, says.text(ANI, "wamid.A", AT, "Jalan", context={"id": "wamid.O", "forwarded": True})),
    "wa image": (whatsapp, says.message(ANI, "wamid.A", AT, "image", {"id": "1", "mime_type": "a/b", "caption": "x"})),
    "wa place": (whatsapp, says.message(ANI, "wamid.A", AT, "location", {"latitude": 1, "longitude": 2, "name": "x"})),
    "wa card": (whatsapp, says.message(ANI, "wamid.A", AT, "contacts", CARD)),
    "wa form": (whatsapp, says.message(ANI, "wamid.A", AT, "interactive", {"nfm_reply": FORM})),
    "wa edit": (
        whatsapp,
        says.message(
            ANI, "wamid.A", AT, "edit",
            {"original_message_id": "wamid.O", "message": {"type": "text", "text": {"body": "x"}}},
        ),
    ),
    "wa moved": (whatsapp, says.moved("wamid.S", AT, "62811111", "62822222", "ID.1", "ID.2")),
    "wa failed": (whatsapp, says.status("wamid.O", "failed", AT, carried="tanggap:4", code=131047)),
    "fb comment": (facebook, says.comment(AT, "900_1", "Lampu", by="5001", photo="https://x.fbcdn.net/a")),
    "fb edit": (facebook, says.comment(AT, "900_1", "Lampu", by="5001", verb="edited")),
    "fb hide": (facebook, says.comment(AT, "900_1", "Lampu", by="5001", verb="hide")),
    "fb post": (facebook, says.visitor_post(AT, "1_2", "Got", by="5001", item="photo", photos=["https://x/1"])),
    "fb direct": (facebook, says.direct(MS, "5001", "m_1", "Halo", attachments=FILE, reply_to={"mid": "m_0"})),
    "fb place": (facebook, says.direct(MS, "5001", "m_1", attachments=PLACE)),
    "fb echo": (facebook, says.direct(MS, says.PAGE, "m_1", "Halo", is_echo=True, metadata="tanggap:3")),
    "fb delivered": (facebook, says.messaging(MS, "5001", {"delivery": {"mids": ["m_1"], "watermark": MS}})),
    "fb read": (facebook, says.messaging(MS, "5001", {"read": {"watermark": MS}})),
    "ig comment": (instagram, says.instagram_comment(AT, "1791", "Sampah", by="6001", parent_id="1")),
    "ig flat": (instagram, says.instagram_comment(AT, "1791", "Sampah", by="6001", flat=True)),
    "ig unsent": (instagram, says.direct(MS, "6001", "a", owner=says.INSTAGRAM, is_deleted=True)),
}  # fmt: skip
KIND = {whatsapp: "whatsapp", facebook: "facebook", instagram: "instagram"}
JUNK: list[Any] = [
    None, True, 0, -1, 7, 10**30, 10**5000, 1e308, float("nan"), float("inf"), "", "x", "\x00", "\ud800", "9" * 400,
    [], {}, [None], [[]], [{}], {"id": {}}, [1, "a", None, {}], {"a": [{"b": None}]},
]  # fmt: skip


def paths(value: Any, here: tuple = ()) -> Iterator[tuple]:
    yield here
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in below:
        yield from paths(one, (*here, key))


def changed(entry: Any, path: tuple, junk: Any) -> Any:
    if not path:
        return junk
    whole = copy.deepcopy(entry)
    at = whole
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = junk
    return whole


def written(kind: str, entry: Any) -> bytes:
    """Numbers too long for Python's own writer are written by hand: the provider's need not be Python."""
    long = "@@long@@"
    text = json.dumps(replace_long(entry, long))
    whole = f'{{"object":"{says.OBJECTS[kind]}","entry":[{text}]}}'
    return whole.replace(f'"{long}"', "1" + "0" * 5000).encode()


def replace_long(value: Any, mark: str) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**4000:
        return mark
    if isinstance(value, dict):
        return {key: replace_long(one, mark) for key, one in value.items()}
    return [replace_long(one, mark) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", list(SHAPES))
def test_any_value_may_be_anything(name):
    parse, entry = SHAPES[name]
    of = account(KIND[parse])
    for path in paths(entry):
        for junk in JUNK:
            heard = parse(of, written(of.kind, changed(entry, path, junk)))
            assert heard, (path, junk)
            for one in heard:
                check(one, of)


@pytest.mark.parametrize("name", list(SHAPES))
def test_any_value_may_be_missing(name):
    parse, entry = SHAPES[name]
    of = account(KIND[parse])
    for path in list(paths(entry))[1:]:
        whole = copy.deepcopy(entry)
        at = whole
        for key in path[:-1]:
            at = at[key]
        del at[path[-1]]
        for one in parse(of, written(of.kind, whole)):
            check(one, of)


def check(one: Any, of: Any) -> None:
    """What a database can keep."""
    assert (one.account, 0 < len(one.external_id) <= 200, one.at.utcoffset() is not None) == (
        of.code,
        True,
        True,
    )
    assert isinstance(one.body, bytes)
    one.external_id.encode()
    if isinstance(one, Submission):
        texts = [
            one.words,
            one.name,
            one.place,
            *one.replies_to,
            *one.notes,
            *(file.name for file in one.files),
        ]
        assert [text for text in texts if "\x00" in text or text.encode().decode() != text] == []
        json.dumps([dict(file.ref or {}) for file in one.files])
        assert one.sender is not None
        assert (
            0 < len(one.sender.address) <= 500,
            one.words != "" or bool(one.files) or one.lat is not None,
        ) == (
            True,
            True,
        )


# ---- times ----


@pytest.mark.parametrize(
    "value",
    [AT, AT * 1000, str(AT), f"{AT}.0", "2026-03-02T05:00:00+0000", "2026-03-02T12:00:00+07:00", float(AT)],
)
def test_a_time_may_be_written_in_many_ways(value):
    assert read.moment(value, NOON.replace(hour=1)) == NOON


@pytest.mark.parametrize(
    "value", ["2026-03-02T05:00:00", "2126-03-02T05:00:00+0000", "1970-01-02", 10**400, [], {}, "-"]
)
def test_a_time_that_is_none_is_the_spare_one(value):
    assert read.moment(value, NOON) == NOON


def test_a_deep_nest_is_no_json_for_us():
    with pytest.raises(ValueError, match="too deep"):
        read.load(b'{"a":' * 65 + b"1" + b"}" * 65)
    assert read.load(b'{"a":' * 60 + b"1" + b"}" * 60) != {}
