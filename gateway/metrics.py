"""What the gateway counts. No label holds a session or a person."""

from prometheus_client import Counter, Gauge, Histogram

SOCKETS = Gauge("dragoman_gateway_sockets", "Open sockets, and streams of captions (`stream`).", ["role"])
SPEAKING = Gauge("dragoman_gateway_speakers", "Sessions whose speaker is connected here.")
MESSAGES_IN = Counter("dragoman_gateway_messages_in_total", "Messages from clients.", ["kind"])
MESSAGES_OUT = Counter("dragoman_gateway_messages_out_total", "Messages to clients.", ["kind"])
AUDIO_SECONDS = Counter("dragoman_gateway_audio_seconds_total", "Seconds of audio accepted.")
ERRORS = Counter("dragoman_gateway_errors_total", "Requests refused, on sockets and by HTTP.", ["code"])
LIMITED = Counter("dragoman_gateway_limited_total", "What a limit refused or closed.", ["limit"])
OPENED = Counter("dragoman_gateway_sockets_opened_total", "Sockets opened.")
CLOSED = Counter(
    "dragoman_gateway_sockets_closed_total", "Sockets that ended, by the close code they ended with.", ["code"]
)
CONNECTIONS = Gauge(
    "dragoman_gateway_connections", "Open connections to the public port, also those without a request."
)
NO_HTTP = Counter("dragoman_gateway_bad_requests_total", "What came to the public port and is no HTTP.")
DEAD = Counter("dragoman_gateway_dead_sockets_total", "Sockets reset because the client answered no ping.")
AUDIO_WARNINGS = Counter("dragoman_gateway_audio_warnings_total", "Warnings of bad audio to speakers.", ["code"])
EVICTIONS = Counter("dragoman_gateway_evictions_total", "Sockets closed because they did not read.")
RECOVERED = Counter("dragoman_gateway_publications_recovered_total", "Publications read from history after a gap.")
LOG_RETRIES = Counter("dragoman_gateway_log_retries_total", "Deliveries to Kafka that were tried again.")
TICKETS = Counter("dragoman_gateway_tickets_total", "Tickets given, used, and refused.", ["outcome"])
ISSUER_FAILURES = Counter("dragoman_gateway_issuer_failures_total", "Times that the issuer gave no usable keys.")
DURABLE_SECONDS = Histogram(
    "dragoman_gateway_durable_seconds",
    "From accepting audio to its being durable.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
EXPORTS = Counter(
    "dragoman_gateway_exports_total", "Transcripts asked for; `outcome`: `ok` or the error.", ["format", "outcome"]
)
DELETIONS = Counter(
    "dragoman_gateway_deletions_total", "Sessions to be deleted; `outcome`: `ok` or the error.", ["outcome"]
)
