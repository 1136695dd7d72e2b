-- Taking jobs back from workers that are gone, and rows from owners that nobody knows. Lock order: row, lease, purchase, budget.

-- What several leases that end at once may charge, locked in one order: else two such calls could wait for each other.
create function public.pool_lock_money(tokens uuid[]) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
begin
  perform 1 from public.pool_purchases p where p.token = any (pool_lock_money.tokens) and p.state in ('intent', 'clicked')
    order by p.id for no key update;
  perform 1 from public.pool_budgets b where (b.registry, b.day) in (select p.registry, p.budget_day from public.pool_purchases p
      where p.token = any (pool_lock_money.tokens) and p.state = 'intent')
    order by b.registry, b.day for no key update;
  return 1;
end $$;

-- Locks all that several open leases can touch: rows, leases, purchases, budgets. Returns the tokens it holds now, in the
-- order of their rows; when not waiting, those that others are at are left out.
create function public.pool_gather(tokens uuid[], waiting boolean) returns uuid[]
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  gathered uuid[] := '{}';
begin
  for one in select l.token, l.kind, l.row_id from public.pool_leases l where l.token = any (pool_gather.tokens) and l.ended_at is null
    order by l.row_id, l.token
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

-- Ends one open lease whose holder is gone or gives it back; the row is touched only if it is still as the claim wrote it.
-- Called with all of it locked. Returns null when there was nothing to do, else what became of the row.
create function public.pool_take_back(token uuid, word text, error text, only_expired boolean default false) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_leases;
  standing text;
begin
  select l.* into lease from public.pool_leases l where l.token = pool_take_back.token and l.ended_at is null;
  if not found then return null; end if;
  standing := public.pool_standing(lease.kind, lease.row_id, lease.worker, lease.claimed_at);
  if standing <> 'ours' then
    perform public.pool_end(lease.token, standing);
    perform public.pool_close_purchases(lease.token, lease.kind, lease.row_id);
    return standing;
  end if;
  if pool_take_back.only_expired and lease.expires_at > clock_timestamp() then return null; end if;
  perform public.pool_end(lease.token, pool_take_back.word);
  return public.pool_put_back(lease.kind, lease.row_id, lease.token, lease.worker, pool_take_back.word, pool_take_back.error, null, null);
end $$;

create function public.pool_release(tokens uuid[], reason text) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one uuid;
  released int := 0;
begin
  foreach one in array public.pool_gather(pool_release.tokens, true) loop
    if public.pool_take_back(one, 'released', pool_release.reason) in ('waiting', 'held') then released := released + 1; end if;
  end loop;
  return released;
end $$;

create function public.pool_release_worker(worker text, reason text, crashed boolean) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one uuid;
  released int := 0;
begin
  foreach one in array public.pool_gather(array(select l.token from public.pool_leases l
    where l.worker = pool_release_worker.worker and l.ended_at is null), false)
  loop
    if public.pool_take_back(one, case when pool_release_worker.crashed then 'crashed' else 'released' end,
      coalesce(pool_release_worker.reason, 'its worker died')) is not null then released := released + 1; end if;
  end loop;
  update public.pool_account_leases a set ended_at = clock_timestamp(), result = 'released'
    where a.lease_id in (select o.lease_id from public.pool_account_leases o
      where o.worker = pool_release_worker.worker and o.ended_at is null order by o.lease_id for no key update);
  return released;
end $$;

-- Rows that run without any lease for longer than the limit: the predecessor's, or an older life's.
create function public.pool_foreign(foreign_limit_minutes int, only_row uuid default null) returns table (kind text, row_id uuid, worker text)
language sql stable set search_path = '' as $$
  select f.kind, f.row_id, f.worker from (
    select 'land' as kind, q.id as row_id, q.worker_id as worker, coalesce(q.processing_started_at, q.updated_at, q.created_at) as since
      from public.extraction_queue q where q.status_id = 2
    union all
    select 'ocr_' || q.document_source, q.id, q.ocr_worker_id, coalesce(q.ocr_started_at, q.updated_at, q.created_at)
      from public.extraction_queue q where q.status_id = 6 and q.document_source in ('index', 'acte')
    union all
    select 'req', s.id, null, s.updated_at from public.search_sessions s where s.status = 'scraping_company_data'
    union all
    select 'rdprm', r.id, null, r.created_at from public.rdprm_searches r where r.status = 'in_progress') f
  where (pool_foreign.only_row is null or f.row_id = pool_foreign.only_row)
    and coalesce(f.since, '-infinity') < now() - make_interval(mins => pool_foreign.foreign_limit_minutes)
    and not exists (select from public.pool_leases l where l.kind = f.kind and l.row_id = f.row_id and l.ended_at is null)
  order by f.kind = 'rdprm', f.row_id limit 500
$$;

create function public.pool_rescue(foreign_limit_minutes int) returns table (kind text, row_id uuid, worker text, reason text)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  fate text;
  gone uuid[] := public.pool_gather(array(select l.token from public.pool_leases l
    where l.ended_at is null and (l.expires_at <= clock_timestamp()
      or public.pool_standing(l.kind, l.row_id, l.worker, l.claimed_at) <> 'ours')
    order by l.expires_at limit 400), false);
