-- How much each account is used a day, counted where accounts are lent: over all machines, environments and restarts.

-- One search. documents is 1 from the moment it may be begun, and 0 when nothing came of it; cents as the price was thought
-- to be, later as it was. account: its name, or config.
create table public.pool_account_uses (
  use_id uuid primary key,
  registry text not null,
  account text not null,
  day date not null,
  used_at timestamptz not null,
  documents int not null check (documents in (0, 1)),
  cents int not null check (cents >= 0)
);
create index pool_account_uses_account on public.pool_account_uses (registry, account, day);

-- How many more searches an account has today (null: as many as there are), and which limit says so: documents or cents.
-- limits: documents and cents of a day, 0 or absent = no limit; price_cents: of one more.
create function public.pool_account_left(registry text, account text, limits jsonb, out searches int, out narrowest text)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  documents_limit int := nullif((pool_account_left.limits ->> 'documents')::int, 0);
  cents_limit int := nullif((pool_account_left.limits ->> 'cents')::int, 0);
  price int := greatest((pool_account_left.limits ->> 'price_cents')::int, 1);
begin
  if documents_limit is null and cents_limit is null then return; end if;
  select documents_limit - coalesce(sum(u.documents), 0), (cents_limit - coalesce(sum(u.cents), 0)) / price
    into documents_limit, cents_limit from public.pool_account_uses u
    where u.registry = pool_account_left.registry and u.account = pool_account_left.account
      and u.day = (clock_timestamp() at time zone 'America/Toronto')::date;
  searches := greatest(least(documents_limit, cents_limit), 0);
  narrowest := case when documents_limit <= coalesce(cents_limit, documents_limit) then 'documents' else 'cents' end;
end $$;

-- Seconds until Quebec's next day begins.
create function public.pool_seconds_of_day_left() returns float8
language sql stable set search_path = '' as $$
  select extract(epoch from (((clock_timestamp() at time zone 'America/Toronto')::date + 1)::timestamp at time zone 'America/Toronto')
    - clock_timestamp())::float8
$$;

-- As before, and none that is spent for today; when that is all there is: {"spent": why, "seconds": left of the day}.
drop function public.pool_account_lease(uuid, text, text, text, int);
drop function public.pool_account_lease_named(uuid, text, text, text, int);
drop function public.pool_account_lend(uuid, text, text, text, text, int);
create function public.pool_account_lend(lease_id uuid, registry text, username text, worker text, host text, lease_seconds int, limits jsonb)
returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_account_leases;
  account public.worker_accounts;
  candidate public.worker_accounts;
  spent text;
  until timestamptz := clock_timestamp() + make_interval(secs => pool_account_lend.lease_seconds);
begin
  perform pg_advisory_xact_lock(hashtextextended('account ' || pool_account_lend.registry, 2));
  select a.* into lease from public.pool_account_leases a where a.lease_id = pool_account_lend.lease_id for no key update;
  if found and (lease.ended_at is not null or lease.expires_at <= clock_timestamp()) then return null; end if;
  if found then
    update public.pool_account_leases a set expires_at = until where a.lease_id = lease.lease_id;
  else
    update public.pool_account_leases a set ended_at = clock_timestamp(), result = 'expired'
      where a.lease_id in (select o.lease_id from public.pool_account_leases o where o.registry = pool_account_lend.registry
        and o.ended_at is null and o.expires_at <= clock_timestamp() order by o.lease_id for no key update);
    if pool_account_lend.registry = 'rdprm' then
      if exists (select from public.pool_account_leases a where a.registry = 'rdprm' and a.ended_at is null) then return null; end if;
      select l.narrowest into spent from public.pool_account_left('rdprm', 'config', pool_account_lend.limits) l where l.searches = 0;
      if spent is null then lease.account := 'config'; end if;
    else
      for candidate in
        select w.* from public.worker_accounts w
        where case when pool_account_lend.username is null then coalesce(w.is_active, true) and coalesce(w.failure_count, 0) < 3
            else w.username = pool_account_lend.username end
          and not exists (select from public.pool_account_leases a join public.worker_accounts o on o.id::text = a.account
            where a.registry = pool_account_lend.registry and a.ended_at is null and o.username = w.username)
        order by w.last_used nulls first, w.id for no key update of w skip locked
      loop
        spent := null;
        select l.narrowest into spent from public.pool_account_left('land', candidate.username, pool_account_lend.limits) l
          where l.searches = 0;
        if spent is null then
          account := candidate;
          exit;
        end if;
      end loop;
      if account.id is not null then
        update public.worker_accounts w set last_used = clock_timestamp() where w.id = account.id;
        lease.account := account.id::text;
      end if;
    end if;
    if spent is not null then return jsonb_build_object('spent', spent, 'seconds', public.pool_seconds_of_day_left()); end if;
    if lease.account is null then return null; end if;
    insert into public.pool_account_leases (lease_id, registry, account, worker, host, expires_at)
      values (pool_account_lend.lease_id, pool_account_lend.registry, lease.account, pool_account_lend.worker, pool_account_lend.host, until);
  end if;
  if lease.account = 'config' then return '{"id": "config"}'; end if;
  return (select jsonb_build_object('id', w.id, 'username', w.username, 'password', w.password)
    from public.worker_accounts w where w.id::text = lease.account);
