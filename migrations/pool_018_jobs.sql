-- Sessions that complete with their last search, results column by column, and jobs that can be explained.

-- While sessions are completed here, a search is locked together with its session, the session first: a product row too,
-- whatever its table, and the parent before the child as the product's own cascades lock them. So the session is never
-- waited for by somebody who holds a search, a lease, a purchase or a budget, and no two can wait for each other. And of
-- two searches of one session that end at once the second waits here, before it looks, and then sees the first one's end.
-- Returns false only when it does not wait and somebody else is at the session.
create function public.pool_lock_session(search uuid, waiting boolean) returns boolean
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  session uuid;
begin
  if public.pool_setting('complete_sessions', 'false') <> 'true' then return true; end if;
  select r.search_session_id into session from public.rdprm_searches r where r.id = pool_lock_session.search;
  if pool_lock_session.waiting then
    perform 1 from public.search_sessions s where s.id = session for no key update;
    return true;
  end if;
  perform 1 from public.search_sessions s where s.id = session for no key update skip locked;
  return found or not exists (select from public.search_sessions s where s.id = session);
end $$;

-- Locks the product's row: 'locked', 'busy' (only when not waiting) or 'gone'.
create or replace function public.pool_lock(kind text, row_id uuid, waiting boolean) returns text
language plpgsql set search_path = '' as $$
declare
  found_one int;
begin
  if pool_lock.kind = 'rdprm' and not public.pool_lock_session(pool_lock.row_id, pool_lock.waiting) then return 'busy'; end if;
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

-- Locks all that several open leases can touch: rows, leases, purchases, budgets. Returns the tokens it holds now, in the
-- order of their rows; when not waiting, those that others are at are left out.
create or replace function public.pool_gather(tokens uuid[], waiting boolean) returns uuid[]
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  gathered uuid[] := '{}';
begin
  -- A search stands at the place of its session, just behind it: sessions, too, are locked in one order.
  for one in select l.token, l.kind, l.row_id from public.pool_leases l
    left join public.rdprm_searches r on l.kind = 'rdprm' and r.id = l.row_id
    where l.token = any (pool_gather.tokens) and l.ended_at is null
    order by coalesce(r.search_session_id, l.row_id), l.kind = 'rdprm', l.row_id, l.token
  loop
    if public.pool_lock(one.kind, one.row_id, pool_gather.waiting) <> 'busy' then gathered := gathered || one.token; end if;
  end loop;
  if pool_gather.waiting then
    perform 1 from public.pool_leases l where l.token = any (gathered) order by l.row_id, l.token for no key update;
    gathered := array(select l.token from public.pool_leases l where l.token = any (gathered) and l.ended_at is null
      order by l.row_id, l.token);
  else
    gathered := array(select l.token from public.pool_leases l where l.token = any (gathered) and l.ended_at is null
      order by l.row_id, l.token for no key update skip locked);
  end if;
  perform public.pool_lock_money(gathered);
  return gathered;
end $$;

-- The session of a search that just ended is completed when no search of it is under way, waits or is held. Before the
-- names are chosen, and once the product is at its PDF, it stays as it is. Called with the search locked, and so, unless
-- the setting changed meanwhile, with the session: it waits for nobody.
create function public.pool_complete_session(search uuid) returns boolean
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
begin
  if public.pool_setting('complete_sessions', 'false') <> 'true' then return false; end if;
  update public.search_sessions s set status = 'completed', completed_at = moment, updated_at = moment
    where s.id = (select o.id from public.search_sessions o
        where o.id = (select r.search_session_id from public.rdprm_searches r where r.id = pool_complete_session.search)
          and o.status in ('pending_name_selection', 'pending_rdprm_searches', 'rdprm_in_progress')
        for no key update skip locked)
      and not exists (select from public.rdprm_searches r where r.search_session_id = s.id
        and (r.status not in ('completed', 'failed', 'not_found')
          or exists (select from public.pool_jobs j where j.kind = 'rdprm' and j.row_id = r.id and j.held)
          or exists (select from public.pool_purchases p where p.kind = 'rdprm' and p.row_id = r.id and p.state = 'unknown')));
  return found;
end $$;

-- The last step of every change of a row's state: what the pool remembers of it, the last 20 entries of its trail, and
-- the session that may have ended with it.
create or replace function public.pool_note(kind text, row_id uuid, entry jsonb, attempts int default null, outages int default null,
  not_before timestamptz default null, held boolean default false, last_error text default null) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  written jsonb := pool_note.entry || jsonb_build_object('at', clock_timestamp());