begin
  for one in select l.token, l.kind, l.row_id, l.worker from public.pool_leases l where l.token = any (gone) order by l.row_id, l.token
  loop
    fate := public.pool_take_back(one.token, 'rescued', format('its worker %s was not heard of in time', one.worker), true);
    continue when fate is null;
    kind := one.kind; row_id := one.row_id; worker := one.worker;
    reason := case when fate in ('cancelled', 'taken') then fate else 'expired' end;
    return next;
  end loop;
  for one in select f.kind, f.row_id, f.worker from public.pool_foreign(pool_rescue.foreign_limit_minutes) f loop
    kind := one.kind; row_id := one.row_id; worker := one.worker;
    if one.kind = 'rdprm' then
      -- It may have been paid: a person decides.
      reason := 'running without a lease: look at it';
      return next;
    elsif public.pool_lock(one.kind, one.row_id, false) = 'locked' and exists (
      select from public.pool_foreign(pool_rescue.foreign_limit_minutes, one.row_id) f where f.kind = one.kind)
    then
      perform public.pool_put_back(one.kind, one.row_id, null, one.worker, 'rescued',
        format('running for more than %s minutes without a lease', pool_rescue.foreign_limit_minutes), null, null);
      reason := 'foreign';
      return next;
    end if;
  end loop;
  for one in update public.extraction_queue q set status_id = 5, ocr_completed_at = clock_timestamp()
    where q.id in (select p.id from public.extraction_queue p where p.document_source = 'plan_cadastraux' and (p.status_id = 3
        or p.status_id = 6 and coalesce(p.ocr_started_at, p.updated_at, p.created_at, '-infinity')
          < now() - make_interval(mins => pool_rescue.foreign_limit_minutes))
      order by p.id limit 50 for no key update skip locked) returning q.id
  loop
    kind := 'land'; row_id := one.id; worker := null; reason := 'a plan needs no reading';
    return next;
  end loop;
  for one in select w.kind, w.row_id from public.pool_stuck() w loop
    continue when public.pool_lock(one.kind, one.row_id, false) <> 'locked';
    select w.reason into fate from public.pool_stuck(one.row_id) w where w.kind = one.kind;
    continue when not found;
    perform public.pool_move(one.kind, one.row_id, 'error', (public.pool_tries(one.kind, one.row_id)).tries,
      case fate when 'held' then public.pool_held_sentence(one.kind, one.row_id) else 'Max attempts exceeded' end);
    perform public.pool_note(one.kind, one.row_id, jsonb_build_object('outcome', fate), held => fate = 'held');
    kind := one.kind; row_id := one.row_id; worker := null; reason := fate;
    return next;
  end loop;
  delete from public.pool_leases l where l.token in (select o.token from public.pool_leases o
    where o.ended_at < now() - interval '7 days' order by o.ended_at limit 5000 for update skip locked);
end $$;

-- Rows that wait though no claim may ever take them, closed instead of waiting for ever: no attempt is left, or somebody
-- put a held row back while its purchase is still unknown.
create function public.pool_stuck(only_row uuid default null) returns table (kind text, row_id uuid, reason text)
language sql stable set search_path = '' as $$
  with waiting as (
    select 'land' as kind, q.id as row_id, coalesce(q.attemtps, 0) >= coalesce(q.max_attempts, m.most) as worn
      from public.extraction_queue q, public.pool_max_attempts() m (most)
      where q.status_id = 1
    union all
    select 'ocr_' || q.document_source, q.id, coalesce(q.ocr_attempts, 0) >= coalesce(q.ocr_max_attempts, m.most)
      from public.extraction_queue q, public.pool_max_attempts() m (most)
      where q.status_id = 3 and q.document_source in ('index', 'acte')
    union all
    select 'req', s.id, j.attempts >= m.most
      from public.search_sessions s join public.pool_jobs j on j.kind = 'req' and j.row_id = s.id, public.pool_max_attempts() m (most)
      where s.status = 'pending_company_selection' and not s.req_completed
    union all
    select 'rdprm', r.id, coalesce(j.attempts, 0) >= m.most
      from public.rdprm_searches r left join public.pool_jobs j on j.kind = 'rdprm' and j.row_id = r.id, public.pool_max_attempts() m (most)
      where r.status = 'pending')
  select w.kind, w.row_id, case when p.row_id is null then 'no attempt left' else 'held' end
  from waiting w left join (select distinct p.kind, p.row_id from public.pool_purchases p where p.state = 'unknown') p
    on p.kind = w.kind and p.row_id = w.row_id
  where (pool_stuck.only_row is null or w.row_id = pool_stuck.only_row) and (w.worn or p.row_id is not null)
    and not exists (select from public.pool_leases l where l.kind = w.kind and l.row_id = w.row_id and l.ended_at is null)
    and (p.row_id is not null or not exists (select from public.pool_blocked b where b.kind = w.kind and b.row_id = w.row_id))
  limit 50
$$;

select public.pool_close_doors();
