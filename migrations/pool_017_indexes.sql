-- no transaction
-- Looks at the depths count by these alone.
create index concurrently if not exists pool_ready_land on public.extraction_queue (created_at, id)
  include (attemtps, max_attempts) where status_id = 1;
create index concurrently if not exists pool_ready_ocr on public.extraction_queue (document_source, created_at, id)
  include (ocr_attempts, ocr_max_attempts) where status_id = 3 and supabase_path is not null;
create index concurrently if not exists pool_jobs_worn on public.pool_jobs (kind, attempts, row_id)
  where attempts > 0 and kind in ('req', 'rdprm');
