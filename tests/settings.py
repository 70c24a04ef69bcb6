"""Tanggap's settings with nothing of this machine in them: no city's address, keys or data."""

import base64
import os
import tempfile

KEEP = {"TANGGAP_PG"}  # which PostgreSQL to test with

for name in [name for name in os.environ if name.startswith("TANGGAP_") and name not in KEEP]:
    del os.environ[name]
os.environ.pop("DATABASE_URL", None)

# removed by conftest.py
folder = tempfile.mkdtemp(prefix="tanggap-test-data-")
os.mkdir(os.path.join(folder, "static"))

key = base64.b64encode(b"only for tests, and for no city!").decode()
os.environ |= {
    "TANGGAP_DATA": folder,
    "TANGGAP_SECRET_KEY": "a key for tests, long enough to be taken for a real one",
    "TANGGAP_SEAL_KEYS": f"k1:{key}",
    "TANGGAP_TRACKING_KEY": key,
    "TANGGAP_LOG_LEVEL": "WARNING",
}

from tanggap.settings import *  # noqa: E402, F403
