-- What the pool's functions need to know of a row, whatever table it stands in.

create function public.pool_setting(name text, fallback jsonb) returns jsonb
language sql stable set search_path = '' as $$
  select coalesce((select s.value from public.pool_settings s where s.key = pool_setting.name), pool_setting.fallback)
$$;

create function public.pool_max_attempts() returns int language sql stable set search_path = '' as $$
  select public.pool_setting('max_attempts', '3')::int
$$;

-- Is this kind of job switched on here? Unset = on: what costs money is stopped by its budget, which is 0 when unset.
create function public.pool_switch(kind text) returns boolean language sql stable set search_path = '' as $$
  select coalesce((public.pool_setting('switches', '{}') ->> case
    when pool_switch.kind in ('ocr_index', 'ocr_acte') then 'ocr' else pool_switch.kind end)::boolean, true)
$$;

create function public.pool_table(kind text) returns text language sql immutable set search_path = '' as $$
  select case pool_table.kind when 'req' then 'search_sessions' when 'rdprm' then 'rdprm_searches' else 'extraction_queue' end
$$;

-- Rows that are not to be claimed though their status says they wait; host = the one host that may. A row whose
-- purchase is unknown is held whatever its status says: the product's own retry must not buy it again.
create view public.pool_blocked with (security_invoker = true) as
  select l.kind, l.row_id, null::text as host from public.pool_leases l where l.ended_at is null
  union all
  select j.kind, j.row_id, null from public.pool_jobs j where j.not_before > now()
  union all
  select p.kind, p.row_id, case p.state when 'secured' then p.host end from public.pool_purchases p
    where p.state in ('secured', 'unknown');

-- Locks the product's row: 'locked', 'busy' (only when not waiting) or 'gone'.
create function public.pool_lock(kind text, row_id uuid, waiting boolean) returns text
language plpgsql set search_path = '' as $$
declare
  found_one int;
begin
  -- The three that wait are written out: every settle passes here, and a statement made of text is planned each time.
  if not pool_lock.waiting then
    execute format('select 1 from public.%I where id = $1 for no key update skip locked', public.pool_table(pool_lock.kind))
      into found_one using pool_lock.row_id;
    if found_one is not null then return 'locked'; end if;
    execute format('select 1 from public.%I where id = $1', public.pool_table(pool_lock.kind)) into found_one using pool_lock.row_id;
    return case when found_one is null then 'gone' else 'busy' end;
  elsif pool_lock.kind = 'req' then
    perform 1 from public.search_sessions s where s.id = pool_lock.row_id for no key update;
  elsif pool_lock.kind = 'rdprm' then
    perform 1 from public.rdprm_searches r where r.id = pool_lock.row_id for no key update;
  else
    perform 1 from public.extraction_queue q where q.id = pool_lock.row_id for no key update;
  end if;
  return case when found then 'locked' else 'gone' end;
end $$;

-- Is the row still as this claim wrote it? 'ours', 'cancelled' or 'taken'.
create function public.pool_standing(kind text, row_id uuid, worker text, claimed_at timestamptz) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  standing text;
begin
  if pool_standing.kind = 'land' then
    select case when q.status_id = 2 and q.worker_id = pool_standing.worker and q.processing_started_at = pool_standing.claimed_at
      then 'ours' when q.status_id = 4 then 'cancelled' else 'taken' end
      into standing from public.extraction_queue q where q.id = pool_standing.row_id;
  elsif pool_standing.kind in ('ocr_index', 'ocr_acte') then
    select case when q.status_id = 6 and q.ocr_worker_id = pool_standing.worker and q.ocr_started_at = pool_standing.claimed_at
      then 'ours' when q.status_id = 4 then 'cancelled' else 'taken' end
      into standing from public.extraction_queue q where q.id = pool_standing.row_id;
  elsif pool_standing.kind = 'req' then
    select case s.status when 'scraping_company_data' then 'ours' when 'failed' then 'cancelled' else 'taken' end
      into standing from public.search_sessions s where s.id = pool_standing.row_id;
  else
    select case r.status when 'in_progress' then 'ours' when 'failed' then 'cancelled' else 'taken' end
      into standing from public.rdprm_searches r where r.id = pool_standing.row_id;
  end if;
  return coalesce(standing, 'cancelled');
end $$;

-- How often a row was tried, and how often it may be.
create function public.pool_tries(kind text, row_id uuid, out tries int, out most int)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
begin
  most := public.pool_max_attempts();
  if pool_tries.kind = 'land' then
    select coalesce(q.attemtps, 0), coalesce(q.max_attempts, most) into tries, most
      from public.extraction_queue q where q.id = pool_tries.row_id;
  elsif pool_tries.kind in ('ocr_index', 'ocr_acte') then
    select coalesce(q.ocr_attempts, 0), coalesce(q.ocr_max_attempts, most) into tries, most
      from public.extraction_queue q where q.id = pool_tries.row_id;
  else
    select j.attempts into tries from public.pool_jobs j where j.kind = pool_tries.kind and j.row_id = pool_tries.row_id;
  end if;
  tries := coalesce(tries, 0);
end $$;

-- What a worker is given of a row: named columns, never the document's text.
create function public.pool_job(kind text, row_id uuid) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  job jsonb;
begin
  if pool_job.kind in ('land', 'ocr_index', 'ocr_acte') then
    select jsonb_build_object('document_source', q.document_source, 'document_number', q.document_number,
      'document_number_normalized', q.document_number_normalized, 'circonscription_fonciere', q.circonscription_fonciere,
      'cadastre', q.cadastre, 'designation_secondaire', q.designation_secondaire, 'acte_type', q.acte_type,
      'supabase_path', q.supabase_path, 'created_at', q.created_at)
      into job from public.extraction_queue q where q.id = pool_job.row_id;
  elsif pool_job.kind = 'req' then
    select jsonb_build_object('initial_search_query', s.initial_search_query, 'created_at', s.created_at)
      into job from public.search_sessions s where s.id = pool_job.row_id;
  else
    select jsonb_build_object('search_session_id', r.search_session_id, 'selected_name_id', r.selected_name_id,
      'search_name', r.search_name, 'created_at', r.created_at)
      into job from public.rdprm_searches r where r.id = pool_job.row_id;
  end if;
  return job || coalesce((select jsonb_build_object('purchase', jsonb_build_object('id', p.id, 'state', p.state, 'host', p.host,
      'sha256', p.sha256)) from public.pool_purchases p
    where p.kind = pool_job.kind and p.row_id = pool_job.row_id and p.state = 'secured' limit 1), '{}');
end $$;

select public.pool_close_doors();
