"""CPU seconds are counted of who lives and of who has ended."""

import subprocess
import sys

import psutil

from bench.meter import Meter


def test_what_a_child_spent_is_counted_also_after_its_end() -> None:
    meter = Meter(roots=[psutil.Process()])
    before = meter.seconds()
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    subprocess.run([sys.executable, "-c", burn], check=True, timeout=60)
    assert meter.seconds() - before > 0.25
