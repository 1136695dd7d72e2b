"""The tables of config.toml that every machine has: every key with its default, bounds and unit."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from poolmgr.config.section import (
    DAY_SECONDS,
    Folder,
    Live,
    Name,
    Prefix,
    Recycle,
    RedisAddress,
    Restart,
    Seconds,
    Section,
)
from poolmgr.domain.errors import ConfigError

LONGEST_SOCKET_PATH_BYTES = 100
"""Linux allows 107 (unix(7)); the rest is room for a temporary name beside it."""


class PoolSettings(Section):
    """The parent and its children."""

    worker_prefix: Restart[Prefix] = Field(
        "worker", description="First part of every worker id (older name: WORKER_ID)."
    )
    host: Restart[Name] = Field("", description="Name of this machine in leases; empty = its hostname.")
    data_folder: Restart[Folder] = Field(
        "",
        description="Where files rest; empty = $STATE_DIRECTORY, /var/lib/registre-pool (root) "
        "or ~/.local/share/registre-pool.",
    )
    control_socket: Restart[Folder] = Field(
        "",
        description="Unix socket, at most 100 bytes; empty = $RUNTIME_DIRECTORY or data_folder.",
    )
    beat_seconds: Recycle[float] = Field(
        2, ge=0.05, le=60, description="A child says that it lives this often (seconds)."
    )
    beat_missed_seconds: Live[float] = Field(
        10, ge=0.1, le=600, description="A child silent for this long is replaced (seconds)."
    )
    drain_seconds: Live[float] = Field(
        120, ge=0, le=DAY_SECONDS, description="After SIGTERM jobs may go on this long (seconds)."
    )
    paid_drain_seconds: Live[float] = Field(
        300, ge=0, le=DAY_SECONDS, description="After SIGTERM paid jobs may go on this long (seconds)."
    )
    kill_after_drain_seconds: Recycle[float] = Field(
        10, ge=0.1, le=600, description="A child still there this long after the drain is killed (seconds)."
    )
    stop_timeout_seconds: Live[float] = Field(
        330,
        ge=1,
        le=DAY_SECONDS,
        description="TimeoutStopSec of the systemd unit; keep the two equal (seconds).",
    )
    idle_claim_seconds: Recycle[float] = Field(
        15,
        ge=0.1,
        le=3600,
        description="A child that was not woken for this long asks for work by itself (seconds).",
    )
    scout_boot_limit_seconds: Live[float] = Field(
        10, ge=0.5, le=600, description="A scout not ready after this long is replaced (seconds)."
    )
    restart_first_seconds: Live[float] = Field(
        1, ge=0.01, le=600, description="Wait before the second restart of a crashing child (seconds)."
    )
    restart_max_seconds: Live[float] = Field(
        60, ge=0.01, le=3600, description="Longest wait between restarts of a crashing child (seconds)."
    )
    abort_seconds: Live[float] = Field(
        1, ge=0.01, le=60, description="A stuck child gets this long to write its stack, then dies (seconds)."
    )
    breaker_deaths: Live[int] = Field(
        5, ge=1, le=1000, description="So many deaths at start in a row, and its kind is left alone (deaths)."
    )
    breaker_seconds: Live[float] = Field(
        60, ge=0.01, le=DAY_SECONDS, description="For this long; then one child is tried (seconds)."
    )
    breaker_max_seconds: Live[float] = Field(
        900, ge=0.01, le=DAY_SECONDS, description="It doubles each time, up to this (seconds)."
    )
    release_repeat_seconds: Live[float] = Field(
        5,
        ge=0.1,
        le=600,
        description="A release that nobody acknowledged is sent again after this (seconds).",
    )

    def host_name(self) -> str:
        return self.host or socket.gethostname()

    def data_path(self, environ: Mapping[str, str] | None = None) -> Path:
        """Where files rest, absolute; nothing is created."""
        environ = os.environ if environ is None else environ
        if self.data_folder:
            return Path(self.data_folder).expanduser().absolute()
        if state := environ.get("STATE_DIRECTORY", "").partition(":")[0]:
            return Path(state)
        if os.geteuid() == 0:
            return Path("/var/lib/registre-pool")
        shared = environ.get("XDG_DATA_HOME") or "~/.local/share"
        return Path(shared).expanduser().absolute() / "registre-pool"

    def control_path(self, environ: Mapping[str, str] | None = None) -> Path:
        """The running pool's socket, absolute. Raises ConfigError when its path is too long for a socket."""
        environ = os.environ if environ is None else environ
        runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
        if self.control_socket:
            path = Path(self.control_socket).expanduser().absolute()
        else:
            path = (Path(runtime) if runtime else self.data_path(environ)) / "control.sock"
        length = len(os.fsencode(path))
        if length > LONGEST_SOCKET_PATH_BYTES:
            raise ConfigError(
                f"the control socket's path has {length} bytes, a unix socket takes "
                f"{LONGEST_SOCKET_PATH_BYTES}: {path}",
                advice="Set pool.control_socket to a shorter path, such as /run/registre-pool/control.sock.",
            )
        return path


