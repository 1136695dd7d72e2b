-- no transaction
create index concurrently if not exists pool_waiting_land on public.extraction_queue (created_at, id) where status_id = 1;
create index concurrently if not exists pool_waiting_ocr on public.extraction_queue (document_source, created_at, id) where status_id = 3;
create index concurrently if not exists pool_running on public.extraction_queue (status_id, document_source) where status_id in (2, 6);
create index concurrently if not exists pool_waiting_req on public.search_sessions (created_at, id) where status = 'pending_company_selection';
create index concurrently if not exists pool_running_req on public.search_sessions (id) where status = 'scraping_company_data';
create index concurrently if not exists pool_waiting_rdprm on public.rdprm_searches (created_at, id) where status = 'pending';
create index concurrently if not exists pool_running_rdprm on public.rdprm_searches (id) where status = 'in_progress';
create index concurrently if not exists pool_jobs_delayed on public.pool_jobs (kind, not_before) where not_before is not null;
