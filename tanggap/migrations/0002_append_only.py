"""What Django's models can't say: the ledger refuses to forget, and counters that may vanish with a crash."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION tanggap_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tanggap_event
  FOR EACH ROW EXECUTE FUNCTION tanggap_refuse();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON tanggap_event
  FOR EACH STATEMENT EXECUTE FUNCTION tanggap_refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON tanggap_change
  FOR EACH ROW EXECUTE FUNCTION tanggap_refuse();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON tanggap_change
  FOR EACH STATEMENT EXECUTE FUNCTION tanggap_refuse();
"""
MAY_FORGET = """
DROP TRIGGER append_only ON tanggap_event;
DROP TRIGGER append_only_all ON tanggap_event;
DROP TRIGGER append_only ON tanggap_change;
DROP TRIGGER append_only_all ON tanggap_change;
DROP FUNCTION tanggap_refuse();
"""

# Unlogged: counters of limits and failed log-ins may be lost in a crash, and must not slow the rest down.
COUNTERS = """
CREATE UNLOGGED TABLE tanggap_window (
  key text NOT NULL, at timestamptz NOT NULL, n integer NOT NULL DEFAULT 0, PRIMARY KEY (key, at)
);
CREATE UNLOGGED TABLE tanggap_cache (
  cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL
);
CREATE INDEX tanggap_cache_expires ON tanggap_cache (expires);
"""


class Migration(migrations.Migration):
    dependencies = [("tanggap", "0001_initial")]
    operations = [
        migrations.RunSQL(APPEND_ONLY, MAY_FORGET),
        migrations.RunSQL(COUNTERS, "DROP TABLE tanggap_window; DROP TABLE tanggap_cache;"),
    ]
