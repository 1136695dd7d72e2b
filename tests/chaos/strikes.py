"""The faults of a storm. Each returns when the pool has had what it needs to get over it."""

import os
import signal
from contextlib import ExitStack

import psutil

from poolmgr.domain.json import text, whole
from tests.chaos.disks import Disk
from tests.chaos.faults import freeze, is_replaced
from tests.chaos.storm import Fault, Storm
from tests.pool.test_admission_real import hog
from tests.waiting import until

MB = 2**20

# Children and the scout


def kill_a_child(storm: Storm) -> None:
    storm.victim().kill()


def kill_two_children(storm: Storm) -> None:
    one, two = storm.victim(), storm.victim()
    one.kill()
    two.kill()


def stop_a_child(storm: Storm) -> None:
    victim = storm.victim()
    until(lambda: is_replaced(storm.pool, victim), 10, "a replacement")


def stop_a_child_for_a_moment(storm: Storm) -> None:
    storm.victim().thaw()


def scout(storm: Storm) -> int:
    return whole(storm.pool.child("scout"), "pid")


def kill_the_scout(storm: Storm) -> None:
    os.kill(scout(storm), signal.SIGKILL)


def stop_the_scout(storm: Storm) -> None:
    before = text(storm.pool.child("scout"), "worker")
    freeze(scout(storm))
    until(lambda: storm.pool.child("scout").get("worker") not in (None, before), 10, "another scout")


def kill_a_child_and_the_scout(storm: Storm) -> None:
    victim, other = storm.victim(), scout(storm)
    freeze(other)
    victim.kill()
    os.kill(other, signal.SIGKILL)


# The database


def freeze_the_database(storm: Storm) -> None:
    storm.cluster.freeze()
    downs = len(storm.pool.events("environment.down"))
    until(lambda: len(storm.pool.events("environment.down")) > downs, 15, "the pool's notice")
    storm.cluster.thaw()


def freeze_the_database_for_a_moment(storm: Storm) -> None:
    storm.cluster.freeze()
    storm.cluster.thaw()


def kill_the_database(storm: Storm) -> None:
    storm.cluster.kill()
    storm.cluster.start()


def stop_the_database(storm: Storm) -> None:
    storm.cluster.stop()
    storm.cluster.start()


def kill_a_child_while_the_database_is_away(storm: Storm) -> None:
    victim = storm.victim()
    storm.cluster.kill()
    victim.kill()
    until(lambda: is_replaced(storm.pool, victim), 10, "a replacement")
    storm.cluster.start()


def cut_every_connection(storm: Storm) -> None:
    storm.audit.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'registre-pool'"
    )


def reload_with_other_counts(storm: Storm) -> None:
    storm.pool.configure(ocr__children=storm.random.randint(3, 5), ocr__dpi=storm.random.randint(250, 300))
    storm.pool.send(signal.SIGHUP)


# What is around


def kill_redis(storm: Storm) -> None:
    storm.cache.kill()
    storm.cache.start()


def freeze_redis(storm: Storm) -> None:
    """Until the scout has waited for its answer in vain."""
    before = len(storm.pool.events("redis.down"))
    storm.cache.freeze()
    until(lambda: len(storm.pool.events("redis.down")) > before, 15, "the pool's notice")
    storm.cache.thaw()


def hang_the_disk(storm: Storm) -> None:
    """Whoever opens a waiting document stands still in the kernel, its lease in hand."""
    storm.feed()
    with Disk(storm.pool.folder / "documents") as disk:
        until(disk.held_up, 20, "a child that waits for the disk")
        storm.tells_status()


def kill_a_child_on_a_hanging_disk(storm: Storm) -> None:
    storm.feed()
    with Disk(storm.pool.folder / "documents") as disk:
        until(disk.held_up, 20, "a child that waits for the disk")
        storm.victim().kill()


def read_no_log(storm: Storm) -> None:
    """Until its pipe is full, and the pool has done a job all the same."""
    storm.feed()
    reader = storm.pool.reader_pid
    freeze(reader)
    with ExitStack() as stack:
        stack.callback(os.kill, reader, signal.SIGCONT)
        until(storm.pool.log_is_full, 20, "a full pipe")
        done = storm.audit.finished()
        until(lambda: storm.audit.finished() > done, 20, "a job that is done")
        storm.tells_status()


def take_the_memory(storm: Storm) -> None:
    """A process takes what is left above the reserve: who is idle is sent away, and nobody comes."""
    memory = psutil.virtual_memory()
    reserve = 100 * (memory.available - 500 * MB) / memory.total
    storm.pool.configure(server__reserve_ram_percent=round(reserve, 2))
    storm.pool.send(signal.SIGHUP)
    with hog(1000 * MB):
        until(lambda: any(child.get("refused") for child in storm.pool.children()), 20, "a refusal")
    storm.pool.configure(server__reserve_ram_percent=5)
    storm.pool.send(signal.SIGHUP)
    until(storm.pool.is_ready, 10, "all children when the memory is free again")


def grow_beyond_the_limit(storm: Storm) -> None:
    """No child is as small as the limit is now: those that work are asked to finish, and replaced."""
    victim = storm.victim()
    storm.pool.configure(ocr__child_memory_limit_mb=5)
    storm.pool.send(signal.SIGHUP)
    victim.thaw()
    until(lambda: storm.pool.child(victim.name).get("worker") != victim.worker, 20, "a replacement")
    storm.pool.configure(ocr__child_memory_limit_mb=0)
    storm.pool.send(signal.SIGHUP)
    until(storm.pool.is_ready, 20, "children that may be as large as they are")


# The parent


def kill_the_parent(storm: Storm) -> None:
    family = storm.pool.descendants()
    storm.pool.send(signal.SIGKILL)
    storm.pool.running.wait()
    until(lambda: not any(process.is_running() for process in family), 5, "the end of every descendant")


def drain_the_pool(storm: Storm) -> None:
    assert storm.pool.stop() == 0


def stop_the_pool_at_once(storm: Storm) -> None:
    storm.pool.send(signal.SIGTERM)
    assert storm.pool.stop() == 0


def quit_the_pool(storm: Storm) -> None:
    storm.pool.send(signal.SIGQUIT)
    storm.pool.running.wait(10)


WITHIN_A_LIFE: tuple[Fault, ...] = (
    kill_a_child, kill_two_children, stop_a_child, stop_a_child_for_a_moment, kill_the_scout, stop_the_scout,
    kill_a_child_and_the_scout, freeze_the_database, freeze_the_database_for_a_moment, kill_the_database,
    stop_the_database, kill_a_child_while_the_database_is_away, cut_every_connection,
    reload_with_other_counts, kill_redis, freeze_redis, hang_the_disk, kill_a_child_on_a_hanging_disk,
    read_no_log, take_the_memory, grow_beyond_the_limit,
)  # fmt: skip
ENDS_OF_A_LIFE: tuple[Fault, ...] = (kill_the_parent, drain_the_pool, stop_the_pool_at_once, quit_the_pool)
