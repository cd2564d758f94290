"""Methods of the simultaneous family, one short file a paper."""
