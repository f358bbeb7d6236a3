"""Bring FER2013, in any of the forms in which it can be downloaded, to data/raw."""
