"""What `tanggap doctor` sees without a database: settings that don't fit each other, disk, folders, the mail server.

A check is a generator of sentences, each saying what is wrong and what to do. None repeats a secret.
"""

import os
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from tanggap.cli import place
from tanggap.lib import files, seal

SECRETS = ("TANGGAP_SECRET_KEY", "TANGGAP_SEAL_KEYS", "TANGGAP_TRACKING_KEY")
SHORTEST = 32
VARIED = 12  # different signs: fewer are a word or a row of the same
ENOUGH_MB = 1024
MAIL_SECONDS = 10

Sentences = Iterator[str]


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def demo() -> bool:
    return text("TANGGAP_DEMO").lower() in {"1", "true", "yes", "on"}


def is_here(host: str | None) -> bool:
    """Only this machine is meant."""
    if host in ("localhost", ""):
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def hops() -> int:
    given = text("TANGGAP_TRUSTED_HOPS", "0")
    return int(given) if given.isdigit() else 0


def site_url() -> str:
    return text("TANGGAP_SITE_URL") or f"http://127.0.0.1:{text('TANGGAP_PORT') or 8311}"


# ---- the checks ----


def secrets() -> Sentences:
    known: dict[str, str] = {}
    for name in SECRETS:
        value = text(name)
        if len(value) < SHORTEST:
            how = "missing" if not value else f"shorter than {SHORTEST} signs"
            yield f"{name} is {how}: take the line that `tanggap secrets` prints and keep a copy of it elsewhere."
        elif len(set(value)) < VARIED:
            yield f"{name} is too simple to be a secret: take one that `tanggap secrets` prints."
        elif value in known:
            yield f"{name} and {known[value]} are the same: give each a secret of its own."
        known.setdefault(value, name)
    if len(text("TANGGAP_SEAL_KEYS")) >= SHORTEST:
        try:
            seal.Keyring.parse(text("TANGGAP_SEAL_KEYS"))
        except seal.BadKey as error:
            yield f"TANGGAP_SEAL_KEYS can't be read: {error}"


def demo_secrets() -> Sentences:
    """The demo's own secrets, and the demo itself, where somebody beyond this machine is served."""
    own = place.data() / "secrets.env"
    if own.exists() and own.stat().st_mode & 0o077:
        yield f"{own} can be read by others: `chmod 600 {own}`."
    if demo() and not is_here(urlsplit(site_url()).hostname):
        yield (
            "TANGGAP_DEMO is set although TANGGAP_SITE_URL is a public address: passwords of a demo are known. Take it "
            "out, with the secrets made for the demo."
        )
    elif not demo() and own.exists():
        made = {line.partition("=")[2] for line in own.read_text().splitlines() if not line.startswith("#")}
        used = [name for name in SECRETS if text(name) and text(name) in made]
        if used:
            verb = "is" if len(used) == 1 else "are"
            yield f"{', '.join(used)} {verb} the demo's own: take new ones from `tanggap secrets`."


def site() -> Sentences:
    given = text("TANGGAP_SITE_URL")
    parts = urlsplit(given)
    hosts = text("TANGGAP_HOSTS").replace(",", " ").split()
    if not given:
        yield f"TANGGAP_SITE_URL is not set: links in letters would lead to {site_url()}. Set it to https://your.city."
        return
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield f"TANGGAP_SITE_URL is no address of the web: {given!r}. Write it like https://lapor.kota.example."
        return
    if parts.path.strip("/") or parts.query:
        yield f"TANGGAP_SITE_URL has more than scheme, host and port: write {parts.scheme}://{parts.netloc}."
    if is_here(parts.hostname):
        yield f"TANGGAP_SITE_URL is {given}: links in letters would lead every reader to their own machine."
    if "*" in hosts:
        yield "TANGGAP_HOSTS holds *: a forged Host header would be believed. Name the hosts."
    elif hosts and parts.hostname not in hosts and not all(is_here(host.strip("[]")) for host in hosts):
        yield f"TANGGAP_HOSTS ({' '.join(hosts)}) and TANGGAP_SITE_URL ({parts.hostname}) name different hosts."


