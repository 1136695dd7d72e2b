"""What the parent knows of the environments, from what the scout says."""

from poolmgr.domain.json import JsonObject, record
from poolmgr.pool.environments import Environments
from poolmgr.telemetry.events import Event, subscribe

DOWN: JsonObject = {"environment": "prod", "error": "no answer", "retry_seconds": 4.0}


def shown(environments: Environments, now: float) -> JsonObject:
    return record(environments.as_json(now, lambda name: [f"{name} is slow"]), "prod")


def test_an_outage_is_shown_with_its_beginning_and_its_next_try() -> None:
    environments = Environments()
    assert environments.hear_outage(DOWN, now=100.0)
    first = shown(environments, now=101.0)
    assert (first["outage"], first["retry_in_seconds"]) == ("no answer", 3.0)
    assert first["down_since"]
    assert shown(environments, now=110.0)["retry_in_seconds"] == 0.0, "it is under way"
    assert environments.hear_outage({**DOWN, "retry_seconds": 8.0, "error": "refused"}, now=112.0)
    again = shown(environments, now=112.0)
    assert (again["outage"], again["retry_in_seconds"]) == ("refused", 8.0)
    assert again["down_since"] == first["down_since"]
    assert environments.down() == {"prod"}


def test_after_an_outage_nothing_of_it_is_left() -> None:
    environments = Environments()
    environments.hear_outage(DOWN, now=0.0)
    environments.hear_depths({"environment": "prod", "depths": []})
    found = shown(environments, now=1.0)
    assert [found[key] for key in ("outage", "down_since", "retry_in_seconds")] == [None] * 3
    assert found["troubles"] == ["prod is slow"]
    assert environments.down() == set()


def test_a_slow_environment_is_said_once_and_shown_while_it_is_slow() -> None:
    heard: list[Event] = []
    end = subscribe(heard.append)
    environments = Environments()
    for seconds in (0.0, 1.25, 2.5):
        environments.hear_depths({"environment": "prod", "depths": [], "slow_seconds": seconds})
    assert shown(environments, now=0.0)["slow_seconds"] == 2.5
    environments.hear_depths({"environment": "prod", "depths": [], "slow_seconds": 0.0})
    end()
    assert shown(environments, now=0.0)["slow_seconds"] is None
    assert [(event.name, event.level) for event in heard] == [
        ("environment.slow", "warning"),
        ("environment.quick", "info"),
    ]
    assert "after 1.2 s" in str(heard[0].fields["error"])
