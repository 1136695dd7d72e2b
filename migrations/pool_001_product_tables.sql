-- The product's tables, as the five migrations of the system before this one left them; a database that has them
-- keeps them, and gets only the columns it lacks. rdprm_searches gets no updated_at on purpose: where it is missing,
-- its absence is what stops the predecessor's error handler from putting a paid search back to pending.

create table if not exists public.extraction_status (id int primary key, name text not null);
insert into public.extraction_status (id, name)
  select v.id, v.name from (values (1, 'En attente'), (2, 'En traitement'), (3, 'Complété'), (4, 'Erreur'),
    (5, 'Extraction Complété'), (6, 'OCR en traitement')) v (id, name)
  where not exists (select from public.extraction_status s where s.id = v.id);

create table if not exists public.extraction_queue (
  id uuid primary key default gen_random_uuid(),
  document_source text not null,
  document_number text not null,
  document_number_normalized text,
  circonscription_fonciere text,
  cadastre text,
  designation_secondaire text,
  acte_type text,
  status_id int default 1 references public.extraction_status (id),
  worker_id text,
  attemtps int default 0,
  max_attempts int default 3,
  retry_count int,
  supabase_path text,
  error_message text,
  processing_started_at timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz
);
alter table public.extraction_queue
  add column if not exists updated_at timestamptz,
  add column if not exists file_content text,
  add column if not exists boosted_file_content text,
  add column if not exists searchable_file_content text,
  add column if not exists claude_file_id text,
  add column if not exists file_id_active boolean default false,
  add column if not exists ocr_worker_id text,
  add column if not exists ocr_started_at timestamptz,
  add column if not exists ocr_completed_at timestamptz,
  add column if not exists ocr_last_error_at timestamptz,
  add column if not exists ocr_attempts int default 0,
  add column if not exists ocr_max_attempts int default 3,
  add column if not exists ocr_error text;

-- The product searches the text through these; a database that has rows has its own, under names of its own.
do $$
begin
  if not exists (select from public.extraction_queue) and not exists (
    select from pg_catalog.pg_indexes i where i.tablename = 'extraction_queue' and i.indexdef like '%to_tsvector%') then
    create index extraction_queue_text on public.extraction_queue using gin (to_tsvector('french', file_content));
    create index extraction_queue_boosted_text on public.extraction_queue using gin (to_tsvector('french', boosted_file_content));
  end if;
end $$;

create table if not exists public.worker_accounts (
  id uuid primary key default gen_random_uuid(),
  username text not null,
  password text not null,
  is_active boolean default true,
  last_used timestamptz,
  failure_count int default 0,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);
-- Names and passwords: an old policy lets every role read them, so the public key of the product would.
alter table public.worker_accounts enable row level security;
revoke all on public.worker_accounts from public, anon, authenticated;

create table if not exists public.worker_status (
  id uuid primary key default gen_random_uuid(),
  worker_id text unique not null,
  status text not null check (status in ('idle', 'busy', 'error', 'offline')),
  current_job_id uuid,
  account_id uuid references public.worker_accounts (id),
  last_heartbeat timestamptz default now(),
  started_at timestamptz default now(),
  jobs_completed int default 0,
  jobs_failed int default 0
);

create table if not exists public.search_sessions (
  id uuid primary key default gen_random_uuid(),
  initial_search_query text not null,
  status text not null default 'pending_company_selection',
  selected_req_company_id uuid,
  final_pdf_path text,
  error_message text,
  error_details jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  completed_at timestamptz,
  req_completed boolean not null default false,
  req_results_count int
);

create table if not exists public.req_companies (
  id uuid primary key default gen_random_uuid(),
  search_session_id uuid not null references public.search_sessions (id) on delete cascade,
  company_name text not null,
  neq text,
  is_selected boolean not null default false,
  result_order int,
  raw_data jsonb,
  cleaned_data jsonb,
  screenshot_path text,
  names_created boolean not null default false,
  created_at timestamptz default now()
);

create table if not exists public.rdprm_searches (
  id uuid primary key default gen_random_uuid(),
  search_session_id uuid not null references public.search_sessions (id) on delete cascade,
  selected_name_id uuid,
  search_name text not null,
  status text not null default 'pending',
  storage_path text,
  error_message text,
  error_details jsonb,
  created_at timestamptz default now(),
  completed_at timestamptz
);

-- The trigger belongs to the product: made only together with its table, or a name would be searched, and paid, twice.
do $$
begin
  if to_regclass('public.selected_names_for_rdprm') is null then
    create table public.selected_names_for_rdprm (
      id uuid primary key default gen_random_uuid(),
      search_session_id uuid not null references public.search_sessions (id) on delete cascade,
      name_to_search text not null,
      source_type text not null check (source_type in ('req_name', 'req_fusion', 'manual')),
      source_id uuid,
      is_selected boolean default true,
      presentation_order int,
      created_at timestamptz default now()
    );
    create function public.create_rdprm_search() returns trigger language plpgsql set search_path = '' as $body$
    begin
      insert into public.rdprm_searches (search_session_id, selected_name_id, search_name)
      values (new.search_session_id, new.id, new.name_to_search);
      return new;
    end $body$;
    create trigger selected_name_makes_search after insert on public.selected_names_for_rdprm
      for each row execute function public.create_rdprm_search();
  end if;
end $$;