class LogSettings(Section):
    """What is said, and how."""

    level: Live[Literal["debug", "info", "warning", "error"]] = Field(
        "info", description="Least important event that is still said (older name: LOG_LEVEL)."
    )
    format: Restart[Literal["auto", "journal", "json", "console"]] = Field(
        "auto", description="auto = journal fields under systemd, colours on a terminal, else JSON lines."
    )
    journal_socket: Restart[Folder] = Field(
        "/run/systemd/journal/socket",
        description="Where journald takes entries with fields; empty = it gets lines on stderr.",
    )
    files: Restart[bool] = Field(
        False,
        description="true = each process also writes JSON lines, <worker>.ndjson in $LOGS_DIRECTORY, else in "
        "logs in the data folder.",
    )
    file_max_mb: Restart[float] = Field(
        20, ge=0.001, le=10_000, description="A log file that is larger begins anew, the old one as .1 (MB)."
    )
    files_kept: Restart[int] = Field(
        20,
        ge=1,
        le=10_000,
        description="Log files of workers that are gone are kept up to this many (files).",
    )


class QueueSettings(Section):
    """Leases and retries; the clock is the database's."""

    lease_seconds: Recycle[int] = Field(
        90, ge=3, le=3600, description="A claim not renewed for this long may be rescued (seconds)."
    )
    renew_seconds: Recycle[float] = Field(
        25, ge=0.1, le=3600, description="A worker renews its leases this often (seconds)."
    )
    self_fence_seconds: Recycle[float] = Field(
        60,
        ge=0.2,
        le=3600,
        description="A worker that could not renew for this long stops its job itself (seconds).",
    )
    foreign_limit_seconds: Recycle[int] = Field(
        1800,
        ge=60,
        le=DAY_SECONDS,
        description="A row running without any lease for this long is rescued (seconds).",
    )
    max_attempts: Live[int] = Field(
        3,
        ge=1,
        le=100,
        description="A job is an error after this many failures, or as many as its row says (attempts).",
    )
    retry_seconds: Live[Annotated[tuple[Seconds, ...], Field(strict=False)]] = Field(
        (5, 10, 20), min_length=1, max_length=20, description="Wait before the 2nd, 3rd, … attempt (seconds)."
    )
    max_outages: Live[int] = Field(
        20,
        ge=1,
        le=1000,
        description="A job is an error after something outside was down for it this often (outages).",
    )
    call_timeout_seconds: Recycle[float] = Field(
        10, ge=0.1, le=300, description="A call to the database may take this long (seconds)."
    )
    depth_seconds: Recycle[float] = Field(
        1, ge=0.05, le=600, description="The queue's depth is asked for this often (seconds)."
    )
    depth_idle_seconds: Recycle[float] = Field(
        5, ge=0.05, le=600, description="The same, when nothing has happened for a while (seconds)."
    )
    idle_after_seconds: Recycle[float] = Field(
        60, ge=0.1, le=DAY_SECONDS, description="That while: so long without anything ready (seconds)."
    )
    rescue_seconds: Recycle[float] = Field(
        15,
        ge=0.1,
        le=3600,
        description="Jobs that a dead owner left behind are looked for this often (seconds).",
    )
    beat_seconds: Recycle[float] = Field(
        10, ge=0.1, le=600, description="The rows of worker_status are written this often (seconds)."
    )
    connections: Recycle[int] = Field(
        4, ge=1, le=100, description="Most connections of one process to one environment (connections)."
    )
    file_timeout_seconds: Recycle[float] = Field(
        120, ge=0.1, le=3600, description="A file may take this long to or from Supabase Storage (seconds)."
    )
    patience_seconds: Recycle[float] = Field(
        0.5,
        ge=0.01,
        le=60,
        description="An environment silent for this long is not waited for: the next one is asked (seconds).",
    )
    pause_first_seconds: Recycle[float] = Field(
        0.05,
        ge=0.01,
        le=60,
        description="First pause of an environment that is down; each next one is twice as long (seconds).",
    )
    pause_max_seconds: Recycle[float] = Field(
        10, ge=0.05, le=3600, description="Longest pause of an environment that is down (seconds)."
    )
    others_percent: Recycle[int] = Field(
        5,
        ge=0,
        le=50,
        description="Claims that ask later environments first: a full prod starves none; 0 = none (percent).",
    )


class MoneySettings(Section):
    """What may be spent, and what is not bought twice."""

    land_cents_a_day: Live[int] = Field(
        0,
        ge=0,
        le=100_000_000,
        description="Most spent on land documents a day, 0 = nothing is bought (cents, CAD).",
    )
    rdprm_cents_a_day: Live[int] = Field(
        0,
        ge=0,
        le=100_000_000,
        description="Most spent on RDPRM searches a day, 0 = nothing is bought (cents, CAD).",
    )
    reuse_days_acte: Live[int] = Field(
        3650, ge=0, le=36_500, description="An acte bought within this is not bought again (days)."
    )
    reuse_days_plan: Live[int] = Field(
        365, ge=0, le=36_500, description="A plan bought within this is not bought again (days)."
    )
    reuse_days_index: Live[int] = Field(
        0, ge=0, le=36_500, description="An index bought within this is not bought again; it changes (days)."
    )
    land_unknown: Live[Literal["hold", "rebuy_once"]] = Field(
        "hold", description="A land purchase whose end is unknown: hold = a person decides."
    )


class RedisSettings(Section):
    """Shared between machines; empty = each machine for itself."""

    url: Restart[RedisAddress] = Field(
        SecretStr(""),
        description="redis://:password@host:6379/0 "
        "(older names: REDIS_URL, or REDIS_HOST, REDIS_PORT, REDIS_PASSWORD).",
    )
    timeout_seconds: Recycle[float] = Field(
        2, ge=0.05, le=60, description="A call to Redis may take this long (seconds)."
    )
    hosts_expected: Recycle[int] = Field(
        1,
        ge=1,
        le=1000,
        description="Machines that share all limits; while Redis is away, each has its part (machines).",
    )