begin
  insert into public.pool_jobs as j (kind, row_id, attempts, outages, not_before, held, last_error, trail)
    values (pool_note.kind, pool_note.row_id, coalesce(pool_note.attempts, 0), coalesce(pool_note.outages, 0),
      pool_note.not_before, pool_note.held, pool_note.last_error, jsonb_build_array(written))
    on conflict (kind, row_id) do update set
      attempts = coalesce(pool_note.attempts, j.attempts), outages = coalesce(pool_note.outages, j.outages),
      not_before = pool_note.not_before, held = pool_note.held,
      last_error = coalesce(pool_note.last_error, j.last_error), updated_at = clock_timestamp(),
      trail = case when jsonb_array_length(j.trail) >= 20 then j.trail - 0 else j.trail end || written;
  if pool_note.kind = 'rdprm' then perform public.pool_complete_session(pool_note.row_id); end if;
  return 1;
end $$;

-- Not every product database has the column that a company's number goes into.
alter table public.req_companies add column if not exists neq text;

-- Writes the result of a finished job. Called with the row locked, ours, and its lease ended.
create or replace function public.pool_finish(kind text, row_id uuid, result jsonb) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
  -- A search's path has no bucket in front, unlike a document's.
  stored text := nullif(regexp_replace(pool_finish.result ->> 'storage_path', '^/?rdprm-documents/', ''), '');
begin
  if pool_finish.kind = 'land' then
    if coalesce(pool_finish.result ->> 'supabase_path', '') = '' then
      raise exception 'a finished download names its supabase_path' using errcode = '22023';
    end if;
    update public.extraction_queue q set status_id = case q.document_source when 'plan_cadastraux' then 5 else 3 end,
      supabase_path = pool_finish.result ->> 'supabase_path', error_message = null where q.id = pool_finish.row_id;
  elsif pool_finish.kind in ('ocr_index', 'ocr_acte') then
    if pool_finish.result ->> 'file_content' is null then
      raise exception 'a document that was read brings its file_content' using errcode = '22023';
    end if;
    update public.extraction_queue q set status_id = 5, file_content = pool_finish.result ->> 'file_content',
      boosted_file_content = pool_finish.result ->> 'boosted_file_content',
      searchable_file_content = pool_finish.result ->> 'searchable_file_content', ocr_completed_at = moment, ocr_error = null
      where q.id = pool_finish.row_id;
    delete from public.pool_ocr_results o where o.row_id = pool_finish.row_id;
    insert into public.pool_ocr_results (row_id, page, engine, prompt_version, content, confidences, corrections, tokens, cents)
      select pool_finish.row_id, p.place, p.page ->> 'engine', p.page ->> 'prompt_version', p.page,
        p.page -> 'confidences', p.page -> 'corrections', (p.page ->> 'tokens')::int, (p.page ->> 'cents')::numeric
      from jsonb_array_elements(case jsonb_typeof(pool_finish.result -> 'pages') when 'array' then pool_finish.result -> 'pages'
        else '[]' end) with ordinality p(page, place);
  elsif pool_finish.kind = 'req' then
    delete from public.req_companies c where c.search_session_id = pool_finish.row_id;
    insert into public.req_companies (search_session_id, company_name, neq, is_selected, result_order, cleaned_data)
      select pool_finish.row_id, coalesce(nullif(c.company ->> 'company_name', ''), s.initial_search_query), c.company ->> 'neq', false,
        c.place, c.company -> 'cleaned_data'
      from public.search_sessions s,
        jsonb_array_elements(coalesce(pool_finish.result -> 'companies', '[]')) with ordinality c(company, place)
      where s.id = pool_finish.row_id;
    update public.search_sessions s set status = 'pending_name_selection', req_completed = true,
      req_results_count = coalesce((pool_finish.result ->> 'results_count')::int,
        jsonb_array_length(coalesce(pool_finish.result -> 'companies', '[]'))), error_message = null, updated_at = moment
      where s.id = pool_finish.row_id;
  elsif coalesce((pool_finish.result ->> 'found')::boolean, true) then
    if stored is null then raise exception 'a finished search names its storage_path' using errcode = '22023'; end if;
    update public.rdprm_searches r set status = 'completed', storage_path = stored, error_message = null, completed_at = moment
      where r.id = pool_finish.row_id;
  else
    begin
      update public.rdprm_searches r set status = 'not_found', storage_path = stored, error_message = null, completed_at = moment
        where r.id = pool_finish.row_id;
    exception when check_violation or invalid_text_representation then
      -- Some environments know no such status: failed, with words that can be searched for.
      update public.rdprm_searches r set status = 'failed', storage_path = stored,
        error_message = 'not_found: the register holds nothing under this name', completed_at = moment
        where r.id = pool_finish.row_id;
    end;
  end if;
  return 1;
end $$;

