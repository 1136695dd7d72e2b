"""The tables of config.toml about downloading: the children that drive a browser, and each registry."""

from pydantic import Field, SecretStr

from poolmgr.config.section import (
    DAY_SECONDS,
    Folder,
    Live,
    Locale,
    Recycle,
    Secret,
    Section,
    SiteAddress,
    Timezone,
    WebAddress,
)
from poolmgr.config.sites import PaidSite, Site, host_of


class RegistreSettings(Section):
    """Downloading from the registries: children that drive a browser."""

    enabled: Live[bool] = Field(True, description="false = nothing is downloaded on this machine.")
    children: Live[int] = Field(
        1,
        ge=0,
        le=256,
        description="Children that drive a browser, each its own (older name: WORKER_COUNT; processes).",
    )
    child_jobs: Live[int] = Field(
        1000, ge=0, le=10_000_000, description="A child is replaced after so many jobs, 0 = never (jobs)."
    )
    child_seconds: Live[float] = Field(
        86_400,
        ge=0,
        le=30 * DAY_SECONDS,
        description="A child is replaced at about this age, 0 = never (seconds).",
    )
    child_memory_mb: Live[float] = Field(
        1500,
        ge=0,
        le=1_000_000,
        description="A child whose processes hold more is replaced between jobs, 0 = never (MB, PSS).",
    )
    child_memory_limit_mb: Live[float] = Field(
        3000,
        ge=0,
        le=1_000_000,
        description="A child above this twice in a row must end its jobs, 0 = no limit (MB, PSS).",
    )
    contexts: Recycle[int] = Field(
        2,
        ge=1,
        le=16,
        description="Sessions, so jobs, of one browser at a time, each its account (sessions).",
    )
    browser: Recycle[Folder] = Field(
        "",
        description="Chromium to start; empty = chromium-headless-shell of the system or of Playwright, "
        "else a full Chromium.",
    )
    locale: Recycle[Locale] = Field("fr-CA", description="The language that the browser asks for.")
    timezone: Recycle[Timezone] = Field("America/Toronto", description="The time zone that the browser says.")
    window_width_pixels: Recycle[int] = Field(
        1280, ge=320, le=10_000, description="Width of the browser's window (pixels)."
    )
    window_height_pixels: Recycle[int] = Field(
        720, ge=240, le=10_000, description="Height of the browser's window (pixels)."
    )
    slow_mo_seconds: Recycle[float] = Field(
        0, ge=0, le=10, description="Pause before each single thing that is done on a page (seconds)."
    )
    boot_limit_seconds: Live[float] = Field(
        60, ge=0.5, le=600, description="A child not ready after this long is replaced (seconds)."
    )
    launch_seconds: Recycle[float] = Field(
        30, ge=1, le=600, description="A browser may take this long to start (seconds)."
    )
    job_seconds: Recycle[float] = Field(
        720, ge=1, le=DAY_SECONDS, description="A job that takes longer is stopped (seconds)."
    )
    step_seconds: Recycle[float] = Field(
        30, ge=0.5, le=600, description="A page of a site may take this long (seconds)."
    )
    answer_seconds: Recycle[float] = Field(
        180, ge=0.5, le=1800, description="A document may take this long after it was asked for (seconds)."
    )
    save_tries: Recycle[int] = Field(
        3, ge=1, le=20, description="A file that came broken is fetched so often in all (tries)."
    )
    max_file_megabytes: Recycle[int] = Field(
        200, ge=1, le=10_000, description="A larger file is not taken for a document (megabytes)."
    )
    stop_seconds: Recycle[float] = Field(
        10, ge=0.1, le=600, description="A job that is stopped may take this long to let go (seconds)."
    )
    idle_close_seconds: Recycle[float] = Field(
        600,
        ge=1,
        le=DAY_SECONDS,
        description="A session unused for this long is closed and its account given back (seconds).",
    )
    recycle_documents: Recycle[int] = Field(
        60, ge=1, le=100_000, description="A browser is started anew after so many documents (documents)."
    )
    recycle_seconds: Recycle[float] = Field(
        14_400, ge=60, le=7 * DAY_SECONDS, description="A browser is started anew after this long (seconds)."
    )
    keep_failures_days: Recycle[float] = Field(
        7,
        ge=0,
        le=3650,
        description="What a failed job's pages showed is kept for so long, 0 = nothing is kept (days).",
    )
    keep_failures_megabytes: Recycle[float] = Field(
        200, ge=1, le=1_000_000, description="Of all that is kept the oldest goes beyond this (megabytes)."
    )
    keep_failures_seconds: Recycle[float] = Field(
        3, ge=0.1, le=60, description="A job that failed waits no longer than this for them (seconds)."
    )
    site_pause_seconds: Recycle[float] = Field(
        60, ge=0.1, le=DAY_SECONDS, description="Longest pause of a child whose site is down (seconds)."
    )
    account_wait_seconds: Recycle[float] = Field(
        15,
        ge=0.1,
        le=DAY_SECONDS,
        description="A job for which no account was free waits this long (seconds).",
    )
    purchase_wait_seconds: Recycle[float] = Field(
        30,
        ge=0.1,
        le=DAY_SECONDS,
        description="A job whose document another is buying waits this long (seconds).",
    )
    budget_wait_seconds: Recycle[float] = Field(
        300, ge=0.1, le=DAY_SECONDS, description="A job over the day's budget waits this long (seconds)."
    )
    storage_wait_seconds: Recycle[float] = Field(
        30,
        ge=0.1,
        le=DAY_SECONDS,
        description="A paid file that storage did not take is offered again after this long (seconds).",
    )
    hours_seconds: Recycle[float] = Field(
        20, ge=0.05, le=3600, description="Whether a registry serves is looked at this often (seconds)."
    )
    spool_seconds: Live[float] = Field(
        15, ge=0.1, le=3600, description="The spool of paid files is looked through this often (seconds)."
    )

    @property
    def max_file_bytes(self) -> int:
        return self.max_file_megabytes * 1_000_000


