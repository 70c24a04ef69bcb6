"""Personal data opens only with its own key, in its own place."""

import base64
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanggap.lib import seal


def key(sign: str) -> str:
    return base64.b64encode(sign.encode() * 32).decode()


OLD = seal.Keyring.parse(f"k1:{key('a')}")
BOTH = seal.Keyring.parse(f" k2:{key('b')} , k1:{key('a')}")
NEW = seal.Keyring.parse(f"k2:{key('b')}")
REPORT = UUID("12345678-1234-5678-1234-567812345678")


@given(st.binary(max_size=300), st.binary(max_size=20))
def test_what_is_sealed_opens_again(plain, aad):
    person = seal.new_person_key(OLD)
    assert seal.open_sealed(OLD, person, seal.seal(OLD, person, plain, aad), aad) == plain
    assert seal.open_direct(OLD, seal.seal_direct(OLD, plain, aad), aad) == plain


def test_text_is_sealed_as_utf8():
    person = seal.new_person_key(OLD)
    assert seal.open_sealed(OLD, person, seal.seal(OLD, person, "Ani")) == b"Ani"


def test_the_same_words_never_look_the_same():
    person = seal.new_person_key(OLD)
    assert seal.seal(OLD, person, "Ani") != seal.seal(OLD, person, "Ani")


def test_another_persons_key_does_not_open():
    sealed = seal.seal(OLD, seal.new_person_key(OLD), "Ani")
    with pytest.raises(seal.CannotOpen):
        seal.open_sealed(OLD, seal.new_person_key(OLD), sealed)


def test_another_place_does_not_open():
    person = seal.new_person_key(OLD)
    with pytest.raises(seal.CannotOpen):
        seal.open_sealed(OLD, person, seal.seal(OLD, person, "Ani", b"name"), b"email")


@pytest.mark.parametrize(
    "damage", [lambda s: s[:-1], lambda s: b"", lambda s: s[:5], lambda s: s[:-1] + b"\x00\x00"]
)
def test_damaged_words_do_not_open(damage):
    person = seal.new_person_key(OLD)
    with pytest.raises(seal.CannotOpen):
        seal.open_sealed(OLD, person, damage(seal.seal(OLD, person, "Ani")))
    with pytest.raises(seal.CannotOpen):
        seal.open_direct(OLD, damage(seal.seal_direct(OLD, "Ani")))


def test_a_wrapped_key_cannot_pass_as_direct_words():
    with pytest.raises(seal.CannotOpen):
        seal.open_direct(OLD, seal.new_person_key(OLD))


def test_keys_rotate():
    person = seal.new_person_key(OLD)
    sealed = seal.seal(OLD, person, "Ani")
    assert seal.open_sealed(BOTH, person, sealed) == b"Ani"
    assert seal.open_sealed(NEW, seal.rewrap(BOTH, person), sealed) == b"Ani"
    with pytest.raises(seal.CannotOpen, match="k1"):
        seal.open_sealed(NEW, person, sealed)


def test_lookup_survives_a_new_key():
    assert seal.lookup(OLD, "+6281234567890") == seal.lookup(BOTH, "+6281234567890")
    assert seal.lookup(OLD, "+6281234567890") != seal.lookup(OLD, "+6281234567891")
    assert len(seal.lookup(OLD, "")) == 32


@pytest.mark.parametrize(
    "setting",
    [
        "",
        "k1",
        "k1:",
        "k1:not base64!",
        f"k1:{key('a')[:-4]}",
        f":{key('a')}",
        f"k 1:{key('a')}",
        f"k1:{key('a')},k1:{key('b')}",
    ],
)
def test_a_bad_setting_is_refused_without_repeating_it(setting):
    with pytest.raises(seal.BadKey) as refused:
        seal.Keyring.parse(setting)
    assert key("a") not in str(refused.value)


def test_a_ring_does_not_print_its_keys():
    assert repr(BOTH) == "Keyring(k2, k1)"


def test_a_secret_is_16_signs_and_repeatable():
    secret = seal.secret_for(b"tracking", REPORT, 1)
    assert (len(secret), secret, secret) == (16, secret.lower(), seal.secret_for(b"tracking", REPORT, 1))
    assert secret != seal.secret_for(b"tracking", REPORT, 2)
    assert secret != seal.secret_for(b"another", REPORT, 1)


@given(st.uuids(), st.integers(1, 99))
def test_a_secret_is_taken_as_people_write_it(uuid, version):
    secret = seal.secret_for(b"tracking", uuid, version)
    written = "-".join(secret[at : at + 4] for at in range(0, 16, 4)).upper()
    assert seal.secret_matches(b"tracking", uuid, version, f" {written} ")
    assert seal.secret_matches(b"tracking", uuid, version, secret.translate(str.maketrans("olb", "018")))
    assert not seal.secret_matches(b"tracking", uuid, version + 1, secret)


@pytest.mark.parametrize("given_secret", ["", None, "a" * 16, "é\ud800", "x" * 10_000])
def test_a_wrong_secret_does_not_match(given_secret):
    assert not seal.secret_matches(b"tracking", REPORT, 1, given_secret)


def test_the_claim_code_is_eight_signs_of_the_uuid():
    assert seal.claim_code(REPORT) == "CI2FM6AS"
