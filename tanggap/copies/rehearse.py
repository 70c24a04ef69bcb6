"""Prove a copy: bring it back into a temporary server and folder, compare, and take both away again."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from tanggap.copies import manifest
from tanggap.copies.errors import CopyError
from tanggap.copies.keys import Secrets
from tanggap.copies.manifest import Manifest
from tanggap.copies.restore import Brought, Progress, Target, restore
from tanggap.copies.stores import Store
from tanggap.lib import postgres


def rehearse(
    store: Store, found: Manifest, key_file: Path, now: datetime, progress: Progress = lambda *_: None
) -> Brought:
    """Raises CopyError; the mark of the proof is written only when all is as it was."""
    try:
        with postgres.temporary() as server:
            if server.cluster is None:
                raise CopyError("A rehearsal needs a server of its own.")
            # in the server's folder, so that a killed rehearsal's files go when the next one comes
            folder = server.cluster.parent / "rehearsal"
            brought = restore(store, found, key_file, Target(server.dsn_url, folder), progress)
    except postgres.PostgresError as error:
        raise CopyError(f"No temporary server: {error}") from None
    manifest.prove(store, found.name, now)
    return brought


def check_secrets(found: Manifest, environment: Mapping[str, str]) -> bool:
    """Whether the city's secrets are at hand and right; False where there are none, as on the machine of the key.

    Raises WrongSecrets where they are another city's.
    """
    if not environment.get("TANGGAP_SEAL_KEYS") and not environment.get("TANGGAP_TRACKING_KEY"):
        return False
    found.check(Secrets.read(environment))
    return True