def https() -> Sentences:
    parts = urlsplit(site_url())
    if parts.scheme == "http" and not is_here(parts.hostname):
        yield (
            f"TANGGAP_SITE_URL begins with http: what citizens write would travel in the open. Put a proxy with TLS "
            f"before the port and set https://{parts.netloc}."
        )


def proxy() -> Sentences:
    parts = urlsplit(site_url())
    if parts.scheme == "https" and not hops():
        yield (
            "The site is https, and TANGGAP_TRUSTED_HOPS is 0: the proxy's X-Forwarded headers are not read, so all "
            "visitors share one limit. Set it to the number of your proxies, mostly 1."
        )
    if hops() and not is_here(place.host()):
        yield (
            f"A proxy is trusted (TANGGAP_TRUSTED_HOPS), and the port listens on {place.host()}: whoever goes around "
            "the proxy can forge any address. Set TANGGAP_HOST to 127.0.0.1, or close the port by a firewall."
        )


def disk() -> Sentences:
    folder = place.data()
    told: set[int] = set()
    for part in (folder, folder / "media", folder / "postgres"):
        if part.exists() and (device := part.stat().st_dev) not in told:
            told.add(device)
            if (free := files.free_mb(part)) < ENOUGH_MB:
                yield f"Only {free} MB are free where {part} lies: make room, {ENOUGH_MB} MB at least."


def media() -> Sentences:
    folder = place.data() / "media"
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield f"Photos can't be stored in {folder} ({error.strerror}): give the folder to the account that serves."
        return
    if folder.stat().st_mode & 0o007:
        yield f"Every account of this machine can enter {folder}: `chmod o= {folder}`."


def mail() -> Sentences:
    host = text("TANGGAP_SMTP_HOST")
    if not host:
        yield f"TANGGAP_SMTP_HOST is not set: letters and invitations only go into {place.data() / 'mail'}."
        return
    port = int(text("TANGGAP_SMTP_PORT")) if text("TANGGAP_SMTP_PORT").isdigit() else 587
    if not text("TANGGAP_MAIL_FROM"):
        yield "TANGGAP_MAIL_FROM is not set: other servers refuse mail from tanggap@localhost."
    why = mail_refusal(host, port)
    if why:
        yield f"The mail server {host}:{port} {why}"


def mail_refusal(host: str, port: int) -> str:
    """Connects, greets and logs in; sends nothing. Empty when all went well."""
    tls = text("TANGGAP_SMTP_TLS", "1").lower() in {"1", "true", "yes", "on"}
    try:
        with smtplib.SMTP(host, port, timeout=MAIL_SECONDS) as server:
            server.ehlo()
            if tls:
                server.starttls(context=ssl.create_default_context())
                server.ehlo()
            if text("TANGGAP_SMTP_USER"):
                server.login(text("TANGGAP_SMTP_USER"), text("TANGGAP_SMTP_PASSWORD"))
    except smtplib.SMTPAuthenticationError as error:
        return f"refuses the log-in ({error.smtp_code}): look at TANGGAP_SMTP_USER and TANGGAP_SMTP_PASSWORD."
    except smtplib.SMTPNotSupportedError:
        wanted = "TANGGAP_SMTP_TLS=0 only if it stands on this machine" if tls else "TANGGAP_SMTP_TLS=1"
        return f"does not offer what the settings ask for: {wanted}."
    except ssl.SSLError:
        return "shows a certificate that can't be trusted, or speaks TLS from the start: look at its name and port."
    except smtplib.SMTPException as error:
        return f"answers strangely ({type(error).__name__}): look at TANGGAP_SMTP_PORT."
    except OSError as error:
        return f"can't be reached ({error.strerror or type(error).__name__}): look at TANGGAP_SMTP_HOST and _PORT."
    return ""


CHECKS: tuple[tuple[str, Callable[[], Sentences]], ...] = (
    ("secrets", secrets),
    ("demo", demo_secrets),
    ("site", site),
    ("https", https),
    ("proxy", proxy),
    ("disk", disk),
    ("media", media),
    ("mail", mail),
)