end $$;

create function public.pool_account_lease(lease_id uuid, registry text, worker text, host text, lease_seconds int, limits jsonb default '{}')
returns jsonb
language sql volatile set search_path = '' as $$
  select public.pool_account_lend(pool_account_lease.lease_id, pool_account_lease.registry, null, pool_account_lease.worker,
    pool_account_lease.host, pool_account_lease.lease_seconds, pool_account_lease.limits)
$$;

-- One account of the land registry by its name, to try its login: also one that is off, left alone after its failures, or
-- spent for today, for a login costs nothing.
create function public.pool_account_lease_named(lease_id uuid, username text, worker text, host text, lease_seconds int) returns jsonb
language sql volatile set search_path = '' as $$
  select public.pool_account_lend(pool_account_lease_named.lease_id, 'land', coalesce(pool_account_lease_named.username, ''),
    pool_account_lease_named.worker, pool_account_lease_named.host, pool_account_lease_named.lease_seconds, '{}')
$$;

-- The name of the account that is lent under this lease, also when it has ended; null = there is none.
create function public.pool_account_of(lease_id uuid) returns text
language sql stable set search_path = '' as $$
  select case a.account when 'config' then 'config' else (select w.username from public.worker_accounts w where w.id::text = a.account) end
  from public.pool_account_leases a where a.lease_id = pool_account_of.lease_id
$$;

-- May the holder of this lease begin a search now? go: it counts from here on, under use_id, once; left: how many he may begin
-- after it, null = no limit. wait: so many seconds, the account was used just now. spent: not before the day is over. lost: the
-- account is not his any more.
create function public.pool_account_use(lease_id uuid, use_id uuid, limits jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_account_leases;
  name text := public.pool_account_of(pool_account_use.lease_id);
  today date := (clock_timestamp() at time zone 'America/Toronto')::date;
  price int := coalesce((pool_account_use.limits ->> 'price_cents')::int, 0);
  allowed record;
  pause float8;
begin
  select a.* into lease from public.pool_account_leases a where a.lease_id = pool_account_use.lease_id;
  if name is null or lease.ended_at is not null or lease.expires_at <= clock_timestamp() then return '{"answer": "lost"}'; end if;
  perform pg_advisory_xact_lock(hashtextextended('account ' || lease.registry, 2));
  allowed := public.pool_account_left(lease.registry, name, pool_account_use.limits);
  if exists (select from public.pool_account_uses u where u.use_id = pool_account_use.use_id) then
    return jsonb_build_object('answer', 'go', 'left', allowed.searches);
  end if;
  if allowed.searches = 0 then
    return jsonb_build_object('answer', 'spent', 'limit', allowed.narrowest, 'seconds', public.pool_seconds_of_day_left());
  end if;
  select extract(epoch from max(u.used_at) - clock_timestamp())::float8 + coalesce((pool_account_use.limits ->> 'interval_seconds')::float8, 0)
    into pause from public.pool_account_uses u where u.registry = lease.registry and u.account = name and u.day >= today - 1;
  if pause > 0 then return jsonb_build_object('answer', 'wait', 'seconds', pause); end if;
  delete from public.pool_account_uses u where u.registry = lease.registry and u.account = name and u.day < today - 40;
  insert into public.pool_account_uses (use_id, registry, account, day, used_at, documents, cents)
    values (pool_account_use.use_id, lease.registry, name, today, clock_timestamp(), 1, price);
  return jsonb_build_object('answer', 'go', 'left', allowed.searches - 1);
end $$;

-- What became of a search, whatever the limits say: also of one that nobody could ask leave for. Said again it is the same.
create function public.pool_account_used(lease_id uuid, use_id uuid, documents int, cents int) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  name text := public.pool_account_of(pool_account_used.lease_id);
begin
  if name is null then return 'already'; end if;
  insert into public.pool_account_uses (use_id, registry, account, day, used_at, documents, cents)
    select pool_account_used.use_id, a.registry, name, (clock_timestamp() at time zone 'America/Toronto')::date, clock_timestamp(),
      pool_account_used.documents, pool_account_used.cents
    from public.pool_account_leases a where a.lease_id = pool_account_used.lease_id
    on conflict (use_id) do update set documents = excluded.documents, cents = excluded.cents;
  return 'applied';
end $$;

select public.pool_close_doors();
