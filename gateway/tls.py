"""TLS in the gateway itself, for those who have no proxy in front of it."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from dragoman.runtime.errors import DragomanError
from dragoman.runtime.settings import Settings


def tls_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS when it is set. Raises DragomanError with one line that says what is wrong with which file."""
    certificate, key = settings.tls_cert, settings.tls_key
    if not certificate and not key:
        return None
    if not (certificate and key):
        raise DragomanError("TLS needs both: set DRAGOMAN_TLS_CERT and DRAGOMAN_TLS_KEY")
    for name, file in (("DRAGOMAN_TLS_CERT", certificate), ("DRAGOMAN_TLS_KEY", key)):
        _readable(name, file)
    _valid_now(certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise DragomanError(_trouble(error, certificate, key)) from error
    return context


def _readable(name: str, file: str) -> None:
    try:
        Path(file).read_bytes()
    except OSError as error:
        raise DragomanError(f"{name}: cannot read {file}: {error.strerror}") from error


def _valid_now(certificate: str) -> None:
    """Raises DragomanError for a certificate that browsers would refuse, each with another message."""
    try:
        leaf = x509.load_pem_x509_certificate(Path(certificate).read_bytes())
    except ValueError as error:
        raise DragomanError(f"DRAGOMAN_TLS_CERT: {certificate} holds no certificate in PEM format") from error
    if leaf.not_valid_after_utc < datetime.now(UTC):
        raise DragomanError(
            f"DRAGOMAN_TLS_CERT: {certificate} expired on {leaf.not_valid_after_utc:%Y-%m-%d}: renew it"
        )
    if leaf.not_valid_before_utc > datetime.now(UTC):
        raise DragomanError(
            f"DRAGOMAN_TLS_CERT: {certificate} is not valid before {leaf.not_valid_before_utc:%Y-%m-%d}"
        )


def _trouble(error: ssl.SSLError, certificate: str, key: str) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"DRAGOMAN_TLS_KEY: {key} is not the key of {certificate}"
    return f"DRAGOMAN_TLS_KEY: {key} holds no key in PEM format, or one with a password: give one without"


def _no_password() -> str:
    """Keeps OpenSSL from asking at the terminal."""
    return ""
