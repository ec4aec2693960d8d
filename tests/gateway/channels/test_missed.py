"""What a listener gets of before."""

import json

from gateway.channels.history import Entry
from gateway.channels.missed import Backlog, unspoken
from gateway.channels.revisions import Revisions
from schemas.channels import unframed
from tests.gateway.publisher import caption, ended, speech


def test_what_was_withdrawn_is_not_heard_by_who_comes_back() -> None:
    """It keeps its place, so that nothing is missing there."""
    revisions = Revisions()
    revisions.take("1-0", caption(0, "", revision=9, outcome="withdrawn"))
    revisions.take("2-0", caption(160, "hola, mundo", revision=9))
    entries = [
        Entry("0-1", "", speech(0, b"OggS secret")),
        Entry("160-1", "0-1", speech(160, b"OggS")),
        Entry("320-1", "160-1", ended("calm-otter-123")),
    ]
    now = unspoken(Backlog(entries, True, "320-1"), revisions.withdrawn)
    assert [(entry.id, entry.previous) for entry in now.entries] == [(entry.id, entry.previous) for entry in entries]
    header, audio = unframed(now.entries[0].payload)
    assert (json.loads(header)["outcome"], audio) == ("skipped", b"")
    assert now.entries[1:] == entries[1:]
