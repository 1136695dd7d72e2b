"""The tables of config.toml that say how much of this machine the pool may use, and for what."""

from pydantic import Field

from poolmgr.config.section import DAY_SECONDS, Folder, Live, Restart, Section


class ServerSettings(Section):
    """What of this machine the pool may use. The real use is measured; a child starts only if it fits."""

    max_cpu: Live[float] = Field(
        0,
        ge=0,
        le=4096,
        description="Most of the machine that is counted, 0 = all (older name: SERVER_MAX_CPU; vCPU).",
    )
    max_ram_gb: Live[float] = Field(
        0,
        ge=0,
        le=65_536,
        description="The same of its memory, 0 = all (older name: SERVER_MAX_RAM; GB).",
    )
    reserve_cpu_percent: Live[float] = Field(
        20,
        ge=0,
        le=95,
        description="Kept free for everybody else; 0 = CPU in use refuses nobody "
        "(older name: SERVER_RESERVE_CPU_PERCENT; percent).",
    )
    reserve_ram_percent: Live[float] = Field(
        20,
        ge=0,
        le=95,
        description="The same of memory (older name: SERVER_RESERVE_RAM_PERCENT; percent).",
    )
    sample_seconds: Live[float] = Field(
        1, ge=0.1, le=60, description="CPU and memory of the machine are read this often (seconds)."
    )
    tree_seconds: Live[float] = Field(
        10, ge=0.1, le=3600, description="The children's process trees are measured this often (seconds)."
    )
    floor_wait_seconds: Live[float] = Field(
        10,
        ge=0,
        le=3600,
        description="The first child of a group waits at most this long for a CPU that others keep busy "
        "(seconds).",
    )
    registre_cpu: Live[float] = Field(
        3, ge=0, le=64, description="What a registre child is counted with until it is measured (vCPU)."
    )
    registre_ram_gb: Live[float] = Field(1, ge=0, le=256, description="The same of its memory (GB).")
    index_cpu: Live[float] = Field(
        1.5, ge=0, le=64, description="What a child that reads indexes is counted with (vCPU)."
    )
    index_ram_gb: Live[float] = Field(0.75, ge=0, le=256, description="The same of its memory (GB).")
    acte_cpu: Live[float] = Field(
        1, ge=0, le=64, description="What a child that reads actes is counted with (vCPU)."
    )
    acte_ram_gb: Live[float] = Field(0.5, ge=0, le=256, description="The same of its memory (GB).")
    bookings_folder: Restart[Folder] = Field(
        "", description="Where pools of one machine see each other's bookings; empty = /run/lock."
    )


class BalanceSettings(Section):
    """Who reads what: the children that read are split between indexes and actes by the work that waits."""

    seconds: Live[float] = Field(
        30, ge=0.1, le=3600, description="The split is decided anew this often (seconds)."
    )
    dwell_seconds: Live[float] = Field(
        60,
        ge=0,
        le=DAY_SECONDS,
        description="A child stays this long with what it reads, unless nothing of it waits (seconds).",
    )
    hysteresis_percent: Live[float] = Field(
        10, ge=0, le=90, description="A new split must be better by this much (percent)."
    )
