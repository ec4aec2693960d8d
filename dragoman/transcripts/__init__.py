"""A session's text as a file. No I/O: the gateway and the command line read the records, each in its own way."""
