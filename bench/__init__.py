"""`make bench`: what Tanggap does on this machine, mostly as ratios, because absolute figures are the machine's."""
