"""Doors for machines: what the pages are for people."""
