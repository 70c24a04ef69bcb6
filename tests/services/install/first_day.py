"""The first administrator's first minutes, through the site's own TLS: link, password, log-in, second step.

Run in the clean root's network: first_day.py LINK CERTIFICATE. Ends with 0 when the desk opens.
"""

import base64
import hashlib
import hmac
import re
import ssl
import struct
import sys
import time
from urllib.parse import urlsplit

import httpx

PASSWORD = "kapal kertas di atas kolam"


class Here(httpx.HTTPTransport):
    """Every name is this machine: the address is written over, name and certificate stay what they are."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def token(secret: str) -> str:
    """The six digits of an app (RFC 6238) for a secret in base32."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    mac = hmac.digest(key, struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    place = mac[-1] & 15
    return f"{(int.from_bytes(mac[place : place + 4]) & 0x7FFFFFFF) % 10**6:06}"


def send(client: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    """The page's own form, with these fields filled in."""
    csrf = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert csrf, f"{page.status_code} {page.url}: no form"
    answer = client.post(
        page.url, data={"csrfmiddlewaretoken": csrf[1], **fields}, headers={"Referer": str(page.url)}
    )
    assert answer.status_code == 200, f"{answer.status_code} {page.url}"
    return answer


def main(link: str, certificate: str) -> None:
    parts = urlsplit(link)
    trusted = ssl.create_default_context(cafile=certificate)
    with httpx.Client(transport=Here(verify=trusted), base_url=f"https://{parts.netloc}", follow_redirects=True,
                      timeout=20) as client:  # fmt: skip
        send(client, client.get(parts.path), password1=PASSWORD, password2=PASSWORD)
        send(client, client.get("/masuk/"), login="admin", password=PASSWORD)
        page = client.get("/akun/dua-langkah/nyalakan/")
        if "sekali-lagi" in page.url.path:
            page = send(client, page, password=PASSWORD)
        secret = re.search(r'<span class="no wrap">([A-Z2-7]+)</span>', page.text)
        assert secret, f"no secret on {page.url}"
        send(client, page, code=token(secret[1]))
        desk = client.get("/petugas/atur/")
        assert desk.status_code == 200, f"{desk.status_code} {desk.url}"
        assert "dua-langkah" not in desk.url.path, desk.url


if __name__ == "__main__":
    main(*sys.argv[1:])
