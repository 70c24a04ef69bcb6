"""Open311 GeoReport v2: its words outside, ours inside.

A service is a category, a service request a report (with the status of its case), a jurisdiction the city.
XML and JSON by the address's suffix only; no cookie is read, so a browser's log-in means nothing here.
"""
