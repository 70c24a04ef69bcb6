"""The city as data: files of a folder like reference/jakarta into tables, and borders onto the map."""
