-- What the fourth and fifth migration of the system before this one added, with rows in the states they brought.
alter table public.extraction_queue add column boosted_file_content text;
create index idx_boosted_file_content on public.extraction_queue using gin (to_tsvector('french', boosted_file_content));
alter table public.extraction_queue
  add column ocr_worker_id text, add column ocr_started_at timestamptz, add column ocr_completed_at timestamptz,
  add column ocr_attempts int default 0, add column ocr_max_attempts int default 3, add column ocr_error text,
  add column ocr_last_error_at timestamptz;
insert into public.extraction_status values (6, 'OCR en traitement');
create index idx_index_ready_attempts on public.extraction_queue (status_id, document_source, created_at, ocr_attempts)
  where status_id = 3 and document_source = 'index' and file_content is null;
create index idx_done on public.extraction_queue (status_id, document_source) where status_id = 5;
create index idx_ocr_running on public.extraction_queue (status_id, ocr_started_at) where status_id = 6 and ocr_started_at is not null;

insert into public.extraction_queue (document_source, document_number, status_id, worker_id, supabase_path, ocr_worker_id, ocr_started_at,
    ocr_attempts, ocr_max_attempts, created_at)
  select source, '6' || source, 6, 'worker-1', 'https://x.supabase.co/storage/v1/object/public/index/a.pdf', 'ocr-1', started, attempts, most,
    now() - interval '2 hours'
  from unnest(array['index', 'acte', 'plan_cadastraux']) source, (values (now() - interval '1 hour', 0, 3), (null, null, null)) a (started, attempts, most);
insert into public.extraction_queue (document_source, document_number, status_id, supabase_path, file_content, ocr_error, ocr_attempts)
  values ('index', '4read', 4, 'index/a.pdf', 'texte', null, null), ('acte', '4unread', 4, 'actes/a.pdf', null, 'unreadable', 3);
