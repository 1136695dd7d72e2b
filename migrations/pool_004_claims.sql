-- Taking jobs, and keeping them.

-- The oldest waiting rows of one kind, locked; rows another claim is looking at are passed over.
-- `offset 0` keeps each look at pool_blocked a look-up for one row: as a join it reads every delayed job at every claim.
-- Only with it the plan may be kept: without, the generic one sorts all waiting rows.
create function public.pool_candidates(kind text, host text, how_many int) returns uuid[]
language plpgsql volatile set search_path = '' set plan_cache_mode = 'force_generic_plan' as $$
#variable_conflict use_column
declare
  found_ids uuid[];
  most int := public.pool_max_attempts();
begin
  if pool_candidates.kind = 'land' then
    select array_agg(c.id order by c.created_at, c.id) into found_ids from (
      select q.id, q.created_at from public.extraction_queue q
      where q.status_id = 1
        and not exists (select from public.pool_blocked b where b.kind = 'land' and b.row_id = q.id
          and b.host is distinct from pool_candidates.host offset 0)
        and (coalesce(q.attemtps, 0) < coalesce(q.max_attempts, most) or exists (
          select from public.pool_purchases p where p.kind = 'land' and p.row_id = q.id and p.state = 'secured'))
      order by q.created_at, q.id limit pool_candidates.how_many for no key update of q skip locked) c;
  elsif pool_candidates.kind in ('ocr_index', 'ocr_acte') then
    select array_agg(c.id order by c.created_at, c.id) into found_ids from (
      select q.id, q.created_at from public.extraction_queue q
      where q.status_id = 3 and q.document_source = substr(pool_candidates.kind, 5) and q.supabase_path is not null
        and coalesce(q.ocr_attempts, 0) < coalesce(q.ocr_max_attempts, most)
        and not exists (select from public.pool_blocked b where b.kind = pool_candidates.kind and b.row_id = q.id
          and b.host is distinct from pool_candidates.host offset 0)
      order by q.created_at, q.id limit pool_candidates.how_many for no key update of q skip locked) c;
  elsif pool_candidates.kind = 'req' then
    select array_agg(c.id order by c.created_at, c.id) into found_ids from (
      select s.id, s.created_at from public.search_sessions s
      where s.status = 'pending_company_selection' and not s.req_completed
        and not exists (select from public.pool_jobs j where j.kind = 'req' and j.row_id = s.id and j.attempts >= most)
        and not exists (select from public.pool_blocked b where b.kind = 'req' and b.row_id = s.id
          and b.host is distinct from pool_candidates.host offset 0)
      order by s.created_at, s.id limit pool_candidates.how_many for no key update of s skip locked) c;
  elsif pool_candidates.kind = 'rdprm' then
    select array_agg(c.id order by c.created_at, c.id) into found_ids from (
      select r.id, r.created_at from public.rdprm_searches r
      where r.status = 'pending'
        and (not exists (select from public.pool_jobs j where j.kind = 'rdprm' and j.row_id = r.id and j.attempts >= most)
          or exists (select from public.pool_purchases p where p.kind = 'rdprm' and p.row_id = r.id and p.state = 'secured'))
        and not exists (select from public.pool_blocked b where b.kind = 'rdprm' and b.row_id = r.id
          and b.host is distinct from pool_candidates.host offset 0)
      order by r.created_at, r.id limit pool_candidates.how_many for no key update of r skip locked) c;
  else
    raise exception '% is not a kind of job', pool_candidates.kind using errcode = '22023';
  end if;
  return coalesce(found_ids, '{}');
end $$;

create function public.pool_claim(claim_id uuid, kinds text[], worker text, host text, how_many int, lease_seconds int)
returns table (token uuid, kind text, row_id uuid, attempt int, job jsonb)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  wanted text;
  seen uuid[];
  ids uuid[];
  moment timestamptz;
  left_over int := least(greatest(pool_claim.how_many, 0), 1000);
begin
  -- A statement by itself: the repeat of a claim whose first call is still in flight must see what that one did.
  perform pg_advisory_xact_lock(hashtextextended(pool_claim.claim_id::text, 0));
  if exists (select from public.pool_leases l where l.claim_id = pool_claim.claim_id) then
    return query select l.token, l.kind, l.row_id, (select t.tries + 1 from public.pool_tries(l.kind, l.row_id) t),
        public.pool_job(l.kind, l.row_id)
      from public.pool_leases l
      where l.claim_id = pool_claim.claim_id and l.ended_at is null and l.expires_at > clock_timestamp();
    return;
  end if;
  foreach wanted in array pool_claim.kinds loop
    exit when left_over = 0;
    continue when not public.pool_switch(wanted);
    loop
      seen := public.pool_candidates(wanted, pool_claim.host, left_over);
      -- Asked again in a new statement: a lease or a delay committed after the first one's snapshot is seen now.
      ids := array(select i.id from unnest(seen) with ordinality i(id, place)
        where not exists (select from public.pool_blocked b where b.kind = wanted and b.row_id = i.id
          and b.host is distinct from pool_claim.host) order by i.place);
      exit when cardinality(ids) > 0 or cardinality(seen) = 0;
    end loop;
    continue when cardinality(ids) = 0;
    moment := clock_timestamp();
    if wanted = 'land' then
      update public.extraction_queue q set status_id = 2, worker_id = pool_claim.worker, processing_started_at = moment
        where q.id = any (ids);
    elsif wanted = 'req' then
      update public.search_sessions s set status = 'scraping_company_data', updated_at = moment where s.id = any (ids);
    elsif wanted = 'rdprm' then
      update public.rdprm_searches r set status = 'in_progress' where r.id = any (ids);
    else
      update public.extraction_queue q set status_id = 6, ocr_worker_id = pool_claim.worker, ocr_started_at = moment
        where q.id = any (ids);
    end if;
    return query
      with taken as (
        insert into public.pool_leases (claim_id, kind, row_id, worker, host, claimed_at, expires_at)
        select pool_claim.claim_id, wanted, i.id, pool_claim.worker, pool_claim.host, moment,
          moment + make_interval(secs => pool_claim.lease_seconds)
        from unnest(ids) i(id)
        returning pool_leases.token, pool_leases.row_id)
      select t.token, wanted, t.row_id, (select n.tries + 1 from public.pool_tries(wanted, t.row_id) n),
        public.pool_job(wanted, t.row_id)
      from taken t order by array_position(ids, t.row_id);
    left_over := left_over - cardinality(ids);
  end loop;
end $$;

-- Ends a lease that is open; the caller has decided about the row.
create function public.pool_end(token uuid, outcome text, outcome_md5 text default null) returns boolean
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
begin
  update public.pool_leases l set ended_at = clock_timestamp(), outcome = pool_end.outcome, outcome_md5 = pool_end.outcome_md5
    where l.token = pool_end.token and l.ended_at is null;
  return found;
end $$;

create function public.pool_renew(tokens uuid[], lease_seconds int)
returns table (token uuid, held boolean, reason text)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_leases;
  asked uuid;
  standing text;
  lost uuid[];
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
      update public.pool_leases l set expires_at = clock_timestamp() + make_interval(secs => pool_renew.lease_seconds)
        where l.token = asked;
      held := true;
      reason := null;
    end if;
    return next;
  end loop;
end $$;

select public.pool_close_doors();
