-- What people ask and order.

create function public.pool_depths(host text)
returns table (kind text, ready int, running int, oldest_ready_seconds float8, next_not_before timestamptz)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  most int := public.pool_max_attempts();
  oldest timestamptz;
begin
  -- Counting stops at 10,000: beyond that a longer queue changes no decision.
  foreach kind in array array['land', 'req', 'rdprm', 'ocr_index', 'ocr_acte'] loop
    ready := 0; oldest := null; running := 0;
    if kind = 'land' then
      select count(*), min(c.created_at) into ready, oldest from (select q.created_at from public.extraction_queue q
        where q.status_id = 1 and q.id not in (select b.row_id from public.pool_blocked b where b.kind = 'land'
            and b.host is distinct from pool_depths.host)
          and (coalesce(q.attemtps, 0) < coalesce(q.max_attempts, most) or exists (
            select from public.pool_purchases p where p.kind = 'land' and p.row_id = q.id and p.state = 'secured'))
        limit 10000) c;
      select count(*) into running from public.extraction_queue q where q.status_id = 2;
    elsif kind = 'req' then
      select count(*), min(c.created_at) into ready, oldest from (select s.created_at from public.search_sessions s
        where s.status = 'pending_company_selection' and not s.req_completed
          and not exists (select from public.pool_jobs j where j.kind = 'req' and j.row_id = s.id and j.attempts >= most)
          and s.id not in (select b.row_id from public.pool_blocked b where b.kind = 'req'
            and b.host is distinct from pool_depths.host) limit 10000) c;
      select count(*) into running from public.search_sessions s where s.status = 'scraping_company_data';
    elsif kind = 'rdprm' then
      select count(*), min(c.created_at) into ready, oldest from (select r.created_at from public.rdprm_searches r
        where r.status = 'pending'
          and (not exists (select from public.pool_jobs j where j.kind = 'rdprm' and j.row_id = r.id and j.attempts >= most)
            or exists (select from public.pool_purchases p where p.kind = 'rdprm' and p.row_id = r.id and p.state = 'secured'))
          and r.id not in (select b.row_id from public.pool_blocked b where b.kind = 'rdprm'
            and b.host is distinct from pool_depths.host) limit 10000) c;
      select count(*) into running from public.rdprm_searches r where r.status = 'in_progress';
    else
      select count(*), min(c.created_at) into ready, oldest from (select q.created_at from public.extraction_queue q
        where q.status_id = 3 and q.document_source = substr(pool_depths.kind, 5) and q.supabase_path is not null
          and coalesce(q.ocr_attempts, 0) < coalesce(q.ocr_max_attempts, most)
          and q.id not in (select b.row_id from public.pool_blocked b where b.kind = pool_depths.kind
            and b.host is distinct from pool_depths.host)
        limit 10000) c;
      select count(*) into running from public.extraction_queue q where q.status_id = 6 and q.document_source = substr(pool_depths.kind, 5);
    end if;
    if not public.pool_switch(kind) then ready := 0; oldest := null; end if;
    oldest_ready_seconds := extract(epoch from clock_timestamp() - oldest);
    select min(j.not_before) into next_not_before from public.pool_jobs j where j.kind = pool_depths.kind and j.not_before > now();
    return next;
  end loop;
end $$;

create function public.pool_enqueue(row_id uuid, kind text, job jsonb) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  source text := case pool_enqueue.kind when 'ocr_index' then 'index' when 'ocr_acte' then 'acte' else pool_enqueue.job ->> 'document_source' end;
  made int;
