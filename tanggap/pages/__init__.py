"""Pages: a page is x.py and x.html side by side; the folder says who reads it."""
