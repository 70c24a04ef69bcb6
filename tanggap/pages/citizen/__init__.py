"""What citizens read and fill in: report, track, confirm. No account, works without script."""
