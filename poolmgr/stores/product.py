"""The product's tables as our functions use them, and what is known to stand beside that."""

from collections.abc import Mapping
from types import MappingProxyType

TEXT = ("text", "character varying")
COUNT = ("integer", "bigint", "smallint")
UUID = ("uuid",)
TIME = ("timestamp with time zone",)
TRUTH = ("boolean",)
JSONB = ("jsonb",)

USED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "extraction_status": {"id": COUNT, "name": TEXT},
        "extraction_queue": {
            "id": UUID,
            "document_source": TEXT,
            "document_number": TEXT,
            "document_number_normalized": TEXT,
            "circonscription_fonciere": TEXT,
            "cadastre": TEXT,
            "designation_secondaire": TEXT,
            "acte_type": TEXT,
            "status_id": COUNT,
            "worker_id": TEXT,
            "attemtps": COUNT,
            "max_attempts": COUNT,
            "supabase_path": TEXT,
            "error_message": TEXT,
            "processing_started_at": TIME,
            "created_at": TIME,
            "updated_at": TIME,
            "file_content": TEXT,
            "boosted_file_content": TEXT,
            "searchable_file_content": TEXT,
            "ocr_worker_id": TEXT,
            "ocr_started_at": TIME,
            "ocr_completed_at": TIME,
            "ocr_last_error_at": TIME,
            "ocr_attempts": COUNT,
            "ocr_max_attempts": COUNT,
            "ocr_error": TEXT,
        },
        "worker_accounts": {
            "id": UUID,
            "username": TEXT,
            "password": TEXT,
            "is_active": TRUTH,
            "last_used": TIME,
            "failure_count": COUNT,
        },
        "worker_status": {
            "id": UUID,
            "worker_id": TEXT,
            "status": TEXT,
            "current_job_id": UUID,
            "last_heartbeat": TIME,
            "jobs_completed": COUNT,
            "jobs_failed": COUNT,
        },
        "search_sessions": {
            "id": UUID,
            "initial_search_query": TEXT,
            "status": TEXT,
            "error_message": TEXT,
            "created_at": TIME,
            "updated_at": TIME,
            "completed_at": TIME,
            "req_completed": TRUTH,
            "req_results_count": COUNT,
        },
        "req_companies": {
            "search_session_id": UUID,
            "company_name": TEXT,
            "neq": TEXT,
            "is_selected": TRUTH,
            "result_order": COUNT,
            "cleaned_data": JSONB,
        },
        "rdprm_searches": {
            "id": UUID,
            "search_session_id": UUID,
            "selected_name_id": UUID,
            "search_name": TEXT,
            "status": TEXT,
            "storage_path": TEXT,
            "error_message": TEXT,
            "created_at": TIME,
            "completed_at": TIME,
        },
        "selected_names_for_rdprm": {
            "id": UUID,
            "search_session_id": UUID,
            "name_to_search": TEXT,
            "source_type": TEXT,
            "is_selected": TRUTH,
        },
    }
)
"""Table, column, and the types of information_schema that our functions can read and write there."""

BESIDE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "extraction_queue": frozenset({"retry_count", "claude_file_id", "file_id_active"}),
        "worker_accounts": frozenset({"created_at", "updated_at"}),
        "worker_status": frozenset({"account_id", "started_at"}),
        "search_sessions": frozenset({"selected_req_company_id", "final_pdf_path", "error_details"}),
        "req_companies": frozenset({"id", "raw_data", "screenshot_path", "names_created", "created_at"}),
        "rdprm_searches": frozenset({"error_details"}),
        "selected_names_for_rdprm": frozenset({"source_id", "presentation_order", "created_at"}),
    }
)
"""The product's own columns that are known; we neither read nor write them."""

TRIGGERS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "extraction_queue": frozenset(
            {"pool_guard", "pool_guard_finished", "pool_hint_inserted", "pool_hint_updated"}
        ),
        "search_sessions": frozenset({"pool_hint_inserted", "pool_hint_updated"}),
        "rdprm_searches": frozenset({"pool_hint_inserted", "pool_hint_updated"}),
    }
)
"""Ours, by table."""
