-- Accounts of the land registry as people put them in and try them, and the doors of the two tables around them.

-- As before, and with it the two tables of the system before this one that hold logins and who works: an old policy
-- opens them to every role, so the public key of the product would read, and write, all of it. What the product itself
-- lets its own users do with its other tables is not touched.
create or replace function public.pool_close_doors() returns int language plpgsql set search_path = '' as $$
declare
  thing record;
  closed int := 0;
begin
  for thing in
    select c.oid::regclass::text as name, c.relkind from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname like 'pool\_%' and c.relkind in ('r', 'v', 'S')
  loop
    execute format('revoke all on %s from public, anon, authenticated, service_role', thing.name);
    execute format('grant %s on %s to service_role', case when thing.relkind = 'S' then 'usage, select'
      when thing.relkind = 'v' or thing.name ~ 'pool_migrations$' then 'select' else 'select, insert, update, delete' end, thing.name);
    if thing.relkind = 'r' then execute format('alter table %s enable row level security', thing.name); end if;
    closed := closed + 1;
  end loop;
  for thing in
    select p.oid::regprocedure::text as name, p.prorettype = 'trigger'::regtype or p.proname = 'pool_close_doors' as is_ours
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'pool\_%'
  loop
    execute format('revoke all on function %s from public, anon, authenticated, service_role', thing.name);
    if not thing.is_ours then execute format('grant execute on function %s to service_role', thing.name); end if;
    closed := closed + 1;
  end loop;
  for thing in
    select c.oid, c.oid::regclass::text as name, c.relrowsecurity as is_secured from pg_catalog.pg_class c
    where c.oid in (to_regclass('public.worker_accounts'), to_regclass('public.worker_status'))
  loop
    execute format('revoke all on %s from public, anon, authenticated', thing.name);
    execute format('grant select, insert, update, delete on %s to service_role', thing.name);
    if not thing.is_secured then execute format('alter table %s enable row level security', thing.name); end if;
    perform public.pool_drop_open_policies(thing.oid);
    closed := closed + 1;
  end loop;
  return closed;
end $$;

-- Those of one table that let the public key in, whatever their names; one for a role of the product's own stays.
create function public.pool_drop_open_policies(place oid) returns int language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  policy name;
  dropped int := 0;
begin
  for policy in
    select p.polname from pg_catalog.pg_policy p
    where p.polrelid = pool_drop_open_policies.place and (p.polroles = '{0}' or exists (
      select from pg_catalog.pg_roles r where r.rolname in ('anon', 'authenticated') and r.oid = any (p.polroles)))
  loop
    execute format('drop policy %I on %s', policy, pool_drop_open_policies.place::regclass);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;

