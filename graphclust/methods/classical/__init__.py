"""Methods of the classical family, one short file a paper."""
