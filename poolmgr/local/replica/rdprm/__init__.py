"""The stand-in of the RDPRM: its services, its consultation of one page, and the print of what was found.

A name that holds « inconnue » is found nowhere; one that holds « volumineuse » has a large extract.
"""
