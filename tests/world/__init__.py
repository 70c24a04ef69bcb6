"""The rest of the world, played on this machine: small servers for the tests and the demo."""
