"""What the gateway answers in place of a result."""

from schemas.socket import RETRYABLE, Error, ErrorCode

RequestId = str | int | None


class RefusedError(Exception):
    """A request was refused; the socket lives on."""

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        position: int | None = None,
        available: list[str] | None = None,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.position = position
        self.available = available
        self.retry_after_ms = retry_after_ms
        self.request_id: RequestId = None

    def answer(self) -> Error:
        """The `error` message without the request's id."""
        details: dict[str, object] = {}
        if self.position is not None:
            details["position"] = self.position
        if self.available is not None:
            details["available"] = self.available
        if self.retry_after_ms is not None:
            details["retry_after_ms"] = self.retry_after_ms
        return Error(code=self.code, message=self.message, retryable=RETRYABLE[self.code], **details)  # type: ignore[arg-type]  # the members that are present


def going_away() -> RefusedError:
    """This gateway takes nobody in."""
    return RefusedError("unavailable", "This gateway is going away: connect again to reach another one.")


def unavailable(position: int | None = None) -> RefusedError:
    """Kafka or Redis is away, or has no room."""
    message = "The service is not reachable, or can keep nothing right now: nothing was accepted, send it again."
    return RefusedError("unavailable", message, position=position)
