"""The demo's data is committed, as in life: in one long transaction PostgreSQL would drag every dead row of the due
tables along."""

import pytest

from tests import story


@pytest.fixture(name="committed", scope="module")
def _committed(_tables, django_db_blocker):
    """The tables to empty before and after."""
    with django_db_blocker.unblock():
        yield _tables
        story.forget_everything(_tables)
