"""Moving in: open and closed cases of an old system become ours, with their numbers and their past."""
