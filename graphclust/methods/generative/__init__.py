"""Methods of the generative family, one short file a paper."""
