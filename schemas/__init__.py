"""What crosses a process boundary: messages, topics, channels, the socket protocol, close codes."""
