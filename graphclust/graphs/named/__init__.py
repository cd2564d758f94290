"""Readers of the named data sets, one file a format; none of them writes anything."""
