"""Addresses for machines that watch or call us: health now, webhooks of channels later."""
