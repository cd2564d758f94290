"""Methods of the iterative family, one short file a paper."""
