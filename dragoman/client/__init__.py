"""The Python client of the socket protocol: speak and listen, with resend and resume."""
