"""Tools that know no word of this business.

geometry, telephones, pictures, working time, seals, a database launcher.
"""
