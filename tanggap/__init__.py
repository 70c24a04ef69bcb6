"""Tanggap: citizen reports for a city. Every channel in one place, and nobody is ignored."""

__version__ = "0.1.0"
