"""When an event was really written, and counts of the web processes. Old code goes on while this is applied."""

from django.db import migrations

# Not a column of the model: an event's `at` is a fact, this is the machine's own clock, only ever asked "how long did
# the machine itself take?". A default in the model would cost the bulk insert its one array per column.
WRITTEN = """
ALTER TABLE tanggap_event ADD COLUMN written_at timestamptz;
ALTER TABLE tanggap_event ALTER COLUMN written_at SET DEFAULT clock_timestamp();
"""
TALLY = """
CREATE UNLOGGED TABLE tanggap_tally (
  name text NOT NULL, labels text[] NOT NULL, n double precision NOT NULL, PRIMARY KEY (name, labels)
);
"""


class Migration(migrations.Migration):
    dependencies = [("tanggap", "0005_first_day")]
    operations = [
        migrations.RunSQL(WRITTEN, "ALTER TABLE tanggap_event DROP COLUMN written_at;"),
        migrations.RunSQL(TALLY, "DROP TABLE tanggap_tally;"),
    ]
