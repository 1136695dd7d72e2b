-- What workers, the scout and people ask of purchases: the paid files of every host, the purchases, the budgets.

create table public.pool_hosts (
  host text primary key,
  seen_at timestamptz not null default clock_timestamp()
);

-- Paid files that wait for their delivery. A host that was never seen has no seconds.
create view public.pool_secured_files with (security_invoker = true) as
  select p.id, p.kind, p.row_id, p.host, p.secured_at,
    case when h.seen_at is not null then greatest(extract(epoch from clock_timestamp() - h.seen_at), 0)::float8 end as host_seen_seconds
  from public.pool_purchases p left join public.pool_hosts h on h.host = p.host
  where p.state = 'secured';

-- Says that `host` is here, written at most once in ten seconds; oldest first.
create function public.pool_secured(host text) returns setof public.pool_secured_files
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
begin
  -- A time yet to come is of a clock that was set back: written too.
  if not exists (select from public.pool_hosts h where h.host = pool_secured.host
    and h.seen_at > moment - interval '10 seconds' and h.seen_at <= moment)
  then
    insert into public.pool_hosts (host, seen_at) values (pool_secured.host, moment)
      on conflict (host) do update set seen_at = excluded.seen_at;
  end if;
  return query select f.* from public.pool_secured_files f order by f.secured_at, f.id limit 1000;
end $$;

-- filter: id, ids, registry, state, row_id, since (of the intent), and the cursor `before`, the last id seen. Newest first.
create function public.pool_purchases_list(filter jsonb, how_many int)
returns table (id bigint, registry text, identity text, kind text, row_id uuid, state text, price_cents int, account text, worker text,
  host text, token uuid, intent_at timestamptz, clicked_at timestamptz, secured_at timestamptz, closed_at timestamptz, allowed_by text,
  sha256 text, size bigint, reference text, facts jsonb)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  known constant text[] := array['id', 'ids', 'registry', 'state', 'row_id', 'since', 'before'];
  key text;
  one bigint := (pool_purchases_list.filter ->> 'id')::bigint;
  many bigint[] := case when pool_purchases_list.filter ->> 'ids' is not null
    then array(select e.value::bigint from jsonb_array_elements_text(pool_purchases_list.filter -> 'ids') e) end;
  place text := pool_purchases_list.filter ->> 'registry';
  standing text := pool_purchases_list.filter ->> 'state';
  job uuid := (pool_purchases_list.filter ->> 'row_id')::uuid;
  since timestamptz := (pool_purchases_list.filter ->> 'since')::timestamptz;
  before bigint := (pool_purchases_list.filter ->> 'before')::bigint;
begin
  for key in select k.key from jsonb_object_keys(pool_purchases_list.filter) k (key) order by 1 loop
    if not key = any (known) then
      raise exception '% does not narrow purchases', key using errcode = '22023', hint = array_to_string(known, ', ');
    end if;
  end loop;
  return query select p.id, p.registry, p.identity, p.kind, p.row_id, p.state, p.price_cents, p.account, p.worker, p.host, p.token,
      p.intent_at, p.clicked_at, p.secured_at, p.closed_at, p.allowed_by, p.sha256, p.size, p.reference, p.facts
    from public.pool_purchases p
    where (one is null or p.id = one) and (many is null or p.id = any (many)) and (place is null or p.registry = place)
      and (standing is null or p.state = standing) and (job is null or p.row_id = job) and (since is null or p.intent_at >= since)
      and (before is null or p.id < before)
    order by p.id desc limit least(greatest(pool_purchases_list.how_many, 0), 1000);
end $$;

-- The last days by Quebec's calendar; a day without an intent has no row.
create function public.pool_budgets_list(days int)
returns table (registry text, day date, limit_cents int, reserved_cents int, spent_cents int)
language sql stable set search_path = '' as $$
  select b.registry, b.day, b.limit_cents, b.reserved_cents, b.spent_cents
  from public.pool_budgets b
  where b.day > (clock_timestamp() at time zone 'America/Toronto')::date - least(greatest(pool_budgets_list.days, 0), 100000)
  order by b.day desc, b.registry limit 1000
$$;

select public.pool_close_doors();
