-- A day's budget that is spent stops the claims of what would have to be bought, instead of claiming and giving back.

-- A setting that cannot be would stop every claim; it is refused here instead, by name.
create or replace function public.pool_setting_fits(key text, value jsonb) returns boolean language sql immutable set search_path = '' as $$
  select case
    when key = 'max_attempts' then value @@ '$.type() == "number" && $ >= 1 && $ <= 1000'
    when key = 'max_outages' then value @@ '$.type() == "number" && $ >= 0 && $ <= 1000000'
    when key = 'land_unknown' then value in ('"hold"', '"rebuy_once"')
    when key in ('predecessor_beside', 'complete_sessions') then value @@ '$.type() == "boolean"'
    when key = 'retry_seconds' then value @@ 'strict $.type() == "array" && $.size() > 0' and not value @? 'strict $[*] ? (@.type() != "number" || @ < 0)'
    when key = 'switches' then value @@ '$.type() == "object"' and not value @? 'strict $.* ? (@.type() != "boolean")'
    when key in ('budgets', 'prices', 'reuse_days') then value @@ '$.type() == "object"'
      and not value @? 'strict $.* ? (@.type() != "number" || @ < 0 || @ > 2000000000)'
      and not exists (select from jsonb_each_text(value) e where e.value like '%.%')
  end
$$;

