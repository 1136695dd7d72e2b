"""One OCR child at the shared limit: Redis, the real client, and a service with limits of its own."""

from collections.abc import Iterator

import pytest

from poolmgr.domain.json import number, records, whole
from poolmgr.domain.quota import Limit
from tests.caches import Cache
from tests.clusters import Clusters, remove
from tests.gemini.process import LoopbackGemini
from tests.ocr.gemini.scene import ROWS, index_of
from tests.stores.quota.limits import opened, place
from tests.waiting import async_until
from tests.workers.queues import DocumentsInMemory, QueueInMemory
from tests.workers.stage import happened, show
from tests.workers.test_asked import asked, claim

WINDOW_SECONDS = 6.0
LIMIT = Limit(requests=48, tokens=10_000_000, window_seconds=WINDOW_SECONDS)
GRANTED = LIMIT.requests * 10 // 8
"""What the service allows: the limit that is kept is 80 % of it, as 1,600 of Google's 2,000."""

DOCUMENTS, PAGES = 80, 4
LEAST_USE = 0.97


@pytest.fixture(scope="module")
def cache(clusters: Clusters) -> Iterator[Cache]:
    folder = clusters.new_folder("budget")
    made = Cache(folder)
    made.start()
    yield made
    made.stop()
    remove(folder)


@pytest.mark.proof
async def test_one_child_uses_the_whole_limit_through_the_real_client_and_is_never_refused(
    gemini: LoopbackGemini, cache: Cache
) -> None:
    document = index_of(*[ROWS[:2]] * PAGES)
    shelf = DocumentsInMemory(**{f"index/prod-{number}.pdf": document for number in range(DOCUMENTS)})
    async with asked(gemini.settings()) as work:
        await work(claim(), shelf)
    gemini.set_up(requests=GRANTED, seconds=WINDOW_SECONDS, latency_seconds=0.5)
    queue = QueueInMemory(rows=DOCUMENTS)
    async with (
        opened(cache.url, place(LIMIT)) as limit,
        asked(gemini.settings(), limit.quota) as work,
        show(queue, work=work, jobs_at_once=16, documents=shelf),
    ):
        await async_until(lambda: happened(len(queue.written) == DOCUMENTS), within_seconds=120)
    assert {word for _, word in queue.written} == {"done"}
    told = gemini.call("tell")
    calls = records(told, "seen")
    assert {whole(call, "status") for call in calls} == {200}
    assert len(calls) == DOCUMENTS * PAGES
    # Steady: when the first window is over, until the last documents no longer fill the child.
    moments = sorted(number(call, "at") for call in calls)
    start, end = moments[0] + WINDOW_SECONDS, moments[-1] - WINDOW_SECONDS
    steady = sum(start <= moment < end for moment in moments)
    use = steady / (LIMIT.requests * (end - start) / WINDOW_SECONDS)
    print(f"use {use:.3f} of {LIMIT.requests} calls in {WINDOW_SECONDS:g} s, {end - start:.1f} s long")  # noqa: T201
    assert use >= LEAST_USE
