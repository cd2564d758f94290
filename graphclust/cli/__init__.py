"""The command line: one file a command, heavy imports only once a command runs."""
