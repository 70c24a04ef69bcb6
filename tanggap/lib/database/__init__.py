"""Django's backend for PostgreSQL with a memory of one second: see base.py."""
