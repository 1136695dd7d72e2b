-- What `doctor` asks: would the product's tables refuse what we write, and what stands in them. Reads only.

-- Every kind of write that the functions make. `written` = its columns, each with a value as it gets it; `standing` = what
-- such a row holds besides. What is inserted without a column gets the column's default.
create function public.pool_writes() returns table (place text, doing text, inserts boolean, written jsonb, standing jsonb)
language sql immutable set search_path = '' as $$
  with sample as (
    select '2026-01-01T00:00:00+00:00'::text as moment, '00000000-0000-0000-0000-000000000001'::text as id,
      '{"circonscription_fonciere": "Montréal", "cadastre": "Cadastre du Québec", "document_number": "1", "max_attempts": 3,
        "ocr_max_attempts": 3}'::jsonb as land),
  source as (select s.source, s.type from (values ('index', null), ('plan_cadastraux', null), ('acte', 'Acte'),
    ('acte', 'Avis d''adresse'), ('acte', 'Radiation'), ('acte', 'Acte divers')) s (source, type)),
  asked as (select s.*, o.source, o.type, s.land || jsonb_build_object('document_source', o.source, 'acte_type', o.type) as row from sample s, source o),
  bought as (select a.*, a.row || jsonb_build_object('supabase_path', 'index/a.pdf', 'worker_id', 'w', 'processing_started_at', a.moment) as file from asked a)
  select 'extraction_queue', 'claim a download', false,
    jsonb_build_object('status_id', 2, 'worker_id', 'w', 'processing_started_at', a.moment), a.row from asked a
  union all
  select 'extraction_queue', f.doing, false, jsonb_build_object('status_id', f.status, 'worker_id', null, 'processing_started_at', null,
    'attemtps', f.attempts, 'error_message', 'a sentence'), a.row
    from asked a, (values ('put a download back', 1, 1), ('fail a download', 4, 3)) f (doing, status, attempts)
  union all
  select 'extraction_queue', 'finish a download', false, jsonb_build_object('supabase_path', 'index/a.pdf', 'error_message', null,
    'status_id', case b.source when 'plan_cadastraux' then 5 else 3 end), b.file from bought b
  union all
  select 'extraction_queue', 'claim a reading', false, jsonb_build_object('status_id', 6, 'ocr_worker_id', 'w', 'ocr_started_at', b.moment), b.file
    from bought b where b.source <> 'plan_cadastraux'
  union all
  select 'extraction_queue', 'put a reading back', false, jsonb_build_object('status_id', 3, 'ocr_worker_id', null, 'ocr_started_at', null,
    'ocr_attempts', 1, 'ocr_error', 'a sentence', 'ocr_last_error_at', b.moment), b.file from bought b where b.source <> 'plan_cadastraux'
  union all
  select 'extraction_queue', 'fail a reading', false, jsonb_build_object('status_id', 4, 'ocr_worker_id', 'w', 'ocr_started_at', b.moment,
    'ocr_attempts', 3, 'ocr_error', 'a sentence', 'ocr_last_error_at', b.moment), b.file from bought b where b.source <> 'plan_cadastraux'
  union all
  select 'extraction_queue', 'finish a reading', false, jsonb_build_object('status_id', 5, 'file_content', 'texte', 'boosted_file_content', null,
    'searchable_file_content', null, 'ocr_completed_at', b.moment, 'ocr_error', null),
    b.file || jsonb_build_object('ocr_worker_id', 'w', 'ocr_started_at', b.moment) from bought b where b.source <> 'plan_cadastraux'
  union all
  select 'extraction_queue', 'pass over a plan', false, jsonb_build_object('status_id', 5, 'ocr_completed_at', b.moment), b.file
    from bought b where b.source = 'plan_cadastraux'
  union all
  select 'extraction_queue', 'enqueue a download', true, (a.row - 'max_attempts' - 'ocr_max_attempts') || jsonb_build_object('id', a.id,
    'document_number_normalized', '1', 'designation_secondaire', null, 'status_id', 1, 'supabase_path', null), '{}' from asked a
  union all
  select 'extraction_queue', 'enqueue a reading', true, jsonb_build_object('id', b.id, 'document_source', b.source, 'document_number', '1',
    'document_number_normalized', '1', 'circonscription_fonciere', null, 'cadastre', null, 'designation_secondaire', null, 'acte_type', null,
    'status_id', 3, 'supabase_path', 'index/a.pdf'), '{}' from bought b where b.source <> 'plan_cadastraux'
  union all
  select 'search_sessions', f.doing, false, f.written || jsonb_build_object('updated_at', s.moment), '{"initial_search_query": "Tremblay", "req_completed": false}'
    from sample s, (values ('claim a REQ search', '{"status": "scraping_company_data"}'::jsonb),
      ('put a REQ search back', '{"status": "pending_company_selection", "error_message": "a sentence"}'),
      ('fail a REQ search', '{"status": "failed", "error_message": "a sentence"}'),
      ('finish a REQ search', '{"status": "pending_name_selection", "req_completed": true, "req_results_count": 1, "error_message": null}')) f (doing, written)
  union all
  select 'search_sessions', 'enqueue a REQ search', true, jsonb_build_object('id', s.id, 'initial_search_query', 'Tremblay'), '{}' from sample s
  union all
  select 'req_companies', 'write what a REQ search found', true, jsonb_build_object('search_session_id', s.id, 'company_name', 'Tremblay',
    'neq', '1234567890', 'is_selected', false, 'result_order', 1, 'cleaned_data', '{}'::jsonb), '{}' from sample s
  union all
  select 'rdprm_searches', f.doing, false, f.written || case when f.ends then jsonb_build_object('storage_path', 's/a.pdf', 'completed_at', s.moment) else '{}' end,
    jsonb_build_object('search_session_id', s.id, 'search_name', 'Tremblay')
    from sample s, (values ('claim an RDPRM search', false, '{"status": "in_progress"}'::jsonb),
      ('put an RDPRM search back', false, '{"status": "pending", "error_message": "a sentence"}'),
      ('fail an RDPRM search', false, '{"status": "failed", "error_message": "a sentence"}'),
      ('finish an RDPRM search', true, '{"status": "completed", "error_message": null}'),
      ('finish an RDPRM search without result', true, '{"status": "not_found"}')) f (doing, ends, written)
  union all
  select 'selected_names_for_rdprm', 'enqueue an RDPRM search', true, jsonb_build_object('id', s.id, 'search_session_id', s.id,
    'name_to_search', 'Tremblay', 'source_type', 'manual', 'is_selected', true), '{}' from sample s
  union all
  select 'worker_status', 'say that a worker is ' || w.word, true, jsonb_build_object('worker_id', 'w', 'status', w.word, 'current_job_id',
    case w.word when 'busy' then s.id end, 'last_heartbeat', s.moment, 'jobs_completed', 0, 'jobs_failed', 0), '{}'
    from sample s, (values ('idle'), ('busy'), ('error'), ('offline')) w (word)
  union all
  select 'worker_accounts', 'lend an account', false, jsonb_build_object('last_used', s.moment), '{"username": "a", "password": "b"}' from sample s
  union all
  select 'worker_accounts', 'count a refused login', false, '{"failure_count": 3}', '{"username": "a", "password": "b"}'
  union all
  select 'worker_accounts', 'put in an account', true, '{"username": "a", "password": "b"}', '{}'
  union all
  select 'worker_accounts', 'put in a new password', false, '{"password": "b", "is_active": true, "failure_count": 0}', '{"username": "a"}'
