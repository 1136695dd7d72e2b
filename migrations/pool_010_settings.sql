-- What the functions need to know of the operator's settings, and what can be seen of this database from outside.

-- A setting that cannot be would stop every claim; it is refused here instead, by name.
create function public.pool_setting_fits(key text, value jsonb) returns boolean language sql immutable set search_path = '' as $$
  select case
    when key = 'max_attempts' then value @@ '$.type() == "number" && $ >= 1 && $ <= 1000'
    when key = 'max_outages' then value @@ '$.type() == "number" && $ >= 0 && $ <= 1000000'
    when key = 'land_unknown' then value in ('"hold"', '"rebuy_once"')
    when key = 'predecessor_beside' then value @@ '$.type() == "boolean"'
    when key = 'retry_seconds' then value @@ 'strict $.type() == "array" && $.size() > 0' and not value @? 'strict $[*] ? (@.type() != "number" || @ < 0)'
    when key = 'switches' then value @@ '$.type() == "object"' and not value @? 'strict $.* ? (@.type() != "boolean")'
    when key in ('budgets', 'reuse_days') then value @@ '$.type() == "object"'
      and not value @? 'strict $.* ? (@.type() != "number" || @ < 0 || @ > 2000000000)'
  end
$$;

create function public.pool_configure(settings jsonb) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  known constant text[] := array['budgets', 'reuse_days', 'land_unknown', 'max_attempts', 'max_outages', 'retry_seconds', 'switches',
    'predecessor_beside'];
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

create function public.pool_version() returns jsonb
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
        where r.rolname in ('anon', 'authenticated') and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')))
      from pg_catalog.pg_class c where c.relnamespace = 'public'::regnamespace and c.relname like 'pool\_%' and c.relkind in ('r', 'v')) d),
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

select public.pool_close_doors();
