"""Where? What? Known already? Pure functions first; actions.py writes what they found, or asks a person."""
