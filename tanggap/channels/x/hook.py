"""X's requests at our webhook: the challenge (GET ?crc_token=), and posts signed over their raw bytes.

The challenge is answered with a signature by the same secret that signs the posts. Whoever asks could have a forged
post signed that way; so only words are signed that can't be a post, and a post that could be such words is refused.
"""

import base64
import hashlib
import hmac
import json
import re

from tanggap.channels.base import Account, Answered, Asked
from tanggap.channels.x import parse
from tanggap.lib import loosely

SIGNATURE = "x-twitter-webhooks-signature"
TOKEN = re.compile(r"[A-Za-z0-9_+/=.-]{1,500}")


def hook(account: Account, asked: Asked) -> Answered:
    if asked.method == "GET":
        return challenge(account, asked.query.get("crc_token", ""))
    if asked.method != "POST":
        return Answered(405)
    if not signed(account, asked):
        return Answered(403)
    return Answered(200, heard=parse.parse(account, asked.body))


def challenge(account: Account, token: str) -> Answered:
    secrets = loosely.values(account["consumer_secret"])
    if not secrets or not TOKEN.fullmatch(token):
        return Answered(403)
    answer = {"response_token": sign(secrets[0], token.encode())}
    return Answered(200, json.dumps(answer), "application/json")


def signed(account: Account, asked: Asked) -> bool:
    """Did somebody who knows the app's secret sign these very bytes, and are they no challenge?"""
    secrets = [sign(one, asked.body) for one in loosely.values(account["consumer_secret"])]
    fits = loosely.same(asked.headers.get(SIGNATURE, ""), secrets)
    return fits and asked.body.lstrip().startswith(b"{")


def sign(secret: str, body: bytes) -> str:
    digest = hmac.new(secret.encode("utf-8", "replace"), body, hashlib.sha256).digest()
    return f"sha256={base64.b64encode(digest).decode()}"
