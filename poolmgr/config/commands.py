"""The tables of config.toml that single commands read."""

from pydantic import Field

from poolmgr.config.section import DAY_SECONDS, Folder, Live, Restart, Section


class MigrateSettings(Section):
    """Waiting of `registre-pool migrate`, which must not stand in the product's way."""

    connect_seconds: Live[float] = Field(
        10, ge=0.1, le=600, description="A connection may take this long (seconds)."
    )
    lock_timeout_seconds: Live[float] = Field(
        5, ge=0.1, le=600, description="A table that is in use is waited for this long (seconds)."
    )
    statement_timeout_seconds: Live[float] = Field(
        60, ge=1, le=DAY_SECONDS, description="A statement may take this long (seconds)."
    )
    index_timeout_seconds: Live[float] = Field(
        3600,
        ge=1,
        le=DAY_SECONDS,
        description="An index may take this long, beside the work (seconds).",
    )
    other_apply_seconds: Live[float] = Field(
        600, ge=1, le=DAY_SECONDS, description="Another apply under way is waited for this long (seconds)."
    )
    postgrest_seconds: Live[float] = Field(
        10, ge=0, le=600, description="PostgREST may take this long to see what was applied (seconds)."
    )


class DoctorSettings(Section):
    """Waiting of `registre-pool doctor`."""

    environment_seconds: Live[float] = Field(
        30, ge=0.1, le=600, description="Looking at an environment may take this long (seconds)."
    )


class LocalSettings(Section):
    """The embedded stack, used when no environment is configured."""

    start_timeout_seconds: Restart[float] = Field(
        30, ge=1, le=600, description="A server that does not answer after this long failed (seconds)."
    )
    postgres_folder: Restart[Folder] = Field(
        "", description="Folder with initdb and postgres; empty = the embedded package, else Debian's."
    )
