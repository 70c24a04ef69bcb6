"""Settings: from the environment only, typed, each with a default that runs on a laptop.

A secret missing outside the demo stops the start: a system with a known key is worse than one that is down.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from tanggap.lib.database.line import Line


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def number(name: str, default: int) -> int:
    given = text(name)
    if given and not given.lstrip("-").isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {given!r}.")
    return int(given) if given else default


def flag(name: str, default: bool = False) -> bool:
    return text(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word for word in text(name, default).replace(",", " ").split() if word]


def secret(name: str) -> str:
    """A secret has no default: outside the demo its absence stops the start (reliability.md O02)."""
    given = text(name)
    if len(given) < 32:
        raise ImproperlyConfigured(
            f"{name} is missing or shorter than 32 signs. `tanggap up --demo` makes one for itself; "
            "for a city set it in the environment."
        )
    return given


BASE = Path(__file__).resolve().parent
DATA = Path(text("TANGGAP_DATA", "./var")).absolute()
DEMO = flag("TANGGAP_DEMO")
DEBUG = False

SECRET_KEY = secret("TANGGAP_SECRET_KEY")
SEAL_KEYS = secret("TANGGAP_SEAL_KEYS")
TRACKING_KEY = secret("TANGGAP_TRACKING_KEY").encode()
STATUS_TOKEN = text("TANGGAP_STATUS_TOKEN")

# ---- addresses ----
PORT = number("TANGGAP_PORT", 8311)
SITE_URL = text("TANGGAP_SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
# hosts inside that apps may be told at ("host" or "host:port"); without, only addresses of the open network
HOOK_HOSTS = frozenset(words("TANGGAP_HOOK_HOSTS"))
_site = urlsplit(SITE_URL)
HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = [*words("TANGGAP_HOSTS", "127.0.0.1 localhost [::1]"), _site.hostname or ""]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUSTED_HOPS = number("TANGGAP_TRUSTED_HOPS", 0)

# ---- database ----
STATEMENT_TIMEOUT_MS = number("TANGGAP_STATEMENT_TIMEOUT_MS", 15_000)


def database(url: str) -> dict:
    """A postgresql:// address as Django wants it; `?host=/folder` names a Unix socket."""
    parts = urlsplit(url)
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "tanggap.lib.database",
        "NAME": unquote(parts.path.lstrip("/")) or "tanggap",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.get("host", "") or parts.hostname or ""),
        "PORT": query.get("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            # one pool a process: threads borrow; a connection that broke is an error once and then replaced. Left
            # to itself the pool doubles its pauses while the database is away, and stays away for minutes longer
            "pool": {
                "min_size": 1,
                "max_size": number("TANGGAP_POOL", 12),
                "timeout": 5,
                "reconnect_timeout": 2,
                "connection_class": Line,
            },
            # a partition is noticed in 5 s, where libpq's default hangs for over 45 s
            "tcp_user_timeout": 5000,
            "connect_timeout": 5,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=5000 -c timezone=UTC",
        },
    }


