"""`python -m tanggap.cli`, which needs no installed script."""

import sys

from tanggap.cli import main

if __name__ == "__main__":
    sys.exit(main())
