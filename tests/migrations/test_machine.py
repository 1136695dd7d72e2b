"""The whole protocol against its model: any order of events, every answer and every row predicted."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from poolmgr.domain.states import marks
from tests.migrations.hosted import HostedProtocol
from tests.migrations.machine import QueueMachine
from tests.migrations.protocol import Protocol, say
from tests.migrations.watched import AUDIT

# Each takes several times as long as over a connection, and time passes by itself from the shortest delay on.
HOSTED_STEPS = 35
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def run(protocol: Protocol, examples: int, steps: int, number: int) -> Counter[str]:
    say(f"seed {number}, {examples} examples of {steps} steps")
    hits: Counter[str] = Counter()

    class BoundMachine(QueueMachine):
        def __init__(self) -> None:
            super().__init__(protocol, hits)

    protocol.query(AUDIT)
    run_state_machine_as_test(
        seed(number)(BoundMachine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=SLOW,
            print_blob=True,
            # Shrinking would replay thousands of steps; the failing ones are printed as they were.
            phases=[Phase.generate],
        ),
    )
    for what, times in sorted(hits.items()):
        say(f"{times:6} {what}")
    return hits


def test_the_queue_does_what_its_model_says(own_protocol: Protocol) -> None:
    run(own_protocol, examples=14, steps=50, number=1)


def test_the_queue_does_through_postgrest_what_its_model_says(own_hosted_protocol: HostedProtocol) -> None:
    run(own_hosted_protocol, examples=6, steps=HOSTED_STEPS, number=1)


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_the_queue_does_what_its_model_says_at_length(own_protocol: Protocol) -> None:
    check_tried(run(own_protocol, examples=250, steps=80, number=random.randrange(2**32)))


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_the_queue_does_through_postgrest_what_its_model_says_at_length(
    own_hosted_protocol: HostedProtocol,
) -> None:
    check_tried(run(own_hosted_protocol, examples=200, steps=HOSTED_STEPS, number=random.randrange(2**32)))


def check_tried(hits: Counter[str]) -> None:
    assert not [move for move in marks() if not hits[f"mark {move[0]} {move[1]} applied"]], "never tried"