DATABASES = {"default": database(text("DATABASE_URL", "postgresql:///tanggap"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- the app ----
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "csp",
    "tanggap.apps.TanggapConfig",
]
MIDDLEWARE = [
    "tanggap.web.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "tanggap.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "tanggap.urls"
WSGI_APPLICATION = "tanggap.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "NAME": "jinja2",
        "DIRS": [BASE / "pages", BASE / "web" / "templates", BASE / "reply" / "letters"],
        "OPTIONS": {
            "environment": "tanggap.web.jinja.environment",
            "context_processors": ["tanggap.web.context.page"],
        },
    },
    {
        # only for third parties; a test fails when an address of ours renders with it
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "NAME": "django",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# ---- people ----
AUTH_USER_MODEL = "tanggap.Officer"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "tanggap.pages.account.adapter.OfficersOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
MFA_ADAPTER = "tanggap.pages.account.adapter.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tanggap"
MFA_TOTP_TOLERANCE = 1  # half a minute either way: telephones' clocks drift
# roles whose row says so open nothing before it is set up; the demo prints its passwords anyway
SECOND_STEP_REQUIRED = not DEMO
LOGIN_URL = "/masuk/"
LOGIN_REDIRECT_URL = "/petugas/"
# log-in with an account elsewhere (OpenID Connect): offered where the issuer is named
OIDC_ISSUER = text("TANGGAP_OIDC_ISSUER").rstrip("/")
OIDC_CLIENT_ID = text("TANGGAP_OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = text("TANGGAP_OIDC_CLIENT_SECRET")
OIDC_NAME = text("TANGGAP_OIDC_NAME", "OpenID Connect")
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET):
    raise ImproperlyConfigured(
        "TANGGAP_OIDC_ISSUER is set: TANGGAP_OIDC_CLIENT_ID and TANGGAP_OIDC_CLIENT_SECRET are needed too."
    )
if OIDC_ISSUER and urlsplit(OIDC_ISSUER).scheme != "https" and urlsplit(OIDC_ISSUER).hostname != "127.0.0.1":
    raise ImproperlyConfigured(
        "TANGGAP_OIDC_ISSUER must be an https address: passwords' stand-ins travel there."
    )
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tanggap.web.errors.csrf"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_HOPS else None
    SECURE_HSTS_SECONDS = number("TANGGAP_HSTS_SECONDS", 31_536_000)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    },
}

# counters of failed log-ins live where every process sees them
CACHES = {"default": {"BACKEND": "tanggap.lib.cache.JsonCache", "LOCATION": "tanggap_cache"}}

# ---- language and time ----
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "bahasa"
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ---- files ----
MEDIA_ROOT = DATA / "media"
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # `tanggap up` collects and compresses once; without that, files are served from where they lie
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "tanggap").is_dir()
WHITENOISE_MAX_AGE = 3600
MAX_PHOTO_BYTES = 20 * 1024 * 1024
MAX_PHOTOS = 4
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 300
DATA_UPLOAD_MAX_NUMBER_FILES = 12
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# ---- limits, each a number a city may raise ----
REPORTS_PER_HOUR = number("TANGGAP_REPORTS_PER_HOUR", 60)  # a client address
KEY_REPORTS_PER_HOUR = number("TANGGAP_KEY_REPORTS_PER_HOUR", 3600)  # an API key
RESETS_PER_HOUR = number("TANGGAP_RESETS_PER_HOUR", 20)  # passwords asked for anew, a client address
# people whose data one officer may open; more is somebody who collects, and is told (docs/watching.md)
REVEALS_PER_HOUR = number("TANGGAP_REVEALS_PER_HOUR", 60)
GUESSES_PER_HOUR = number("TANGGAP_GUESSES_PER_HOUR", 60)  # wrong secrets, a client address
QUEUE_SIZE = number("TANGGAP_QUEUE_SIZE", 512)  # submissions waiting for the committer

# ---- letters ----
EMAIL_HOST = text("TANGGAP_SMTP_HOST")
EMAIL_PORT = number("TANGGAP_SMTP_PORT", 587)
EMAIL_HOST_USER = text("TANGGAP_SMTP_USER")
EMAIL_HOST_PASSWORD = text("TANGGAP_SMTP_PASSWORD")
EMAIL_USE_TLS = flag("TANGGAP_SMTP_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("TANGGAP_MAIL_FROM", "tanggap@localhost")
EMAIL_FILE_PATH = DATA / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)

# ---- safety copies (docs/backup.md) ----
BACKUP_KEY = text("TANGGAP_BACKUP_KEY")  # the public half; the secret one is kept elsewhere

# ---- watching (docs/watching.md) ----
METRICS_PORT = number("TANGGAP_METRICS_PORT", 0)  # 0: off; served by the worker, never by the public port
METRICS_HOST = text("TANGGAP_METRICS_HOST", "127.0.0.1")
LOG = text("TANGGAP_LOG", "line").lower()
if LOG not in {"line", "json"}:
    raise ImproperlyConfigured(f"TANGGAP_LOG is line or json, not {LOG!r}.")
LOG_REQUESTS = flag(
    "TANGGAP_LOG_REQUESTS", LOG == "json"
)  # a line for each request: its route, status and time

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # both write an exception's class and places, never its words
    "formatters": {"line": {"()": "tanggap.web.logs.Line"}, "json": {"()": "tanggap.web.logs.Json"}},
    # the path of a request may hold a report's secret: lines name the route only
    "filters": {"routes": {"()": "tanggap.web.logs.RoutesOnly"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": LOG, "filters": ["routes"]}},
    "root": {"handlers": ["out"], "level": text("TANGGAP_LOG_LEVEL", "INFO")},
    "loggers": {
        # without Django's own handlers, which write and mail past ours
        "django": {"handlers": [], "propagate": True, "level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
