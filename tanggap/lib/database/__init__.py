"""Django's backend for PostgreSQL with a memory of one second (base.py), and its connections (line.py)."""
