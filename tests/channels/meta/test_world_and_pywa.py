"""The small Graph API against an independent other side: a WhatsApp client written by others.

What our parser and sender are tested with must be what the rest of the world takes it for too.
"""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from pywa import WhatsApp, errors, types, utils

from tanggap.channels.whatsapp import WHATSAPP
from tanggap.channels.whatsapp.parse import parse
from tests.world import graph_says as says
from tests.world.graph import Graph, No
from tests.world.graph_accounts import AT, NOON, account, asked, letter

USER, NUMBER = "ID.1000000000000001", "6281200000001"
ANI = says.person(USER, NUMBER)
PHOTO = b"\xff\xd8\xff foto"


class Server:
    """What pywa wants of a web server: none, its handlers are called by hand."""


@pytest.fixture
def graph():
    with Graph(now=lambda: NOON) as running:
        running.wrote(USER, NUMBER)
        yield running


@pytest.fixture
def other(graph):
    """The others' client at our small API. Their host is fixed in the code: it is changed afterwards."""
    client = WhatsApp(
        phone_id=says.PHONE_NUMBER_ID,
        token=graph.token,
        session=httpx.Client(trust_env=False),
        server=None,
        verify_token=graph.verify_token,
        app_secret=graph.app_secret,
        api_version=26.0,
        filter_updates=False,
    )
    client.api._session.base_url = f"{graph.url}/v26.0"
    return client


# ---- the webhook: their validator, their handshake, their reading ----


def test_they_take_our_signature_over_these_bytes_and_refuse_another(graph, other):
    body = says.post("whatsapp", says.text(ANI, "wamid.A1", AT, "Jalan/gang berlubang \U0001f573"))
    good, bad = says.signature(body), says.signature(body, "lain")
    assert other.webhook_update_validator(body, good[utils.HUB_SIG.lower()]) is None
    assert other.webhook_update_validator(body, bad["x-hub-signature-256"])[1] == 403
    assert [
        WHATSAPP.hook(account("whatsapp", graph), asked(body, headers)).status for headers in (good, bad)
    ] == [
        200,
        403,
    ]


def test_they_and_we_answer_the_handshake_alike(graph, other):
    ours = WHATSAPP.hook(
        account("whatsapp", graph),
        asked(b"", {}, "GET", hub_mode="subscribe", hub_verify_token=graph.verify_token, hub_challenge="115"),
    )
    assert other.webhook_challenge_handler(graph.verify_token, "115") == (ours.body, ours.status)
    assert other.webhook_challenge_handler("salah", "115")[1] == 403