alter table public.pool_leases add column renewed_at timestamptz;

create or replace function public.pool_renew(tokens uuid[], lease_seconds int)
returns table (token uuid, held boolean, reason text)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_leases;
  asked uuid;
  standing text;
  lost uuid[];
  moment timestamptz;
begin
  -- Leases only, in the order of their rows: whoever holds a row's lock and waits for its lease never waits for another.
  perform 1 from public.pool_leases l where l.token = any (pool_renew.tokens) order by l.row_id, l.token for no key update;
  lost := array(select l.token from public.pool_leases l where l.token = any (pool_renew.tokens) and l.ended_at is null
    and public.pool_standing(l.kind, l.row_id, l.worker, l.claimed_at) <> 'ours');
  perform public.pool_lock_money(lost);
  foreach asked in array pool_renew.tokens loop
    token := asked;
    held := false;
    select l.* into lease from public.pool_leases l where l.token = asked;
    if not found then reason := 'ended';
    elsif lease.ended_at is not null then
      reason := case when lease.outcome in ('cancelled', 'taken') then lease.outcome else 'ended' end;
    elsif asked = any (lost) then
      standing := public.pool_standing(lease.kind, lease.row_id, lease.worker, lease.claimed_at);
      reason := case standing when 'ours' then 'taken' else standing end;
      perform public.pool_end(asked, reason);
      perform public.pool_close_purchases(asked, lease.kind, lease.row_id);
    elsif lease.expires_at <= clock_timestamp() then reason := 'expired';
    else
      moment := clock_timestamp();
      update public.pool_leases l set renewed_at = moment, expires_at = moment + make_interval(secs => pool_renew.lease_seconds)
        where l.token = asked;
      held := true;
      reason := null;
    end if;
    return next;
  end loop;
end $$;

-- The conditions of a claim for one row; `facts` holds what a sentence about one is made of, seconds counted from now.
drop function public.pool_why(text, uuid);
create function public.pool_why(kind text, row_id uuid) returns table (condition text, met boolean, value text, facts jsonb)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  board record;
  job public.pool_jobs;
  lease public.pool_leases;
  purchase public.pool_purchases;
  purse record;
  tries int;
  most int;
  moment timestamptz := clock_timestamp();
begin
  select b.state, b.error into board from public.pool_board b where b.row_id = pool_why.row_id and (b.kind = pool_why.kind
    or b.kind in ('land', 'ocr_index', 'ocr_acte') and pool_why.kind in ('land', 'ocr_index', 'ocr_acte')) limit 1;
  return query select 'the row exists', board.state is not null, pool_why.row_id::text, '{}'::jsonb;
  if board.state is null then return; end if;
  select t.tries, t.most into tries, most from public.pool_tries(pool_why.kind, pool_why.row_id) t;
  select j.* into job from public.pool_jobs j where j.kind = pool_why.kind and j.row_id = pool_why.row_id;
  select l.* into lease from public.pool_leases l where l.kind = pool_why.kind and l.row_id = pool_why.row_id and l.ended_at is null;
  select p.* into purchase from public.pool_purchases p where p.kind = pool_why.kind and p.row_id = pool_why.row_id
    and p.state in ('unknown', 'secured', 'clicked') order by p.state = 'clicked', p.state = 'secured', p.id desc limit 1;
  if pool_why.kind in ('land', 'ocr_index', 'ocr_acte') then
    return query select 'its status waits for this kind', q.status_id = case pool_why.kind when 'land' then 1 else 3 end
        and (pool_why.kind = 'land' or q.document_source = substr(pool_why.kind, 5)),
      format('status_id %s, document_source %s', q.status_id, q.document_source),
      jsonb_build_object('state', board.state, 'error', coalesce(board.error, job.last_error))
      from public.extraction_queue q where q.id = pool_why.row_id;
    if pool_why.kind <> 'land' then
      return query select 'its file is named', q.supabase_path is not null, q.supabase_path, '{}'::jsonb
        from public.extraction_queue q where q.id = pool_why.row_id;
    end if;
  else
    return query select 'its status waits for this kind', board.state = 'waiting' and not exists (select from public.search_sessions s
      where s.id = pool_why.row_id and pool_why.kind = 'req' and s.req_completed), board.state,
      jsonb_build_object('state', board.state, 'error', coalesce(board.error, job.last_error));
  end if;
  return query select 'attempts are left', tries < most or exists (select from public.pool_purchases p
      where p.kind = pool_why.kind and p.row_id = pool_why.row_id and p.state = 'secured'), format('%s of %s', tries, most),
    jsonb_build_object('tries', tries, 'most', most);
  return query select 'its time has come', coalesce(job.not_before <= moment, true), job.not_before::text,
    jsonb_build_object('not_before', job.not_before, 'seconds', extract(epoch from job.not_before - moment),
      'last_error', coalesce(job.trail -> -1 ->> 'error', job.last_error));
  return query select 'its kind is switched on here', public.pool_switch(pool_why.kind), public.pool_setting('switches', '{}')::text,
    '{}'::jsonb;
  if pool_why.kind in ('land', 'rdprm') then
    select p.* into purse from public.pool_purse(pool_why.kind) p;
    return query select 'the day''s budget allows it', purse.enough or exists (select from public.pool_purchases p
        where p.kind = pool_why.kind and p.row_id = pool_why.row_id and p.state = 'secured'),
      format('%s spent and %s reserved of %s cents, one costs %s', purse.spent_cents, purse.reserved_cents, purse.limit_cents,
        purse.price_cents), to_jsonb(purse);
  end if;
  return query select 'nobody holds it', lease.token is null, case when lease.token is not null then
    format('%s until %s', lease.worker, lease.expires_at) end,
    case when lease.token is null then '{}'::jsonb else jsonb_build_object('worker', lease.worker, 'host', lease.host,
      'expires_at', lease.expires_at, 'seconds', extract(epoch from lease.expires_at - moment),
      'renewed_seconds', extract(epoch from moment - coalesce(lease.renewed_at, lease.claimed_at))) end;
  return query select 'no purchase holds it', purchase.id is null or purchase.state <> 'unknown',
    case when purchase.id is not null then format('purchase %s is %s', purchase.id, purchase.state) end,
    jsonb_build_object('purchase', purchase.id, 'state', purchase.state);
  return query select 'any host may take it', purchase.id is null or purchase.state <> 'secured',
    case when purchase.state = 'secured' then format('only %s, which has the file', purchase.host) end,
    jsonb_build_object('host', case purchase.state when 'secured' then purchase.host end);
