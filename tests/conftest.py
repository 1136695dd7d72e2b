import signal

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.clusters",
    "tests.projects",
    "tests.replicas",
    "tests.lenders",
    "tests.gemini.process",
    "tests.proof_report",
]

# A machine that others use too is slow now and then: no example is judged by its time.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

# Under nohup every pool of a test would inherit that and not reload; a handler, unlike it, is not inherited.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
