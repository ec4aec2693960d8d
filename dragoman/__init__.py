"""The command `dragoman`, the client of the socket protocol, and what every process shares."""
