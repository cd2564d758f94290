"""Methods of the multistage family, one short file a paper."""