create or replace function public.pool_configure(settings jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  known constant text[] := array['budgets', 'prices', 'reuse_days', 'land_unknown', 'max_attempts', 'max_outages', 'retry_seconds',
    'switches', 'predecessor_beside', 'complete_sessions'];
  differed jsonb := '{}';
  was jsonb;
begin
  for one in select e.key, e.value from jsonb_each(pool_configure.settings) e order by e.key loop
    if not one.key = any (known) then
      raise exception '% is not a setting of the queue', one.key using errcode = '22023', hint = array_to_string(known, ', ');
    end if;
    if not public.pool_setting_fits(one.key, one.value) is true then
      raise exception '% cannot be %', one.key, one.value using errcode = '22023';
    end if;
    select s.value into was from public.pool_settings s where s.key = one.key for no key update;
    continue when found and was = one.value;
    differed := differed || jsonb_build_object(one.key, jsonb_build_object('was', was, 'now', one.value));
    insert into public.pool_settings as s (key, value) values (one.key, one.value)
      on conflict (key) do update set value = excluded.value, set_by = current_user, set_at = clock_timestamp();
  end loop;
  return differed;
end $$;

-- What a registry's budget of today holds, by the settings in force: unset, nothing may be spent, and one costs a cent.
-- enough: for one more, as pool_purchase_intent will say.
create function public.pool_purse(registry text, out limit_cents int, out reserved_cents int, out spent_cents int, out price_cents int,
  out enough boolean)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
begin
  select coalesce((s.value ->> pool_purse.registry)::int, 0) into limit_cents
    from (select 1) always left join public.pool_settings s on s.key = 'budgets';
  select coalesce((s.value ->> pool_purse.registry)::int, 1) into price_cents
    from (select 1) always left join public.pool_settings s on s.key = 'prices';
  select b.reserved_cents, b.spent_cents into reserved_cents, spent_cents from public.pool_budgets b
    where b.registry = pool_purse.registry and b.day = (clock_timestamp() at time zone 'America/Toronto')::date;
  reserved_cents := coalesce(reserved_cents, 0);
  spent_cents := coalesce(spent_cents, 0);
  enough := limit_cents > 0 and limit_cents::bigint - reserved_cents - spent_cents >= price_cents;
end $$;

-- May a job of this kind be begun that has to be bought? A kind that is bought has the name of its registry. Not in SQL,
-- nor is pool_purse: every claim asks, and such a function would be planned each time.
create function public.pool_affords(kind text) returns boolean
language plpgsql stable set search_path = '' as $$
begin
  return pool_affords.kind not in ('land', 'rdprm') or (public.pool_purse(pool_affords.kind)).enough;
end $$;

-- Rows that wait with a paid file on this host: their delivery costs nothing, so no budget and no count of attempts stops it.
create function public.pool_deliverable(kind text, host text) returns table (row_id uuid, created_at timestamptz)
language sql stable set search_path = '' as $$
  select w.row_id, w.created_at from (
    select q.id as row_id, q.created_at from public.extraction_queue q
      where pool_deliverable.kind = 'land' and q.status_id = 1 and q.id = any (array(select p.row_id from public.pool_purchases p
        where p.kind = 'land' and p.state = 'secured' and p.host = pool_deliverable.host))
    union all
    select r.id, r.created_at from public.rdprm_searches r
      where pool_deliverable.kind = 'rdprm' and r.status = 'pending' and r.id = any (array(select p.row_id from public.pool_purchases p
        where p.kind = 'rdprm' and p.state = 'secured' and p.host = pool_deliverable.host))) w
  where not exists (select from public.pool_blocked b where b.kind = pool_deliverable.kind and b.row_id = w.row_id
    and b.host is distinct from pool_deliverable.host)
$$;

-- As pool_candidates, of the rows that are paid already.
create function public.pool_deliveries(kind text, host text, how_many int) returns uuid[]
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  paid uuid[] := array(select d.row_id from public.pool_deliverable(pool_deliveries.kind, pool_deliveries.host) d);
  found_ids uuid[];
begin
  if cardinality(paid) = 0 then return '{}'; end if;
  if pool_deliveries.kind = 'land' then
    select array_agg(c.id order by c.created_at, c.id) into found_ids from (
      select q.id, q.created_at from public.extraction_queue q where q.status_id = 1 and q.id = any (paid)
      order by q.created_at, q.id limit pool_deliveries.how_many for no key update of q skip locked) c;
  else
    select array_agg(c.id order by c.created_at, c.id) into found_ids from (
      select r.id, r.created_at from public.rdprm_searches r where r.status = 'pending' and r.id = any (paid)
      order by r.created_at, r.id limit pool_deliveries.how_many for no key update of r skip locked) c;
  end if;
  return coalesce(found_ids, '{}');
end $$;

create or replace function public.pool_claim(claim_id uuid, kinds text[], worker text, host text, how_many int, lease_seconds int)
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
      if public.pool_affords(wanted) then seen := public.pool_candidates(wanted, pool_claim.host, left_over);
      else seen := public.pool_deliveries(wanted, pool_claim.host, left_over);
      end if;
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

-- One plan for every call: made anew, each look would read the ends of the indexes once more.
create or replace function public.pool_depths(host text)
returns table (kind text, ready int, running int, oldest_ready_seconds float8, next_not_before timestamptz)
language plpgsql stable set search_path = '' set plan_cache_mode = 'force_generic_plan' as $$
#variable_conflict use_column
declare
  most int := public.pool_max_attempts();
  oldest timestamptz;
begin
  -- Counting stops at 10,000: beyond that a longer queue changes no decision.
  foreach kind in array array['land', 'req', 'rdprm', 'ocr_index', 'ocr_acte'] loop
    ready := 0; oldest := null; running := 0;
    if not public.pool_affords(kind) then
      select count(*), min(c.created_at) into ready, oldest from (select d.created_at
        from public.pool_deliverable(pool_depths.kind, pool_depths.host) d limit 10000) c;
    elsif kind = 'land' then
      select count(*), min(c.created_at) into ready, oldest from (select q.created_at from public.extraction_queue q
        where q.status_id = 1 and q.id not in (select b.row_id from public.pool_blocked b where b.kind = 'land'
            and b.host is distinct from pool_depths.host)
          and (coalesce(q.attemtps, 0) < coalesce(q.max_attempts, most) or exists (
            select from public.pool_purchases p where p.kind = 'land' and p.row_id = q.id and p.state = 'secured'))
        limit 10000) c;
    elsif kind = 'req' then
      select count(*), min(c.created_at) into ready, oldest from (select s.created_at from public.search_sessions s
        where s.status = 'pending_company_selection' and not s.req_completed
          and s.id not in (select j.row_id from public.pool_jobs j where j.kind = 'req' and j.attempts > 0 and j.attempts >= most)
          and s.id not in (select b.row_id from public.pool_blocked b where b.kind = 'req'
            and b.host is distinct from pool_depths.host) limit 10000) c;
    elsif kind = 'rdprm' then
      select count(*), min(c.created_at) into ready, oldest from (select r.created_at from public.rdprm_searches r
        where r.status = 'pending'
          and (r.id not in (select j.row_id from public.pool_jobs j where j.kind = 'rdprm' and j.attempts > 0 and j.attempts >= most)
            or exists (select from public.pool_purchases p where p.kind = 'rdprm' and p.row_id = r.id and p.state = 'secured'))
          and r.id not in (select b.row_id from public.pool_blocked b where b.kind = 'rdprm'
            and b.host is distinct from pool_depths.host) limit 10000) c;
    else
      select count(*), min(c.created_at) into ready, oldest from (select q.created_at from public.extraction_queue q
        where q.status_id = 3 and q.document_source = substr(pool_depths.kind, 5) and q.supabase_path is not null
          and coalesce(q.ocr_attempts, 0) < coalesce(q.ocr_max_attempts, most)
          and q.id not in (select b.row_id from public.pool_blocked b where b.kind = pool_depths.kind
            and b.host is distinct from pool_depths.host)
        limit 10000) c;
    end if;
    running := public.pool_count_running(kind);
    if not public.pool_switch(kind) then ready := 0; oldest := null; end if;
    oldest_ready_seconds := extract(epoch from clock_timestamp() - oldest);
    select min(j.not_before) into next_not_before from public.pool_jobs j where j.kind = pool_depths.kind and j.not_before > now();
    return next;
  end loop;
end $$;

create function public.pool_count_running(kind text) returns int
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  running int;
begin
  if pool_count_running.kind = 'land' then
    select count(*) into running from public.extraction_queue q where q.status_id = 2;
  elsif pool_count_running.kind = 'req' then
    select count(*) into running from public.search_sessions s where s.status = 'scraping_company_data';
  elsif pool_count_running.kind = 'rdprm' then
    select count(*) into running from public.rdprm_searches r where r.status = 'in_progress';
  else
    select count(*) into running from public.extraction_queue q
      where q.status_id = 6 and q.document_source = substr(pool_count_running.kind, 5);
  end if;
  return running;
end $$;

-- The last days by Quebec's calendar. Today stands with what may be spent now and what one costs, also before anything
-- was bought; a day that is over has neither, and no row when nothing was intended.
drop function public.pool_budgets_list(int);
create function public.pool_budgets_list(days int)
returns table (registry text, day date, limit_cents int, reserved_cents int, spent_cents int, price_cents int, enough boolean)
language sql stable set search_path = '' as $$
  with today as (select (clock_timestamp() at time zone 'America/Toronto')::date as day),
    known as (select k.registry from jsonb_object_keys(public.pool_setting('budgets', '{}')) k (registry)
      union select b.registry from public.pool_budgets b, today t where b.day = t.day)
  select k.registry, t.day, p.limit_cents, p.reserved_cents, p.spent_cents, p.price_cents, p.enough
  from today t, known k, public.pool_purse(k.registry) p where pool_budgets_list.days > 0
  union all
  select b.registry, b.day, b.limit_cents, b.reserved_cents, b.spent_cents, null, null
  from public.pool_budgets b, today t
  where b.day > t.day - least(greatest(pool_budgets_list.days, 0), 100000) and b.day <> t.day
  order by 2 desc, 1 limit 1000
$$;

select public.pool_close_doors();
