"""OpenID Connect, the side of whoever asks: authorization code with PKCE, state and nonce; a token is believed only
when its signature, issuer, audience, times and nonce are right (OpenID Connect Core 1.0, 3.1.3.7).

The signature is always checked, also of a token that came straight from the provider, and only by the provider's own
public keys: a token that names its algorithm "none", or a secret one, is refused (reliability.md S03).
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import jwt
import requests
from urllib3.exceptions import HTTPError

ALGORITHMS = {"RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), "EC": ("ES256", "ES384", "ES512"),
              "OKP": ("EdDSA",)}  # fmt: skip
SECONDS = 5  # for each word with the provider
LEEWAY = 60  # clocks differ
KEPT_SECONDS = 600
MOST_BYTES = 300_000
SUBJECT_LIMIT = 255


class OidcRefused(Exception):
    """`code`: cancelled, state, away, answer, token. For the log; a page says one sentence for all of them."""

    def __init__(self, code: str, why: str = ""):
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code


@dataclass(frozen=True)
class Provider:
    """Whom we ask, and as whom. `back` is our address that the browser returns to."""

    issuer: str
    client_id: str
    client_secret: str
    back: str


@dataclass(frozen=True)
class Account:
    """Who somebody is elsewhere. Nothing else of the token is believed or kept."""

    issuer: str
    subject: str


def begin(provider: Provider) -> tuple[str, dict[str, str]]:
    """Where to send the browser, and what its session must keep until it returns (state, nonce, verifier)."""
    asked = {name: secrets.token_urlsafe(32) for name in ("state", "nonce", "verifier")}
    challenge = (
        base64.urlsafe_b64encode(hashlib.sha256(asked["verifier"].encode()).digest()).rstrip(b"=").decode()
    )
    query = {
        "response_type": "code", "scope": "openid", "client_id": provider.client_id, "redirect_uri": provider.back,
        "state": asked["state"], "nonce": asked["nonce"], "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    address = told(provider, "authorization_endpoint")
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", asked


def finish(provider: Provider, asked: Mapping[str, str], returned: Mapping[str, str]) -> Account:
    """Who came back. `asked` is what `begin` gave, `returned` the query of the address. Raises OidcRefused."""
    state = asked.get("state", "")
    if not state or not hmac.compare_digest(
        state.encode(), returned.get("state", "").encode("utf-8", "replace")
    ):
        raise OidcRefused("state")
    if returned.get("error"):
        raise OidcRefused("cancelled" if returned["error"] == "access_denied" else "answer")
    if "iss" in returned and returned["iss"].rstrip("/") != provider.issuer.rstrip("/"):
        raise OidcRefused("answer", "another issuer")  # RFC 9207: mixed up with another provider
    form = {"grant_type": "authorization_code", "code": returned.get("code", ""), "redirect_uri": provider.back,
            "code_verifier": asked.get("verifier", "")}  # fmt: skip
    methods = settings_of(provider.issuer).get(
        "token_endpoint_auth_methods_supported", ["client_secret_basic"]
    )
    auth = (provider.client_id, provider.client_secret)
    if "client_secret_basic" not in methods:
        form |= {"client_id": auth[0], "client_secret": auth[1]}
    answer = fetch("POST", told(provider, "token_endpoint"), data=form,
                   auth=auth if "client_secret_basic" in methods else None)  # fmt: skip
    return verify(provider, str(answer.get("id_token", "")), asked.get("nonce", ""))


def verify(provider: Provider, token: str, nonce: str) -> Account:
    """The account a token speaks of. Raises OidcRefused("token") for whatever is wrong with it."""
    issuer = str(settings_of(provider.issuer)["issuer"])
    try:
        header = jwt.get_unverified_header(token)
        key = key_of(provider, str(header.get("kid", "")))
        claims = jwt.decode(token, key.key, algorithms=ALGORITHMS.get(key.key_type or "", ()), leeway=LEEWAY,
                            audience=provider.client_id, issuer=issuer,
                            options={"require": ["exp", "iat", "iss", "aud", "sub"]})  # fmt: skip
    except (jwt.PyJWTError, ValueError, TypeError) as error:
        raise OidcRefused("token", type(error).__name__) from None
    if not nonce or not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise OidcRefused("token", "nonce")
    if claims.get("azp", provider.client_id) != provider.client_id:
        raise OidcRefused("token", "made for another")
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_LIMIT:
        raise OidcRefused("token", "subject")
    return Account(issuer, subject)


# ---- what the provider says of itself ----

_kept: dict[str, tuple[float, dict[str, Any]]] = {}


def settings_of(issuer: str) -> dict[str, Any]:
    """Its discovery document, which must speak of this very issuer."""
    found = kept(issuer.rstrip("/") + "/.well-known/openid-configuration")
    if str(found.get("issuer", "")).rstrip("/") != issuer.rstrip("/"):
        raise OidcRefused("answer", "the document speaks of another issuer")
    return found


def told(provider: Provider, name: str) -> str:
    address = settings_of(provider.issuer).get(name)
    if not isinstance(address, str) or not address:
        raise OidcRefused("answer", f"no {name}")
    return address


def key_of(provider: Provider, name: str) -> jwt.PyJWK:
    """The public key of this name; asked anew once, because providers change their keys."""
    address = told(provider, "jwks_uri")
    for fresh in (False, True):
        for row in kept(address, fresh=fresh).get("keys", ()):
            if row.get("kid") == name and row.get("kty") in ALGORITHMS and row.get("use", "sig") == "sig":
                return jwt.PyJWK.from_dict(row)
    raise OidcRefused("token", "unknown key")


def kept(address: str, *, fresh: bool = False) -> dict[str, Any]:
    at, found = _kept.get(address, (0.0, {}))
    if fresh or not found or time.monotonic() - at > KEPT_SECONDS:
        found = fetch("GET", address)
        _kept[address] = (time.monotonic(), found)
    return found


def forget() -> None:
    _kept.clear()


def fetch(method: str, address: str, **more: Any) -> dict[str, Any]:
    """A JSON object. No redirect is followed: the addresses are the provider's own."""
    try:
        with requests.request(
            method, address, timeout=SECONDS, allow_redirects=False, stream=True, **more
        ) as answer:
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
            if answer.status_code != requests.codes.ok or len(body) > MOST_BYTES:
                raise OidcRefused("answer", f"{answer.status_code}")
        found = json.loads(body)
    except (requests.RequestException, HTTPError, ValueError) as error:
        raise OidcRefused("away", type(error).__name__) from None
    if not isinstance(found, dict):
        raise OidcRefused("answer")
    return found