$$;

-- Columns that take no text (an enum takes words only as literals), no null, or must be given what we do not give.
create function public.pool_refusing_columns() returns table (place text, named text, verdict text, why text, doing text)
language sql stable set search_path = '' as $$
  select c.place, c.named, 'refused', c.why, c.doing from (
    select w.place, a.attname::text as named, w.doing, case
        when w.written ? a.attname and a.attgenerated <> '' then 'it is computed by the database'
        when w.written ? a.attname and a.attidentity = 'a' then 'it is numbered by the database'
        when jsonb_typeof(w.written -> a.attname) = 'string' and coalesce(b.typtype, t.typtype) = 'e' then 'it is an enum, which takes no text'
        when w.written -> a.attname = 'null' and (a.attnotnull or t.typnotnull) then 'it takes no null'
        when w.inserts and not w.written ? a.attname and (a.attnotnull or t.typnotnull) and not a.atthasdef and t.typdefault is null
          and a.attidentity = '' then 'it must be given a value, and gets none' end as why
    from public.pool_writes() w
      join pg_catalog.pg_attribute a on a.attrelid = to_regclass('public.' || w.place) and a.attnum > 0 and not a.attisdropped
      join pg_catalog.pg_type t on t.oid = a.atttypid left join pg_catalog.pg_type b on b.oid = t.typbasetype) c
  where c.why is not null
$$;

-- Each check over the row as our write would leave it. unsure: it depends on columns that we do not write, or cannot be asked.
-- avoided: not_found, for which `failed` is written where it is refused.
create function public.pool_refusing_checks() returns table (place text, named text, verdict text, why text, doing text)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  checked record;
  image jsonb;
  broken boolean;
