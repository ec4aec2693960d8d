"""What a session of a load counts of its utterances."""

import pytest

from dragoman.load.plan import PlannedListener, PlannedUtterance
from dragoman.load.response import UtteranceResponse
from dragoman.load.setup import LoadRun, LoadSetup
from dragoman.load.speaking import LoadSpeaker, SaidUtterance
from tests.dragoman.load.test_response import caption, part

SECOND = 16_000


@pytest.fixture
def got() -> UtteranceResponse:
    return UtteranceResponse(0, SECOND, lambda position: position / SECOND, hears=True)


async def test_speech_that_is_skipped_makes_no_figure_quicker(setup: LoadSetup, got: UtteranceResponse):
    run = LoadRun(setup, lambda: 18.5, 0.0)
    speaker = LoadSpeaker(run, 0, [PlannedListener("es", "steady", 0.0, None)])
    (listener,) = speaker._listeners
    got.caption(1.5, caption(0, SECOND))
    got.accounted(SECOND)
    got.speech(18.0, part(0, SECOND, audio=b"", outcome="skipped", reason="deadline"))
    planned = PlannedUtterance(0, 0.0, "simple", 1.0, 1.0, True, 1)
    await speaker._settled(SaidUtterance(planned, 1.0, 21.0, [(listener, got)]), [])
    assert run.tally.values("ttft") == [0.5]
    assert run.tally.values("total") == run.tally.values("first_audio") == [setup.timeouts_s["simple"]]
    assert run.tally.unanswered == {"total": 1, "first_audio": 1}
    assert run.tally.failed == {("simple", "speech skipped (deadline)"): 1}
