"""What an error of Amazon's means: whose fault it is, and whether to ask again. Decided by its kind, never its text.

The words say which of four things is wrong, so that `dragoman doctor` can: credentials, region, permission, quota.
"""

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigNotFound,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSOError,
)

from workers.errors import EngineCrashed, EngineError, EngineRefused, EngineThrottled, EngineTimeout, EngineUnavailable

_CREDENTIALS: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "RequestExpired",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_PERMISSION: Final = {
    "AccessDenied",
    "AccessDeniedException",
    "NotAuthorized",
    "OptInRequired",
    "SubscriptionRequiredException",
}
_QUOTA: Final = {
    "LimitExceededException",
    "RequestLimitExceeded",
    "ServiceQuotaExceededException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
}
_NO_CREDENTIALS: Final = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    ProfileNotFound,
    ConfigNotFound,
    SSOError,
)


def trouble(error: BotoCoreError | ClientError, action: str) -> EngineError:
    """What to raise in place of it; `action`: what IAM calls the call that was made."""
    match error:
        case ClientError():
            meta = error.response.get("ResponseMetadata", {})
            return trouble_of(
                error.response.get("Error", {}).get("Code", ""),
                meta.get("HTTPStatusCode", 0),
                action,
                meta.get("HTTPHeaders", {}).get("retry-after", ""),
            )
        case error if isinstance(error, _NO_CREDENTIALS):
            return EngineUnavailable(
                f"credentials: none are found ({type(error).__name__}): set AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role"
            )
        case NoRegionError() | InvalidRegionError():
            return EngineUnavailable("region: none is named that there is: set DRAGOMAN_AMAZON_REGION or AWS_REGION")
        case ReadTimeoutError() | ConnectTimeoutError():
            return EngineTimeout(f"({action})")
        case EndpointConnectionError():
            return EngineCrashed(f"(region or network: nothing answers at {error.kwargs.get('endpoint_url', '')})")
    return EngineCrashed(f"({type(error).__name__})")


def trouble_of(code: str, status: int, action: str, retry_after: str = "") -> EngineError:
    """The same of an answer with this code of Amazon's and HTTP status; `retry_after`: the header of that name."""
    if code in _CREDENTIALS:
        return EngineUnavailable(f"credentials: Amazon does not accept them ({code})")
    if code in _PERMISSION or status in (401, 403):
        return EngineUnavailable(f"permission: the credentials do not allow {action} ({code or status})")
    if code in _QUOTA or status == 429:
        return EngineThrottled(f"quota: {action} ({code or status})", retry_after_s=_seconds(retry_after))
    if status >= 500:
        return EngineCrashed(f"({code or status})")
    return EngineRefused(f"({code or status})")


def reason(error: EngineError) -> str:
    """What is wrong, in words for the operator: without the sentence that is the kind of the error."""
    return str(error.args[0]).strip("()") if error.args else str(error)


def _seconds(header: str) -> float:
    try:
        return max(0.0, float(header))
    except ValueError:
        return 0.0