begin
  if pool_enqueue.row_id is null then return 'refused: a row id is needed'; end if;
  if pool_enqueue.kind in ('land', 'ocr_index', 'ocr_acte') then
    if source is null or source not in ('index', 'acte', 'plan_cadastraux') then return 'refused: document_source is index, acte or plan_cadastraux'; end if;
    if coalesce(trim(pool_enqueue.job ->> 'document_number'), '') = '' then return 'refused: document_number is empty'; end if;
    if pool_enqueue.kind = 'land' and coalesce(trim(pool_enqueue.job ->> 'circonscription_fonciere'), '') = '' then
      return 'refused: circonscription_fonciere is empty, and a guessed one buys the wrong document';
    end if;
    if pool_enqueue.kind = 'land' and source <> 'acte' and coalesce(trim(pool_enqueue.job ->> 'cadastre'), '') = '' then
      return 'refused: cadastre is empty';
    end if;
    if pool_enqueue.kind = 'land' and source = 'acte' and coalesce(pool_enqueue.job ->> 'acte_type', '') not in
      ('Acte', 'Avis d''adresse', 'Radiation', 'Acte divers') then
      return 'refused: acte_type is Acte, Avis d''adresse, Radiation or Acte divers';
    end if;
    if pool_enqueue.kind <> 'land' and coalesce(pool_enqueue.job ->> 'supabase_path', '') = '' then return 'refused: supabase_path is empty'; end if;
    insert into public.extraction_queue (id, document_source, document_number, document_number_normalized, circonscription_fonciere,
        cadastre, designation_secondaire, acte_type, status_id, supabase_path)
      values (pool_enqueue.row_id, source, pool_enqueue.job ->> 'document_number', regexp_replace(pool_enqueue.job ->> 'document_number', '\s', '', 'g'),
        pool_enqueue.job ->> 'circonscription_fonciere', pool_enqueue.job ->> 'cadastre', pool_enqueue.job ->> 'designation_secondaire',
        pool_enqueue.job ->> 'acte_type', case pool_enqueue.kind when 'land' then 1 else 3 end,
        case when pool_enqueue.kind <> 'land' then pool_enqueue.job ->> 'supabase_path' end)
      on conflict (id) do nothing;
  elsif pool_enqueue.kind = 'req' then
    if coalesce(trim(pool_enqueue.job ->> 'initial_search_query'), '') = '' then return 'refused: initial_search_query is empty'; end if;
    insert into public.search_sessions (id, initial_search_query) values (pool_enqueue.row_id, pool_enqueue.job ->> 'initial_search_query')
      on conflict (id) do nothing;
  elsif pool_enqueue.kind = 'rdprm' then
    if coalesce(trim(pool_enqueue.job ->> 'search_name'), '') = '' then return 'refused: search_name is empty'; end if;
    if not exists (select from public.search_sessions s where s.id::text = lower(pool_enqueue.job ->> 'search_session_id')) then
      return 'refused: search_session_id names no search session';
    end if;
    -- The product's own trigger makes the search: inserting both would pay twice.
    insert into public.selected_names_for_rdprm (id, search_session_id, name_to_search, source_type, is_selected)
      values (pool_enqueue.row_id, (pool_enqueue.job ->> 'search_session_id')::uuid, pool_enqueue.job ->> 'search_name', 'manual', true)
      on conflict (id) do nothing;
  else
    return format('refused: %s is not a kind of job', coalesce(pool_enqueue.kind, 'null'));
  end if;
  get diagnostics made = row_count;
  return case made when 1 then 'applied' else 'already' end;
end $$;

-- One product row, at the stage it stands at: what people list and look for. Never the document's text.
create view public.pool_board with (security_invoker = true) as
  select case when q.status_id in (3, 6) or q.status_id in (4, 5) and q.supabase_path is not null and q.document_source in ('index', 'acte')
      then 'ocr_' || q.document_source else 'land' end as kind,
    q.id as row_id,
    case q.status_id when 1 then 'waiting' when 2 then 'running' when 3 then 'waiting' when 6 then 'running' when 5 then 'done' else 'error' end as state,
    q.document_source as source, q.document_number as number,
    case when q.status_id in (3, 6) or q.status_id in (4, 5) and q.supabase_path is not null then q.ocr_attempts else q.attemtps end as attempts,
    case when q.status_id in (3, 6) then q.ocr_worker_id else q.worker_id end as worker,
    coalesce(q.ocr_started_at, q.processing_started_at) as started_at, q.ocr_completed_at as finished_at,
    case when q.status_id in (3, 5, 6) or q.status_id = 4 and q.supabase_path is not null then q.ocr_error else q.error_message end as error,
    q.supabase_path as path, q.created_at
  from public.extraction_queue q
  union all
  select 'req', s.id, case s.status when 'pending_company_selection' then 'waiting' when 'scraping_company_data' then 'running'
      when 'failed' then 'error' else 'done' end, 'req', s.initial_search_query, null, null, null, s.completed_at, s.error_message, null, s.created_at
  from public.search_sessions s
  union all
  select 'rdprm', r.id, case r.status when 'pending' then 'waiting' when 'in_progress' then 'running' when 'failed' then 'error' else 'done' end,
    'rdprm', r.search_name, null, null, null, r.completed_at, r.error_message, r.storage_path, r.created_at
  from public.rdprm_searches r;