class FoncierSettings(PaidSite):
    """The land registry. Its terms of use are the operator's to read: see docs/registries.md."""

    url: Recycle[SiteAddress] = Field(
        "https://www.registrefoncier.gouv.qc.ca/Sirf/",
        description="Its entry page, ending in / (older name: REGISTRY_BASE_URL).",
    )
    hold_unnamed: Recycle[bool] = Field(
        True,
        description="true = a document whose text does not name the lot or number asked for is held for a "
        "person; false = it is delivered, and its trail says so.",
    )


class ReqSettings(Site):
    """The register of companies. It bars robots that extract information: see docs/registries.md."""

    automation_acknowledged: Recycle[bool] = Field(
        False,
        description="true = you have read the site's terms and may use it by program; false = nothing is "
        "claimed for it.",
    )
    url: Recycle[SiteAddress] = Field(
        "https://www.registreentreprises.gouv.qc.ca/reqna/",
        description="Where its search is, ending in /.",
    )
    searches_a_minute: Recycle[float] = Field(
        20,
        ge=0,
        le=6000,
        description="Searches begun in a minute over all machines, one for each result, 0 = no limit "
        "(searches).",
    )
    job_seconds: Recycle[float] = Field(
        1200,
        ge=1,
        le=DAY_SECONDS,
        description="A search that takes longer ends with the companies it has by then (seconds).",
    )
    pause_seconds: Recycle[float] = Field(
        2, ge=0, le=3600, description="Shortest time between two searches of a child (seconds)."
    )
    max_results: Recycle[int] = Field(
        200, ge=1, le=10_000, description="Of more results than this the rest is not opened (results)."
    )
    result_tries: Recycle[int] = Field(
        2, ge=1, le=20, description="A result that does not open is tried so often, then left out (tries)."
    )


class RdprmSettings(PaidSite):
    """The register of personal and movable real rights: one login, one paid search at a time."""

    url: Recycle[SiteAddress] = Field(
        "https://servicesclients.rdprm.gouv.qc.ca/",
        description="Where its services and its consultation are, ending in /.",
    )
    home_url: Recycle[WebAddress] = Field(
        "https://www.rdprm.gouv.qc.ca/fr/Pages/Accueil.html",
        description="Its home page, opened before a login; empty = it is not.",
    )
    username: Recycle[str] = Field(
        "", max_length=200, description="The code of its one user (variable: RDPRM_USER)."
    )
    password: Recycle[Secret] = Field(
        SecretStr(""), description="The user's password (variable: RDPRM_PASS)."
    )
    security_answer: Recycle[Secret] = Field(
        SecretStr(""), description="The answer to the security question (variable: RDPRM_SEC)."
    )
    max_price_cents: Recycle[int] = Field(
        1500,
        ge=0,
        le=100_000,
        description="A search for which the site asks more is not confirmed (cents, CAD).",
    )
    job_seconds: Recycle[float] = Field(
        900, ge=1, le=DAY_SECONDS, description="A search that takes longer is stopped (seconds)."
    )
    print_seconds: Recycle[float] = Field(
        300, ge=0.5, le=1800, description="The site may take this long to prepare a print (seconds)."
    )
    settle_seconds: Recycle[float] = Field(
        5,
        ge=0.1,
        le=600,
        description="« Aucun résultat » counts when the page was the same for this long (seconds).",
    )
    idle_close_seconds: Recycle[float] = Field(
        60,
        ge=0.1,
        le=DAY_SECONDS,
        description="A session unused for this long is closed, so that another may search (seconds).",
    )
    complete_sessions: Live[bool] = Field(
        False,
        description="true = a session is completed when its last search ends; false = the product does that.",
    )

    @property
    def hosts(self) -> tuple[str, ...]:
        """Those that a browser has to reach."""
        found = (host_of(self.url), host_of(self.home_url))
        return tuple(dict.fromkeys(host for host in found if host))

    @property
    def usable(self) -> bool:
        """Allowed, and with a login."""
        return self.allowed and bool(self.username and self.password.get_secret_value())
