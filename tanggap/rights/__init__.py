"""The citizen's rights: see, download, correct, erase; and what goes by itself when its time is over."""
