"""The webhook of the three kinds: the handshake, and W01 - signatures over the very bytes that came."""

import json

import pytest

from tanggap.channels import registry
from tanggap.channels.base import Submission
from tests.world import graph_says as says
from tests.world.graph_accounts import AT, account, asked

ANI = says.person("ID.1000000000000001", "6281200000001")
POSTS = {
    "whatsapp": says.post(
        "whatsapp", says.text(ANI, "wamid.A1", AT, "Jalan berlubang di Cikini \U0001f573 a/b")
    ),
    "facebook": says.post(
        "facebook", says.comment(AT, f"{says.PAGE}_1", "Lampu mati di jalan/gang é", by="5001")
    ),
    "instagram": says.post(
        "instagram", says.instagram_comment(AT, "1791", "Sampah di kali/got é", by="6001")
    ),
}
every_kind = pytest.mark.parametrize("kind", sorted(POSTS))


def answer(kind, body, headers, **more):
    return registry.KINDS[kind].hook(account(kind, **more), asked(body, headers))


@every_kind
def test_what_is_signed_is_heard(kind):
    answered = answer(kind, POSTS[kind], says.signature(POSTS[kind]))
    assert (answered.status, [type(one) for one in answered.heard]) == (200, [Submission])


@every_kind
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=" + "0" * 64},
        {"x-hub-signature-256": "sha1=" + "0" * 40},
        {"x-hub-signature": "sha256=0"},
        {"x-hub-signature-256": "sha256=é\udc80"},
    ],
    ids=["none", "empty", "bare", "zeros", "sha1", "old header", "no ascii"],
)
def test_without_a_right_signature_nothing_is_heard(kind, headers):
    answered = answer(kind, POSTS[kind], headers)
    assert (answered.status, list(answered.heard)) == (403, [])


@every_kind
def test_the_signature_of_another_tenants_secret_is_wrong(kind):
    answered = answer(kind, POSTS[kind], says.signature(POSTS[kind], "rahasia-kota-lain"))
    assert (answered.status, list(answered.heard)) == (403, [])


@every_kind
def test_the_same_json_written_anew_is_not_what_was_signed(kind):
    signature = says.signature(POSTS[kind])
    again = json.dumps(json.loads(POSTS[kind]), ensure_ascii=False).encode()
    assert json.loads(again) == json.loads(POSTS[kind])
    answered = answer(kind, again, signature)
    assert (answered.status, list(answered.heard)) == (403, [])


@every_kind
def test_two_secrets_are_valid_while_one_is_rotated_and_the_old_one_no_longer_after(kind):
    by_old, by_new = (says.signature(POSTS[kind], secret) for secret in ("lama", "baru"))
    during, after = "baru, lama", "baru"
    statuses = [
        answer(kind, POSTS[kind], headers, app_secret=secrets).status
        for secrets in (during, after)
        for headers in (by_old, by_new)
    ]
    assert statuses == [200, 200, 403, 200]


@every_kind
@pytest.mark.parametrize("setting", ["", " ", ",", " , "])
def test_an_empty_secret_signs_nothing(kind, setting):
    answered = answer(kind, POSTS[kind], says.signature(POSTS[kind], " "), app_secret=setting)
    assert (answered.status, list(answered.heard)) == (403, [])


@every_kind
def test_the_handshake_gives_back_the_bare_challenge(kind):
    hook = registry.KINDS[kind].hook
    shake = asked(b"", {}, "GET", hub_mode="subscribe", hub_verify_token=says.WORD, hub_challenge="115")
    answered = hook(account(kind), shake)
    assert (answered.status, answered.body, answered.content_type) == (200, "115", "text/plain")


@every_kind
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub_mode": "subscribe", "hub_challenge": "1"},
        {"hub_mode": "subscribe", "hub_verify_token": "salah", "hub_challenge": "1"},
        {"hub_mode": "unsubscribe", "hub_verify_token": "kata-sandi-jabat", "hub_challenge": "1"},
    ],
)
def test_who_does_not_know_the_word_gets_no_challenge(kind, query):
    answered = registry.KINDS[kind].hook(account(kind), asked(b"", {}, "GET", **query))
    assert (answered.status, answered.body) == (403, "")


@every_kind
def test_a_word_that_was_changed_fits_until_the_old_one_is_taken_out(kind):
    shake = asked(b"", {}, "GET", hub_mode="subscribe", hub_verify_token="lama", hub_challenge="9")
    hook = registry.KINDS[kind].hook
    both, new = account(kind, verify_token="baru,lama"), account(kind, verify_token="baru")
    assert [hook(both, shake).status, hook(new, shake).status] == [200, 403]


@every_kind
@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"",
        b"null",
        b'{"object":"another","entry":[]}',
        b'{"object":"page"}',
        b"[" * 3000,
        b'{"object":"page","entry":' + b'{"a":' * 900 + b"1" + b"}" * 901,
        b'{"object":"instagram","entry":[{"changes":[{"field":"comments","value":{}}]}]}',
    ],
    ids=["text", "empty", "null", "other object", "no entry", "broken", "deep", "no id"],
)
def test_signed_bytes_without_sense_are_kept_for_a_person(kind, body):
    answered = answer(kind, body, says.signature(body))
    assert [answered.status, *(type(one).__name__ for one in answered.heard)] == [200, "Unreadable"]
    assert answered.heard[0].body != b"" or body == b""


@every_kind
def test_other_methods_are_refused(kind):
    answered = registry.KINDS[kind].hook(
        account(kind), asked(POSTS[kind], says.signature(POSTS[kind]), "PUT")
    )
    assert (answered.status, list(answered.heard)) == (405, [])
