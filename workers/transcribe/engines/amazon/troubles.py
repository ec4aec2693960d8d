"""What the errors of the client library mean."""

from amazon_transcribe.exceptions import (
    BadRequestException,
    ConflictException,
    CredentialsException,
    HTTPException,
    LimitExceededException,
    SDKError,
    ServiceException,
    UnknownServiceException,
)
from awscrt.exceptions import AwsCrtError

from workers.amazon.troubles import trouble_of
from workers.errors import AtCapacity, EngineCrashed, EngineError, EngineRefused, EngineThrottled, EngineUnavailable

ACTION = "transcribe:StartStreamTranscription"
"""What IAM calls it."""


def trouble(error: SDKError | AwsCrtError, *, begun: bool) -> EngineError:
    """What to raise in place of it. `begun`: the stream had been accepted, so that no setting is to blame."""
    match error:
        case LimitExceededException():
            return AtCapacity("(quota: streams of the account, or begun too fast)")
        case ConflictException():
            return EngineRefused("(another stream took its place)")
        case BadRequestException():
            return EngineCrashed("(bad request)") if begun else EngineRefused(f"(Amazon says: {error.message})")
        case UnknownServiceException():
            found = trouble_of(str(error.error_code), int(error.status_code), ACTION)
            return AtCapacity(f"({found.args[0]})") if isinstance(found, EngineThrottled) else found
        case CredentialsException():
            return EngineUnavailable("credentials: none are found")
        case HTTPException():
            return EngineCrashed("(region or network: no HTTP/2)")
        case ServiceException():
            return EngineCrashed(f"({type(error).__name__})")
        case AwsCrtError():
            return EngineCrashed(f"(region or network: {error.name})")
    return EngineCrashed(f"({type(error).__name__})")