-- filter: kind, state, source, number, row_id, and the cursor `before` {created_at, row_id} of the last row seen. Newest first.
create function public.pool_jobs_list(filter jsonb, how_many int)
returns table (kind text, row_id uuid, state text, source text, number text, attempts int, worker text, started_at timestamptz,
  finished_at timestamptz, error text, path text, created_at timestamptz, not_before timestamptz, held boolean, outages int, trail jsonb)
language sql stable set search_path = '' as $$
  select b.kind, b.row_id, case when coalesce(j.held, false) and b.state = 'error' then 'held' else b.state end, b.source, b.number,
    coalesce(b.attempts, j.attempts, 0), b.worker, b.started_at, b.finished_at, coalesce(b.error, case when b.state <> 'done' then j.last_error end),
    b.path, b.created_at, j.not_before, coalesce(j.held, false), coalesce(j.outages, 0), coalesce(j.trail, '[]')
  from (
    -- The rows first, then what the pool remembers of these few.
    select o.* from public.pool_board o
    where (filter ->> 'kind' is null or o.kind = filter ->> 'kind')
      and (filter ->> 'state' is null or o.state = filter ->> 'state' or filter ->> 'state' = 'held' and o.state = 'error' and exists (
        select from public.pool_jobs h where h.kind = o.kind and h.row_id = o.row_id and h.held))
      and (filter ->> 'source' is null or o.source = filter ->> 'source')
      and (filter ->> 'number' is null or o.number = filter ->> 'number')
      and (filter ->> 'row_id' is null or o.row_id = (filter ->> 'row_id')::uuid)
      and (filter -> 'before' is null or (o.created_at, o.row_id)
        < ((filter -> 'before' ->> 'created_at')::timestamptz, (filter -> 'before' ->> 'row_id')::uuid))
    order by o.created_at desc, o.row_id desc limit least(greatest(how_many, 0), 1000)) b
    left join public.pool_jobs j on j.kind = b.kind and j.row_id = b.row_id
  order by b.created_at desc, b.row_id desc
$$;

create function public.pool_failures(since timestamptz, how_many int)
returns table (kind text, row_id uuid, source text, number text, attempts int, error text, failed_at timestamptz)
language sql stable set search_path = '' as $$
  select b.kind, b.row_id, b.source, b.number, coalesce(b.attempts, j.attempts, 0), coalesce(b.error, j.last_error),
    coalesce(j.updated_at, b.finished_at, b.created_at)
  from public.pool_board b left join public.pool_jobs j on j.kind = b.kind and j.row_id = b.row_id
  where b.state = 'error' and (pool_failures.since is null or coalesce(j.updated_at, b.finished_at, b.created_at) >= pool_failures.since)
  order by 7 desc, 2 limit least(greatest(how_many, 0), 1000)
$$;

create function public.pool_stats(days int)
returns table (kind text, status text, source text, count bigint, min_seconds float8, mean_seconds float8, max_seconds float8, attempts float8)
language sql stable set search_path = '' as $$
  select b.kind, b.state, b.source, count(*), min(d.seconds), avg(d.seconds), max(d.seconds), avg(coalesce(b.attempts, j.attempts, 0))::float8
  from public.pool_board b
    left join public.pool_jobs j on j.kind = b.kind and j.row_id = b.row_id
    left join lateral (select extract(epoch from l.ended_at - l.claimed_at)::float8 as seconds from public.pool_leases l
      where l.kind = b.kind and l.row_id = b.row_id and l.outcome = 'done' order by l.ended_at desc limit 1) d on true
  where coalesce(b.finished_at, j.updated_at, b.created_at) >= now() - make_interval(days => pool_stats.days)
  group by 1, 2, 3 order by 1, 2, 3 limit 1000