end $$;

-- Durations are of the successes whose lease is still kept (7 days). A download whose document is read, or waits for that,
-- stands beside the reading: as land, done.
create or replace function public.pool_stats(days int)
returns table (kind text, status text, source text, count bigint, min_seconds float8, mean_seconds float8, max_seconds float8, attempts float8)
language sql stable set search_path = '' as $$
  with since as (select now() - make_interval(days => pool_stats.days) as moment),
    told as (
      select b.kind, b.state, b.source, coalesce(b.attempts, j.attempts, 0) as attempts, d.seconds
      from since s, public.pool_board b
        left join public.pool_jobs j on j.kind = b.kind and j.row_id = b.row_id
        left join lateral (select extract(epoch from l.ended_at - l.claimed_at)::float8 as seconds from public.pool_leases l
          where l.kind = b.kind and l.row_id = b.row_id and l.outcome = 'done' order by l.ended_at desc limit 1) d on true
      where coalesce(b.finished_at, j.updated_at, b.created_at) >= s.moment
      union all
      select 'land', 'done', q.document_source, coalesce(q.attemtps, 0), d.seconds
      from (select distinct on (l.row_id) l.row_id, extract(epoch from l.ended_at - l.claimed_at)::float8 as seconds
          from since s, public.pool_leases l where l.kind = 'land' and l.outcome = 'done' and l.ended_at >= s.moment
          order by l.row_id, l.ended_at desc) d
        join public.extraction_queue q on q.id = d.row_id
      where q.document_source in ('index', 'acte') and (q.status_id in (3, 5, 6) or q.status_id = 4 and q.supabase_path is not null))
  select t.kind, t.state, t.source, count(*), min(t.seconds), avg(t.seconds), max(t.seconds), avg(t.attempts)::float8
  from told t group by 1, 2, 3 order by 1, 2, 3 limit 1000
$$;

-- What runs and should not any more, the longest first; seconds since its claim, null where no lease says.
create function public.pool_overdue(foreign_limit_minutes int)
returns table (kind text, row_id uuid, worker text, host text, seconds float8, reason text)
language sql stable set search_path = '' as $$
  select l.kind, l.row_id, l.worker, l.host, extract(epoch from clock_timestamp() - l.claimed_at)::float8,
    case when l.expires_at <= clock_timestamp() then 'its lease expired' else 'running longer than the limit' end
  from public.pool_leases l
  where l.ended_at is null and (l.expires_at <= clock_timestamp()
    or l.claimed_at < clock_timestamp() - make_interval(mins => pool_overdue.foreign_limit_minutes))
  union all
  select f.kind, f.row_id, f.worker, null, null, 'running without a lease' from public.pool_foreign(pool_overdue.foreign_limit_minutes) f
  order by 5 desc nulls last, 2 limit 1000
$$;

select public.pool_close_doors();
