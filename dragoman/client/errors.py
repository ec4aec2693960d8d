"""What a client of the protocol can run into. The text is one sentence for the person at the keyboard."""

from typing import Any

from dragoman.runtime.called import called
from dragoman.runtime.errors import DragomanError
from schemas.close_codes import CloseCode
from schemas.socket import Error


class ClientError(DragomanError):
    """The session cannot go on from this client's side."""


class GatewayUnreachable(ClientError):
    """No gateway answers."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(f"no gateway answers at {url} ({detail}): start one with `{called()} up`, or give its --url")


class CertificateRefused(GatewayUnreachable):
    """A gateway answers, with a certificate that nobody here trusts."""

    def __init__(self, url: str) -> None:
        ClientError.__init__(
            self, f"the certificate of {url} is not trusted here: if it is your own, set SSL_CERT_FILE to its file"
        )


class SocketClosed(ClientError):
    """The gateway closed the socket, or the connection was lost; `code` is a close code of the protocol."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"the connection ended with {code}: {meaning(code)}")


class RequestRefused(ClientError):
    """The gateway answered with an `error`: the text is its message, with what is available."""

    def __init__(self, error: Error) -> None:
        available = _given(error.available)
        super().__init__(error.message + (f" Available: {', '.join(available)}." if available else ""))
        self.code = error.code
        self.message = error.message
        self.retryable = error.retryable
        self.position: int | None = _given(error.position)
        self.available: list[str] | None = available
        self.retry_after_ms: int | None = _given(error.retry_after_ms)


class CredentialUnreadable(ClientError):
    """The credential's file cannot be read just now."""


class StateError(ClientError):
    """The client's own state does not allow this call."""


def meaning(code: int) -> str:
    """What a close code says, in words."""
    known = next((known for known in CloseCode if known == code), None)
    return known.meaning if known else "a code that the protocol does not know"


def _given(member: Any) -> Any:
    """None in place of msgspec's UNSET."""
    return member if isinstance(member, int | list) else None