$$;

-- Documents marked as read in an older system's days, without any text: they wait for OCR again, oldest first.
create function public.pool_backfill(kind text, how_many int) returns table (row_id uuid)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
begin
  if pool_backfill.kind not in ('ocr_index', 'ocr_acte') then
    raise exception 'only documents to read can be filled in afterwards: ocr_index, ocr_acte' using errcode = '22023';
  end if;
  return query update public.extraction_queue q set status_id = 3, ocr_attempts = 0 where q.id in (
      select c.id from public.extraction_queue c where c.status_id = 5 and c.document_source = substr(pool_backfill.kind, 5)
        and c.supabase_path is not null and coalesce(c.file_content, '') = ''
      order by c.created_at, c.id limit least(greatest(pool_backfill.how_many, 0), 1000) for no key update skip locked)
    returning q.id;
end $$;

-- A person's word on one row: the state it stands in, locked; null when there is none.
create function public.pool_state(kind text, row_id uuid) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  state text;
begin
  if public.pool_lock(pool_state.kind, pool_state.row_id, true) = 'gone' then return null; end if;
  if pool_state.kind in ('req', 'rdprm') then
    select b.state into state from public.pool_board b where b.kind = pool_state.kind and b.row_id = pool_state.row_id;
    return state;
  end if;
  select case
      when q.document_source <> substr(pool_state.kind, 5) and pool_state.kind <> 'land' then 'of another kind'
      when pool_state.kind = 'land' then case q.status_id when 1 then 'waiting' when 2 then 'running' when 4 then
        case when q.supabase_path is null then 'error' else 'bought' end else 'bought' end
      else case q.status_id when 3 then 'waiting' when 6 then 'running' when 5 then 'done' when 4 then
        case when q.supabase_path is null then 'not downloaded' else 'error' end else 'not downloaded' end end
    into state from public.extraction_queue q where q.id = pool_state.row_id;
  return state;
end $$;

create function public.pool_retry(kind text, row_id uuid) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  state text := public.pool_state(pool_retry.kind, pool_retry.row_id);
  counted record;
begin
  if state is null then return 'refused: there is no such row'; end if;
  if exists (select from public.pool_purchases p where p.kind = pool_retry.kind and p.row_id = pool_retry.row_id and p.state = 'unknown') then
    return 'refused: held';
  end if;
  select t.tries, t.most into counted from public.pool_tries(pool_retry.kind, pool_retry.row_id) t;
  if state = 'waiting' and counted.tries < counted.most then
    update public.pool_jobs j set not_before = null where j.kind = pool_retry.kind and j.row_id = pool_retry.row_id;
    return 'already';
  end if;
  if state = 'bought' then return 'refused: its document is in storage; retry the reading of it (ocr_index, ocr_acte)'; end if;
  if state not in ('error', 'waiting') then return format('refused: it is %s', state); end if;
  if pool_retry.kind = 'rdprm' and not exists (select from public.pool_jobs j where j.kind = 'rdprm' and j.row_id = pool_retry.row_id) then
    return 'refused: it failed outside this pool and may have been paid; look at the account, then make a new search';
  end if;
  if pool_retry.kind = 'rdprm' and exists (select from public.pool_purchases p where p.kind = 'rdprm' and p.row_id = pool_retry.row_id
    and p.state = 'delivered') then
    return 'refused: it was bought and delivered, and the register holds nothing under this name; make a new search to ask again';
  end if;
  perform public.pool_move(pool_retry.kind, pool_retry.row_id, 'waiting', 0, '');
  perform public.pool_note(pool_retry.kind, pool_retry.row_id, '{"outcome": "retried by a person"}', attempts => 0, outages => 0);
  return 'applied';
end $$;

create function public.pool_cancel(kind text, row_id uuid) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  state text := public.pool_state(pool_cancel.kind, pool_cancel.row_id);
  lease public.pool_leases;
  tries int := (public.pool_tries(pool_cancel.kind, pool_cancel.row_id)).tries;