begin
  for one in select w.*, to_regclass('public.' || w.place) as relation from public.pool_writes() w loop
    continue when one.relation is null;
    place := one.place; doing := one.doing; image := one.standing || one.written;
    begin
      execute format('select 1 from jsonb_populate_record(null::%s, $1)', one.relation) using image;
    exception when others then
      named := 'its types'; verdict := 'refused'; why := sqlerrm;
      return next;
      continue;
    end;
    for checked in select c.conname::text as name, pg_get_constraintdef(c.oid) as definition, pg_get_expr(c.conbin, c.conrelid) as expression,
        exists (select from pg_catalog.pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey)
          and not image ? a.attname and not (one.inserts and not a.atthasdef and a.attidentity = '')) as hidden
      from pg_catalog.pg_constraint c where c.conrelid = one.relation and c.contype = 'c' and (one.inserts or exists (
        select from pg_catalog.pg_attribute a where a.attrelid = c.conrelid and a.attnum = any (c.conkey) and one.written ? a.attname))
    loop
      begin
        execute format('select (%s) is false from jsonb_populate_record(null::%s, $1) %I', checked.expression, one.relation, one.place)
          into broken using image;
        why := checked.definition;
      exception when others then
        broken := null; why := format('%s, which cannot be asked: %s', checked.definition, sqlerrm);
      end;
      continue when not broken;
      named := checked.name;
      verdict := case when broken is null or checked.hidden then 'unsure'
        when one.written ->> 'status' = 'not_found' then 'avoided' else 'refused' end;
      return next;
    end loop;
  end loop;
end $$;

-- Foreign keys that lack our words, and unique indexes that are missing where a repeat counts on one, or that we may run into.
create function public.pool_refusing_keys() returns table (place text, named text, verdict text, why text, doing text)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
  there boolean;
begin
  for one in select w.place, w.doing, c.conname::text as name, pg_get_constraintdef(c.oid) as definition, c.confrelid::regclass as target,
      f.attname as target_column, w.written ->> a.attname as value, a.attname in ('status_id', 'status', 'document_source', 'acte_type', 'source_type') as is_word
    from public.pool_writes() w join pg_catalog.pg_constraint c on c.conrelid = to_regclass('public.' || w.place) and c.contype = 'f'
      join pg_catalog.pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      join pg_catalog.pg_attribute f on f.attrelid = c.confrelid and f.attnum = c.confkey[1]
    where w.written ->> a.attname is not null and not (a.attname = 'search_session_id' and c.confrelid = to_regclass('public.search_sessions'))
  loop
    place := one.place; named := one.name; doing := one.doing; there := null; verdict := 'unsure'; why := one.definition;
    begin
      if one.is_word then
        execute format('select exists (select from %s t where t.%I::text = $1)', one.target, one.target_column) into there using one.value;
      end if;
    exception when others then why := format('%s, which cannot be asked: %s', one.definition, sqlerrm);
    end;
    continue when there;
    if not there then verdict := 'refused'; why := format('%s has no %s', one.target, one.value); end if;
    return next;
  end loop;
  return query
    with alone as (
      select i.indrelid, i.indexrelid::regclass::text as name, i.indpred is null and i.indexprs is null and i.indisvalid as whole,
        array(select a.attname::text from pg_catalog.pg_attribute a where a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])) as columns
      from pg_catalog.pg_index i where i.indisunique),
    counted_on as (select w.place, w.doing, w.written, to_regclass('public.' || w.place) as relation, w.inserts,
        case when w.place = 'worker_status' then 'worker_id' when w.written ? 'id' then 'id' end as key from public.pool_writes() w)
    select c.place, c.key, 'refused', 'no unique index says that it is one of a kind', c.doing from counted_on c
      where c.inserts and c.key is not null and c.relation is not null
        and not exists (select from alone a where a.indrelid = c.relation and a.whole and a.columns = array[c.key])
    union all
    select c.place, a.name, 'unsure', format('unique: %s', array_to_string(a.columns, ', ')), c.doing
      from counted_on c join alone a on a.indrelid = c.relation
      -- An account is looked for by its name before it is put in.
      where a.columns <> array['id'] and a.columns is distinct from array[c.key] and jsonb_exists_any(c.written, a.columns)
        and not (c.place = 'worker_accounts' and a.columns = array['username']);
end $$;

-- Writes of ours that the product's tables would refuse. verdict: refused, unsure (a person looks), avoided (another word is written).
create function public.pool_refusals() returns table (place text, named text, verdict text, why text, doing text[])
language sql stable set search_path = '' as $$
  select r.place, r.named, r.verdict, r.why, array_agg(distinct r.doing order by r.doing) from (
    select c.* from public.pool_refusing_columns() c
    union all select k.* from public.pool_refusing_checks() k
    union all select f.* from public.pool_refusing_keys() f) r
  group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit 1000
$$;