ENTRIES = {
    "text": says.text(ANI, "wamid.A1", AT, "Jalan berlubang di Cikini"),
    "no number": says.text(says.person(USER), "wamid.A2", AT, "Tanpa nomor"),
    "reply": says.text(ANI, "wamid.A3", AT, "Ya", context={"from": says.DISPLAY, "id": "wamid.OUR"}),
    "image": says.message(
        ANI, "wamid.A4", AT, "image", {"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "Ini"}
    ),
    "voice": says.message(
        ANI, "wamid.A5", AT, "audio", {"id": "2", "mime_type": "audio/ogg", "sha256": "x", "voice": True}
    ),
    "sticker": says.message(
        ANI, "wamid.A6", AT, "sticker", {"id": "3", "mime_type": "image/webp", "sha256": "x", "animated": False}
    ),
    "document": says.message(
        ANI, "wamid.A7", AT, "document", {"id": "4", "mime_type": "application/pdf", "sha256": "x", "filename": "a.pdf"}
    ),
    "location": says.message(ANI, "wamid.A8", AT, "location", {"latitude": -6.19, "longitude": 106.84}),
    "contacts": says.message(
        ANI, "wamid.A9", AT, "contacts",
        [{"name": {"formatted_name": "Pak RT", "first_name": "Pak"}, "phones": [{"phone": "+62812", "type": "CELL"}]}],
    ),
    "unsupported": says.unsupported(ANI, "wamid.A10", AT),
    "reaction": says.message(ANI, "wamid.A11", AT, "reaction", {"message_id": "wamid.OUR", "emoji": "\U0001f44d"}),
    "button": says.message(ANI, "wamid.A12", AT, "button", {"text": "Ya", "payload": "y"},
                           context={"from": says.DISPLAY, "id": "wamid.OUR"}),
    "status": says.status("wamid.OUR", "read", AT, carried="tanggap:42"),
    "failed": says.status("wamid.OUR", "failed", AT, carried="tanggap:42", code=131047),
}  # fmt: skip


def theirs(client: WhatsApp, entry) -> types.base_update.BaseUpdate:
    """What they make of an entry. Raises where they can't construct it."""
    update = types.base_update.RawUpdate(says.post("whatsapp", entry), hmac_header=None, update_hash="x")
    return client._handlers_to_updates[client._get_handler_type(update)].from_update(
        client=client, update=update
    )


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_they_read_from_our_posts_what_we_read(other, graph, name):
    entry = ENTRIES[name]
    read = theirs(other, entry)
    (heard,) = parse(account("whatsapp", graph), says.post("whatsapp", entry))
    assert (read.timestamp, read.metadata.phone_number_id) == (heard.at, says.PHONE_NUMBER_ID)
    if isinstance(read, types.MessageStatus):
        assert (read.id, read.status.value, read.tracker) == (
            heard.of,
            heard.state,
            f"tanggap:{heard.letter}",
        )
        assert (read.error and f"graph_{read.error.code}") == (heard.reason or None)
        return
    assert read.id == heard.external_id
    assert getattr(heard, "sender", None) is None or heard.sender.address == read.from_user.bsuid


def test_they_read_the_same_words_files_and_places(other, graph):
    def both(name):
        return theirs(other, ENTRIES[name]), parse(account("whatsapp"), says.post("whatsapp", ENTRIES[name]))[
            0
        ]

    for name in ("text", "no number"):
        read, heard = both(name)
        assert (read.text, read.from_user.wa_id) == (
            heard.words,
            heard.contacts[0].address[1:] if heard.contacts else None,
        )
    read, heard = both("image")
    assert (read.image.id, read.caption) == (heard.files[0].ref["id"], heard.words)
    read, heard = both("location")
    assert (read.location.latitude, read.location.longitude) == (heard.lat, heard.lon)
    read, heard = both("reply")
    assert (read.reply_to_message.id,) == heard.replies_to
    read, heard = both("voice")
    assert (read.audio.voice, heard.notes) == (True, ("voice",))


@pytest.mark.parametrize("change", ["number", "id"])
def test_they_read_a_change_of_number_or_id_as_we_do(other, graph, change):
    entry = (
        says.moved("wamid.S1", AT, NUMBER, "6281300000001", USER, "ID.77")
        if change == "number"
        else says.new_id("wamid.S2", AT, USER, "ID.78")
    )
    heard = parse(account("whatsapp"), says.post("whatsapp", entry))
    if change == "id":  # they want a number here, which this notice never has
        with pytest.raises(KeyError):
            theirs(other, entry)
        assert [(one.old.address, one.new.address) for one in heard] == [(USER, "ID.78")]
        return
    read = theirs(other, entry)
    assert (read.old_wa_id, read.new_wa_id, read.new_user_id) == (NUMBER, "6281300000001", "ID.77")
    assert [(one.old.address, one.new.address) for one in heard] == [
        (USER, read.new_user_id),
        (f"+{read.old_wa_id}", f"+{read.new_wa_id}"),
    ]


# ---- sending: their requests at our API, and ours, are the same ----


def test_a_message_of_theirs_and_one_of_ours_are_the_same_request(graph, other):
    other.send_message(
        to=USER,
        text=letter(USER).text,
        tracker="tanggap:7",
        reply_to_message_id="wamid.A1",
        preview_url=False,
    )
    WHATSAPP.send(account("whatsapp", graph), letter(USER, heard_at=NOON, thread=("wamid.A1",)))
    theirs_, ours = (one["said"] for one in graph.sent)
    assert theirs_ == ours
    assert [call.path for call in graph.asked] == [f"/v26.0/{says.PHONE_NUMBER_ID}/messages"] * 2


def test_a_template_of_theirs_and_one_of_ours_are_the_same_request(graph, other):
    from pywa.types.templates import BodyText, TemplateLanguage

    values = ("JK260302-0007", "https://tanggap.example/l/JK260302-0007")
    other.send_template(
        to=NUMBER,
        name="laporan_diterima",
        language=TemplateLanguage.INDONESIAN,
        params=[BodyText.params(*values)],
        tracker="tanggap:7",
    )
    here = account("whatsapp", graph, templates='{"*": "laporan_diterima"}')
    WHATSAPP.send(here, letter(NUMBER))

    def plain(said):
        parts = [{**part, "type": part["type"].lower()} for part in said["template"]["components"]]
        return {**said, "template": {**said["template"], "components": parts}}

    theirs_, ours = (plain(one["said"]) for one in graph.sent)
    assert theirs_ == ours


def test_they_fetch_a_file_in_two_steps_as_we_do(graph, other):
    ref = graph.has(PHOTO, "image/jpeg", "5501")
    url = other.get_media_url("5501")
    assert (url.mime_type, url.file_size, other.get_media_bytes(url.url)) == ("image/jpeg", len(PHOTO), PHOTO)
    assert WHATSAPP.fetch(account("whatsapp", graph), ref, 1000) == PHOTO


@pytest.mark.parametrize(
    ("no", "theirs_"),
    [
        (No(131047), errors.ReEngagementMessage),
        (No(131026), errors.MessageUndeliverable),
        (No(130429, status=429), errors.RateLimitHit),
        (No(131056), errors.TooManyMessages),
        (No(190, status=401), errors.ExpiredAccessToken),
        (No(80007), errors.RateLimitIssues),
        (No(132001, status=404), errors.TemplateNotExists),
    ],
)
def test_they_read_our_errors_by_their_names(graph, other, no, theirs_):
    graph.fail(error=no)
    with pytest.raises(theirs_):
        other.send_message(to=USER, text="Halo")


def test_outside_the_window_they_are_refused_too(graph, other):
    graph.heard.clear()
    with pytest.raises(errors.ReEngagementMessage):
        other.send_message(to=USER, text="Halo")


# ---- F24, C01: ids under repetition ----


def test_the_same_post_eight_times_at_once_and_again_after_days_is_the_same_things(graph):
    entries = [says.text(ANI, f"wamid.A{n}", AT, f"Laporan {n}") for n in range(20)]
    body = says.post("whatsapp", *entries)

    def ids(_):
        answered = WHATSAPP.hook(account("whatsapp", graph), asked(body, says.signature(body)))
        return tuple((one.external_id, one.uuid, one.body) for one in answered.heard)

    with ThreadPoolExecutor(8) as pool:
        heard = set(pool.map(ids, range(8)))
    later = account("whatsapp", graph, now=NOON.replace(day=8))
    again = WHATSAPP.hook(later, asked(body, says.signature(body))).heard
    assert (len(heard), len(next(iter(heard)))) == (1, 20)
    assert tuple((one.external_id, one.uuid, one.body) for one in again) in heard
