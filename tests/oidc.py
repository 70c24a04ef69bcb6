"""A provider of OpenID Connect on a loopback port, which tells any lie a test asks for."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "tanggap", "a secret between the two"


class Elsewhere:
    """`subject`, `email` and `claims` are what its tokens say; `sign` makes a token in another way."""

    def __init__(self, issuer: str):
        self.issuer, self.subject, self.email = issuer, "budi-1", "budi@melati.test"
        self.claims: dict[str, Any] = {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid, self.sign = "k1", self.signed
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []

    def signed(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, "RS256", headers={"kid": self.kid})

    def public_pem(self) -> bytes:
        public = self.key.public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def keys(self) -> dict[str, Any]:
        row = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [row | {"kid": "k1", "use": "sig", "alg": "RS256"}]}

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/ask",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys", "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }  # fmt: skip

    def ask(self, query: dict[str, str]) -> str:
        """The person agrees at once; the address the browser goes back to."""
        self.asked.append(query)
        code = hashlib.sha256(query["state"].encode()).hexdigest()
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], auth: str) -> dict[str, Any] | None:
        query = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        right = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if query is None or auth != right or challenge.rstrip(b"=").decode() != query["code_challenge"]:
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "iat": now, "exp": now + 300,
                  "nonce": query["nonce"], "email": self.email, "email_verified": True} | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": "none of our business", "token_type": "Bearer", "id_token": self.sign(claims)}


@contextmanager
def provider() -> Iterator[Elsewhere]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/ask":
                query = {key: value[0] for key, value in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", there.ask(query))
                self.end_headers()
                return
            self.tell(
                {"/.well-known/openid-configuration": there.document, "/keys": there.keys}[parts.path]()
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: value[0] for key, value in parse_qs(body).items()}
            self.tell(there.token(form, self.headers.get("Authorization", "")))

        def tell(self, what: dict[str, Any] | None) -> None:
            self.send_response(200 if what else 400)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(what or {"error": "invalid_grant"}).encode())

        def log_message(self, *args: object) -> None:
            """A test's output is its result."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Elsewhere(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
