"""The tests: unit/ mirrors the package, stories/ use the real doors, services/ need real servers."""
