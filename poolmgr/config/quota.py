"""The table of config.toml for what Gemini may take: a limit shared by all machines, and money."""

from pydantic import Field

from poolmgr.config.section import Prefix, Recycle, Section


class QuotaSettings(Section):
    """What Gemini may take: calls and input tokens a minute over all machines, and money a day."""

    project: Recycle[Prefix] = Field(
        "default", description="Machines that use one Google project share its limits by this name."
    )
    requests_a_minute: Recycle[int] = Field(
        1600,
        ge=1,
        le=1_000_000,
        description="Most calls of one model, 80 % of what Google grants: AI Studio shows it (requests).",
    )
    tokens_a_minute: Recycle[int] = Field(
        6_400_000, ge=1000, le=10_000_000_000, description="The same of what is sent to it (input tokens)."
    )
    others_percent: Recycle[int] = Field(
        5,
        ge=1,
        le=50,
        description="Calls that a later environment gets while an earlier one could use them all (percent).",
    )
    cad_a_day: Recycle[float] = Field(
        100,
        ge=0,
        le=1_000_000,
        description="Most that Gemini may cost a day, all environments together, 0 = no call is made (CAD).",
    )
    usd_to_cad: Recycle[float] = Field(
        1.40, ge=0.5, le=5, description="Google's prices are in USD; counted with this (CAD a USD)."
    )
    input_usd: Recycle[float] = Field(
        0,
        ge=0,
        le=1000,
        description="Price of what is sent, 0 = the built-in table's (USD a million tokens).",
    )
    output_usd: Recycle[float] = Field(
        0,
        ge=0,
        le=1000,
        description="Price of what is answered, thinking included, 0 = the table's (USD a million tokens).",
    )
    ledger_seconds: Recycle[float] = Field(
        5,
        ge=0.05,
        le=600,
        description="Costs are written, and the day's total is asked, this often (seconds).",
    )