-- Rows by state. Above two million rows only the states that an index finds are counted; 'other' is then about the rest.
create function public.pool_counts() returns table (place text, state text, count bigint, about boolean)
language plpgsql stable set search_path = '' as $$
#variable_conflict use_column
declare
  rows_about bigint := (select c.reltuples::bigint from pg_catalog.pg_class c where c.oid = 'public.extraction_queue'::regclass);
  counted bigint := 0;
begin
  about := false;
  place := 'extraction_queue';
  if rows_about <= 2000000 then
    return query select 'extraction_queue', coalesce(q.status_id::text, 'null'), count(*), false
      from public.extraction_queue q group by q.status_id order by q.status_id limit 100;
  else
    for state, count in select '1', count(*) from public.extraction_queue q where q.status_id = 1
      union all select '2', count(*) from public.extraction_queue q where q.status_id = 2
      union all select '3', count(*) from public.extraction_queue q where q.status_id = 3
      union all select '6', count(*) from public.extraction_queue q where q.status_id = 6
    loop
      counted := counted + count;
      return next;
    end loop;
    state := 'other'; count := greatest(rows_about - counted, 0); about := true;
    return next;
  end if;
  return query (select 'search_sessions', s.status::text, count(*), false from public.search_sessions s group by 2 order by 2 limit 100);
  return query (select 'rdprm_searches', r.status::text, count(*), false from public.rdprm_searches r group by 2 order by 2 limit 100);
  return query (select 'pool_purchases', p.state, count(*), false from public.pool_purchases p group by 2 order by 2);
  return query (select 'worker_status', w.status::text, count(*), false from public.worker_status w group by 2 order by 2 limit 100);
end $$;

-- Rows that a person should know of, each kind with its number and up to five ids. Counting stops where the functions that
-- are asked stop: at 10,000, of rows without a lease at 500, of the last two at 50.
-- finished_long_ago: an older system wrote 4 for a document that was read; nothing of it is changed here.
-- running_without_lease: somebody else's, or left behind (rescue takes those back); rdprm_without_lease: never taken back.
-- no_attempt_left, held: waiting, though no claim may take them; rescue closes them.
create function public.pool_odd_rows(foreign_limit_minutes int) returns table (what text, count bigint, ids uuid[])
language sql stable set search_path = '' as $$
  with odd as (
    (select 'finished_long_ago' as what, q.id as row_id from public.extraction_queue q
      where q.status_id = 4 and q.file_content is not null and q.error_message is null and q.ocr_error is null limit 10000)
    union all
    select case when f.kind = 'rdprm' then 'rdprm_without_lease' when l.row_id is null then 'running_without_lease' else 'left_behind' end, f.row_id
      from public.pool_foreign(0) f
        left join (select o.kind, o.row_id from public.pool_foreign(pool_odd_rows.foreign_limit_minutes) o) l on l.kind = f.kind and l.row_id = f.row_id
    union all
    select case s.reason when 'held' then 'held' else 'no_attempt_left' end, s.row_id from public.pool_stuck() s)
  select o.what, count(*), (array_agg(o.row_id order by o.row_id))[1:5] from odd o group by 1 order by 1
$$;

create function public.pool_account_counts() returns table (total bigint, active bigint, failing bigint, usable bigint, leased bigint)
language sql stable set search_path = '' as $$
  select count(*), count(*) filter (where coalesce(w.is_active, true)), count(*) filter (where coalesce(w.failure_count, 0) >= 3),
    count(*) filter (where coalesce(w.is_active, true) and coalesce(w.failure_count, 0) < 3),
    (select count(*) from public.pool_account_leases a where a.registry = 'land' and a.ended_at is null and a.expires_at > clock_timestamp())
  from public.worker_accounts w
$$;

-- Triggers on the tables we write, ours left out. known: keeps updated_at, or makes the search of a name that was selected.
create function public.pool_product_triggers() returns table (place text, name text, moment text, function text, known boolean)
language sql stable set search_path = '' as $$
  select c.relname::text, t.tgname::text, case when t.tgtype & 2 <> 0 then 'before' else 'after' end, t.tgfoid::regproc::text,
    p.prosrc ~* '^\s*begin\s+new\.updated_at\s*:?=\s*[a-z_. ]+(\(\))?[^;]*;\s*return new\s*;\s*end\s*;?\s*$' or p.proname = 'moddatetime'
      or c.relname = 'selected_names_for_rdprm' and t.tgtype & 6 = 4
  from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid join pg_catalog.pg_proc p on p.oid = t.tgfoid
  where not t.tgisinternal and c.relnamespace = 'public'::regnamespace and t.tgenabled <> 'D' and t.tgname not like 'pool\_%'
    and c.relname in (select w.place from public.pool_writes() w)
  order by 1, 2 limit 1000
$$;

select public.pool_close_doors();