begin
  if state is null then return 'refused: there is no such row'; end if;
  if state = 'error' and not exists (select from public.pool_jobs j
    where j.kind = pool_cancel.kind and j.row_id = pool_cancel.row_id and j.held) then return 'already'; end if;
  if state not in ('waiting', 'running', 'error') then return format('refused: it is %s', state); end if;
  select l.* into lease from public.pool_leases l
    where l.kind = pool_cancel.kind and l.row_id = pool_cancel.row_id and l.ended_at is null for no key update;
  if found then
    perform public.pool_end(lease.token, 'cancelled');
    perform public.pool_close_purchases(lease.token, lease.kind, lease.row_id);
  end if;
  perform public.pool_move(pool_cancel.kind, pool_cancel.row_id, 'error', tries, 'Job cancelled by user');
  perform public.pool_note(pool_cancel.kind, pool_cancel.row_id, '{"outcome": "cancelled by a person"}', last_error => 'Job cancelled by user');
  return 'applied';
end $$;

create function public.pool_why(kind text, row_id uuid) returns table (condition text, met boolean, value text)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  state text;
  job public.pool_jobs;
  lease public.pool_leases;
  purchase public.pool_purchases;
  tries int;
  most int;
begin
  select b.state into state from public.pool_board b where b.row_id = pool_why.row_id and (b.kind = pool_why.kind
    or b.kind in ('land', 'ocr_index', 'ocr_acte') and pool_why.kind in ('land', 'ocr_index', 'ocr_acte')) limit 1;
  return query select 'the row exists', state is not null, pool_why.row_id::text;
  if state is null then return; end if;
  if pool_why.kind in ('land', 'ocr_index', 'ocr_acte') then
    return query select 'its status waits for this kind', q.status_id = case pool_why.kind when 'land' then 1 else 3 end
        and (pool_why.kind = 'land' or q.document_source = substr(pool_why.kind, 5)),
      format('status_id %s, document_source %s', q.status_id, q.document_source)
      from public.extraction_queue q where q.id = pool_why.row_id;
    if pool_why.kind <> 'land' then
      return query select 'its file is named', q.supabase_path is not null, q.supabase_path from public.extraction_queue q where q.id = pool_why.row_id;
    end if;
  else
    return query select 'its status waits for this kind', state = 'waiting' and not exists (select from public.search_sessions s
      where s.id = pool_why.row_id and pool_why.kind = 'req' and s.req_completed), state;
  end if;
  select t.tries, t.most into tries, most from public.pool_tries(pool_why.kind, pool_why.row_id) t;
  return query select 'attempts are left', tries < most or exists (select from public.pool_purchases p
      where p.kind = pool_why.kind and p.row_id = pool_why.row_id and p.state = 'secured'), format('%s of %s', tries, most);
  select j.* into job from public.pool_jobs j where j.kind = pool_why.kind and j.row_id = pool_why.row_id;
  return query select 'its time has come', coalesce(job.not_before <= clock_timestamp(), true), job.not_before::text;
  return query select 'its kind is switched on here', public.pool_switch(pool_why.kind), public.pool_setting('switches', '{}')::text;
  select l.* into lease from public.pool_leases l where l.kind = pool_why.kind and l.row_id = pool_why.row_id and l.ended_at is null;
  return query select 'nobody holds it', lease.token is null, case when lease.token is not null then
    format('%s until %s', lease.worker, lease.expires_at) end;
  select p.* into purchase from public.pool_purchases p where p.kind = pool_why.kind and p.row_id = pool_why.row_id
    and p.state in ('unknown', 'secured', 'clicked') order by p.id desc limit 1;
  return query select 'no purchase holds it', purchase.id is null or purchase.state <> 'unknown',
    case when purchase.id is not null then format('purchase %s is %s', purchase.id, purchase.state) end;
  return query select 'any host may take it', purchase.id is null or purchase.state <> 'secured',
    case when purchase.state = 'secured' then format('only %s, which has the file', purchase.host) end;
end $$;

select public.pool_close_doors();