-- As before, with the two tables among the doors, and a right to single columns seen too.
create or replace function public.pool_version() returns jsonb
language sql stable set search_path = '' as $$
  select jsonb_build_object(
    'server', current_setting('server_version'),
    'migrations', (select coalesce(jsonb_agg(jsonb_build_object('name', m.name, 'checksum', m.checksum, 'applied_at', m.applied_at) order by m.name), '[]')
      from public.pool_migrations m),
    'settings', (select coalesce(jsonb_object_agg(s.key, s.value), '{}') from public.pool_settings s),
    'role', (select jsonb_build_object('name', current_user, 'bypass_row_security', r.rolbypassrls or r.rolsuper)
      from pg_catalog.pg_roles r where r.rolname = current_user),
    'doors', (select coalesce(jsonb_agg(d.door order by d.door ->> 'name'), '[]') from (
      select jsonb_build_object('name', p.oid::regprocedure::text, 'open_to', array(select r.rolname from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated') and has_function_privilege(r.oid, p.oid, 'execute'))) as door
      from pg_catalog.pg_proc p where p.pronamespace = 'public'::regnamespace and p.proname like 'pool\_%'
      union all
      select jsonb_build_object('name', c.oid::regclass::text, 'open_to', array(select r.rolname from pg_catalog.pg_roles r
        where r.rolname in ('anon', 'authenticated') and (has_table_privilege(r.oid, c.oid, 'delete')
          or has_any_column_privilege(r.oid, c.oid, 'select, insert, update'))))
      from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v')
        and (c.relname like 'pool\_%' or c.relname in ('worker_accounts', 'worker_status'))) d),
    'tables', (select coalesce(jsonb_object_agg(t.name, t.columns), '{}') from (
      select c.table_name as name, jsonb_object_agg(c.column_name, jsonb_build_object('type', c.data_type, 'nullable', c.is_nullable = 'YES')) as columns
      from information_schema.columns c where c.table_schema = 'public' and c.table_name in ('extraction_queue', 'extraction_status',
        'worker_accounts', 'worker_status', 'search_sessions', 'req_companies', 'rdprm_searches', 'selected_names_for_rdprm')
      group by c.table_name) t),
    'checks', (select coalesce(jsonb_agg(jsonb_build_object('table', k.conrelid::regclass::text, 'name', k.conname,
        'definition', pg_get_constraintdef(k.oid)) order by k.conname), '[]') from pg_catalog.pg_constraint k
      where k.contype = 'c' and k.connamespace = 'public'::regnamespace and k.conrelid::regclass::text !~ '^(public\.)?pool_'),
    'triggers', (select coalesce(jsonb_agg(jsonb_build_object('table', t.tgrelid::regclass::text, 'name', t.tgname) order by t.tgname), '[]')
      from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
      where not t.tgisinternal and c.relnamespace = 'public'::regnamespace))
$$;

-- Lends the account of that name, whatever became of its last logins; of no name, the longest unused of those that may
-- be used. A name that stands in two rows is one login of the site all the same: one holder. Null: in use, or this lease has ended.
create function public.pool_account_lend(lease_id uuid, registry text, username text, worker text, host text, lease_seconds int) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_account_leases;
  account public.worker_accounts;
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
      lease.account := 'config';
    else
      select w.* into account from public.worker_accounts w
        where case when pool_account_lend.username is null then coalesce(w.is_active, true) and coalesce(w.failure_count, 0) < 3
            else w.username = pool_account_lend.username end
          and not exists (select from public.pool_account_leases a join public.worker_accounts o on o.id::text = a.account
            where a.registry = pool_account_lend.registry and a.ended_at is null and o.username = w.username)
        order by w.last_used nulls first, w.id limit 1 for no key update of w skip locked;
      if not found then return null; end if;
      update public.worker_accounts w set last_used = clock_timestamp() where w.id = account.id;
      lease.account := account.id::text;
    end if;
    insert into public.pool_account_leases (lease_id, registry, account, worker, host, expires_at)
      values (pool_account_lend.lease_id, pool_account_lend.registry, lease.account, pool_account_lend.worker, pool_account_lend.host, until);
  end if;
  if lease.account = 'config' then return '{"id": "config"}'; end if;
  return (select jsonb_build_object('id', w.id, 'username', w.username, 'password', w.password)
    from public.worker_accounts w where w.id::text = lease.account);
end $$;

create or replace function public.pool_account_lease(lease_id uuid, registry text, worker text, host text, lease_seconds int) returns jsonb
language sql volatile set search_path = '' as $$
  select public.pool_account_lend(pool_account_lease.lease_id, pool_account_lease.registry, null, pool_account_lease.worker,
    pool_account_lease.host, pool_account_lease.lease_seconds)
$$;

-- One account of the land registry by its name, to try its login: also one that is off, or left alone after its failures.
create function public.pool_account_lease_named(lease_id uuid, username text, worker text, host text, lease_seconds int) returns jsonb
language sql volatile set search_path = '' as $$
  select public.pool_account_lend(pool_account_lease_named.lease_id, 'land', coalesce(pool_account_lease_named.username, ''),
    pool_account_lease_named.worker, pool_account_lease_named.host, pool_account_lease_named.lease_seconds)
$$;

-- By name; worker, host and leased_until are of who holds one now. Never a password.
create function public.pool_accounts_list(how_many int)
returns table (id uuid, username text, is_active boolean, failure_count int, last_used timestamptz, worker text, host text, leased_until timestamptz)
language sql stable set search_path = '' as $$
  select w.id, w.username, coalesce(w.is_active, true), coalesce(w.failure_count, 0), w.last_used, a.worker, a.host, a.expires_at
  from public.worker_accounts w left join public.pool_account_leases a
    on a.registry = 'land' and a.account = w.id::text and a.ended_at is null and a.expires_at > clock_timestamp()
  order by w.username, w.id limit least(greatest(pool_accounts_list.how_many, 0), 1000)
$$;

-- Adds an account or gives it another password, which makes it active and forgets its failures. A row that the table does not
-- take is refused here: the database's own error would show it, with the password in it, to its log.
create function public.pool_account_put(username text, password text) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  changed int;
begin
  if coalesce(btrim(pool_account_put.username), '') = '' then return 'refused: an account has a name'; end if;
  if coalesce(pool_account_put.password, '') = '' then return 'refused: an account has a password'; end if;
  perform pg_advisory_xact_lock(hashtextextended('account land', 2));
  if not exists (select from public.worker_accounts w where w.username = pool_account_put.username) then
    insert into public.worker_accounts (username, password) values (pool_account_put.username, pool_account_put.password);
    return 'added';
  end if;
  update public.worker_accounts w set password = pool_account_put.password, is_active = true, failure_count = 0
    where w.username = pool_account_put.username and w.password is distinct from pool_account_put.password;
  get diagnostics changed = row_count;
  return case when changed > 0 then 'replaced' else 'already' end;
exception when integrity_constraint_violation then
  return 'refused: worker_accounts does not take it (SQLSTATE ' || sqlstate || ')';
end $$;

-- On: also one that was left alone after its failures, which are forgotten. Off: no lease from now on; one that is lent stays so.
create function public.pool_account_switch(username text, is_active boolean) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  changed int;
begin
  if pool_account_switch.is_active is null then raise exception 'an account is switched on or off' using errcode = '22023'; end if;
  perform pg_advisory_xact_lock(hashtextextended('account land', 2));
  if not exists (select from public.worker_accounts w where w.username = pool_account_switch.username) then
    return 'refused: no account has this name';
  end if;
  update public.worker_accounts w set is_active = pool_account_switch.is_active,
      failure_count = case when pool_account_switch.is_active then 0 else w.failure_count end
    where w.username = pool_account_switch.username and (coalesce(w.is_active, true) <> pool_account_switch.is_active
      or pool_account_switch.is_active and coalesce(w.failure_count, 0) <> 0);
  get diagnostics changed = row_count;
  return case when changed > 0 then 'applied' else 'already' end;
end $$;

select public.pool_close_doors();
