-- A database as the system before this one leaves it: its third migration applied, the fourth and fifth not.
create table public.extraction_status (id int primary key, name text);
insert into public.extraction_status values (1, 'En attente'), (2, 'En traitement'), (3, 'Complété'), (4, 'Erreur'),
  (5, 'Extraction Complété');
create table public.extraction_queue (
  id uuid primary key default gen_random_uuid(), document_source text not null, document_number text not null,
  document_number_normalized text, circonscription_fonciere text, cadastre text, designation_secondaire text, acte_type text,
  status_id int default 1 references public.extraction_status (id), worker_id text, attemtps int default 0,
  max_attempts int default 3, retry_count int, supabase_path text, error_message text, processing_started_at timestamptz,
  created_at timestamptz default now(), file_content text, searchable_file_content text, claude_file_id text,
  file_id_active boolean default false);
create index idx_file_content on public.extraction_queue using gin (to_tsvector('french', file_content));
create index idx_index_ready on public.extraction_queue (status_id, document_source, created_at)
  where status_id = 3 and document_source = 'index' and file_content is null;
alter table public.extraction_queue enable row level security;
create policy "everyone" on public.extraction_queue using (true) with check (true);
create table public.worker_accounts (
  id uuid primary key default gen_random_uuid(), username text not null, password text not null, is_active boolean default true,
  last_used timestamptz, failure_count int default 0, created_at timestamptz default now(), updated_at timestamptz default now());
create index idx_worker_accounts_free on public.worker_accounts (is_active, failure_count);
alter table public.worker_accounts enable row level security;
create policy "Allow all" on public.worker_accounts using (true);
create table public.worker_status (
  id uuid primary key default gen_random_uuid(), worker_id text unique not null,
  status text not null check (status in ('idle', 'busy', 'error', 'offline')), current_job_id uuid,
  account_id uuid references public.worker_accounts (id), last_heartbeat timestamptz default now(),
  started_at timestamptz default now(), jobs_completed int default 0, jobs_failed int default 0);
alter table public.worker_status enable row level security;
create policy "workers" on public.worker_status to anon, authenticated using (true) with check (true);
create index idx_worker_status on public.worker_status (status);
create table public.extraction_jobs (id uuid primary key default gen_random_uuid(), lot_number text not null, status text default 'queued');
create table public.extracted_documents (id uuid primary key default gen_random_uuid(), job_id uuid references public.extraction_jobs (id));
create table public.search_sessions (
  id uuid primary key default gen_random_uuid(), initial_search_query text not null,
  status text not null default 'pending_company_selection', selected_req_company_id uuid, final_pdf_path text,
  error_message text, error_details jsonb, created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(), completed_at timestamptz, req_completed boolean not null default false,
  req_results_count int);
create function public.touch() returns trigger language plpgsql as $$ begin new.updated_at := now(); return new; end $$;
create trigger touch before update on public.search_sessions for each row execute function public.touch();
create trigger touch before update on public.worker_accounts for each row execute function public.touch();
create table public.req_companies (
  id uuid primary key default gen_random_uuid(),
  search_session_id uuid not null references public.search_sessions (id) on delete cascade, company_name text not null,
  is_selected boolean not null default false, result_order int, raw_data jsonb, cleaned_data jsonb, screenshot_path text,
  names_created boolean not null default false, created_at timestamptz default now());
create table public.rdprm_searches (
  id uuid primary key default gen_random_uuid(),
  search_session_id uuid not null references public.search_sessions (id) on delete cascade, selected_name_id uuid,
  search_name text not null, status text not null default 'pending', storage_path text, error_message text, error_details jsonb,
  created_at timestamptz default now(), completed_at timestamptz);
create table public.selected_names_for_rdprm (
  id uuid primary key default gen_random_uuid(),
  search_session_id uuid not null references public.search_sessions (id) on delete cascade, name_to_search text not null,
  source_type text not null check (source_type in ('req_name', 'req_fusion', 'manual')), source_id uuid,
  is_selected boolean default true, presentation_order int, created_at timestamptz default now());
create function public.make_search() returns trigger language plpgsql as $$ begin
  insert into public.rdprm_searches (search_session_id, selected_name_id, search_name)
  values (new.search_session_id, new.id, new.name_to_search); return new; end $$;
create trigger make_search after insert on public.selected_names_for_rdprm for each row execute function public.make_search();

insert into public.extraction_queue (document_source, document_number, status_id, attemtps, max_attempts, worker_id, supabase_path,
    processing_started_at, error_message, file_content)
  select source, status || source, status, attempts, most, case when status in (2, 3) then 'worker-1' end,
    case when status in (3, 5) then path end, case when status = 2 then now() - interval '1 hour' end,
    case when status = 4 then 'Max attempts exceeded' end, case when status = 5 then 'texte' end
  from unnest(array['index', 'acte', 'plan_cadastraux']) source, generate_series(1, 5) status,
    (values (0, 3), (null, null), (2, null)) a (attempts, most), unnest(array['index/a.pdf', 'a.pdf']) path;
insert into public.search_sessions (initial_search_query, status, req_completed, updated_at)
  select 'Tremblay', status, status like '%name%', now() - interval '1 hour' from unnest(array['pending_company_selection',
    'scraping_company_data', 'pending_name_selection', 'failed', 'completed']) status;
insert into public.rdprm_searches (search_session_id, search_name, status, created_at)
  select s.id, 'Tremblay', status, now() - interval '1 hour' from (select id from public.search_sessions limit 1) s,
    unnest(array['pending', 'in_progress', 'completed', 'failed', 'not_found', 'no_results']) status;
