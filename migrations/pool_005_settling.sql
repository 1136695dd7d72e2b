-- How a lease ends, and what becomes of its row. Lock order everywhere: row, lease, purchase, budget.

-- A row's own memory of what happened to it; the trail keeps the last 20 entries.
create function public.pool_note(kind text, row_id uuid, entry jsonb, attempts int default null, outages int default null,
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
  return 1;
end $$;

-- Seconds until the next try: the nth of the configured delays, with up to a fifth more so that tries do not march in step.
create function public.pool_retry_delay(tries int) returns numeric language sql volatile set search_path = '' as $$
  select (d.delays ->> least(greatest(pool_retry_delay.tries, 1), jsonb_array_length(d.delays)) - 1)::numeric
    * (1 + random() * 0.2)::numeric
  from (select public.pool_setting('retry_seconds', '[5, 10, 20]') as delays) d
$$;

-- Puts a row where `fate` says: 'waiting', or 'error' (also when held). Called with the row locked and its lease ended.
-- error: null keeps the row's sentence, '' takes it away.
create function public.pool_move(kind text, row_id uuid, fate text, tries int, error text) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  waits boolean := pool_move.fate = 'waiting';
begin
  if pool_move.kind = 'land' then
    update public.extraction_queue q set status_id = case when waits then 1 else 4 end, worker_id = null,
      processing_started_at = null, attemtps = pool_move.tries,
      error_message = nullif(coalesce(pool_move.error, q.error_message), '')
      where q.id = pool_move.row_id;
  elsif pool_move.kind in ('ocr_index', 'ocr_acte') then
    update public.extraction_queue q set status_id = case when waits then 3 else 4 end,
      ocr_worker_id = case when waits then null else q.ocr_worker_id end,
      ocr_started_at = case when waits then null else q.ocr_started_at end,
      ocr_attempts = pool_move.tries, ocr_error = nullif(coalesce(pool_move.error, q.ocr_error), ''),
      ocr_last_error_at = case when coalesce(pool_move.error, '') = '' then q.ocr_last_error_at else clock_timestamp() end
      where q.id = pool_move.row_id;
  elsif pool_move.kind = 'req' then
    update public.search_sessions s set status = case when waits then 'pending_company_selection' else 'failed' end,
      error_message = nullif(coalesce(pool_move.error, s.error_message), ''), updated_at = clock_timestamp()
      where s.id = pool_move.row_id;
  else
    update public.rdprm_searches r set status = case when waits then 'pending' else 'failed' end,
      error_message = nullif(coalesce(pool_move.error, r.error_message), '')
      where r.id = pool_move.row_id;
  end if;
  return 1;
end $$;

-- The one place that decides what becomes of a row whose lease ended without `done`; money first.
-- word: retry, give_up, crashed, rescued (count an attempt), released, outage (count none).
-- Returns 'waiting', 'error' or 'held'. Called with the row locked, ours, and its lease ended.
create function public.pool_put_back(kind text, row_id uuid, token uuid, worker text, word text, error text,
  after_seconds numeric, trail jsonb) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  money text := public.pool_close_purchases(pool_put_back.token, pool_put_back.kind, pool_put_back.row_id);
  known public.pool_jobs;
  tries int;
  most int;
  outages int;
  fate text := 'waiting';
  sentence text := nullif(trim(pool_put_back.error), '');
  delay numeric := pool_put_back.after_seconds;
begin
  select t.tries, t.most into tries, most from public.pool_tries(pool_put_back.kind, pool_put_back.row_id) t;
  select j.* into known from public.pool_jobs j where j.kind = pool_put_back.kind and j.row_id = pool_put_back.row_id;
  outages := coalesce(known.outages, 0);
  if money = 'unknown' then
    fate := 'held';
    sentence := public.pool_held_sentence(pool_put_back.kind, pool_put_back.row_id);
  elsif pool_put_back.word = 'released' then sentence := null;
  elsif money = 'secured' or money = 'rebuy' then
    -- Tried again without end, but not without a pause.
    if pool_put_back.word in ('retry', 'give_up', 'outage') then delay := coalesce(delay, public.pool_retry_delay(most)); end if;
  elsif pool_put_back.word = 'outage' then
    outages := outages + 1;
    delay := coalesce(delay, least(300, 5 * 2 ^ least(outages, 7)) * (0.5 + random() / 2));
    if outages > public.pool_setting('max_outages', '20')::int then
      fate := 'error';
      sentence := format('outside trouble %s times in a row, the last: %s', outages, pool_put_back.error);
    end if;
  else
    tries := tries + 1;
    outages := 0;
    if pool_put_back.word = 'give_up' or tries >= most then fate := 'error';
    elsif pool_put_back.word = 'retry' then delay := coalesce(delay, public.pool_retry_delay(tries));
    end if;
  end if;
  if fate = 'error' then
    sentence := coalesce(sentence, format('%s by %s without a reason', pool_put_back.word, coalesce(pool_put_back.worker, 'nobody')));
  end if;
  perform public.pool_move(pool_put_back.kind, pool_put_back.row_id, case fate when 'waiting' then 'waiting' else 'error' end, tries, sentence);
  perform public.pool_note(pool_put_back.kind, pool_put_back.row_id,
    jsonb_strip_nulls(jsonb_build_object('outcome', pool_put_back.word, 'worker', pool_put_back.worker, 'error', pool_put_back.error,
      'fate', fate, 'trail', pool_put_back.trail)),
    attempts => tries, outages => outages, held => fate = 'held', last_error => sentence,
    not_before => case when fate = 'waiting' and delay > 0 then clock_timestamp() + make_interval(secs => delay::float8) end);
  return fate;
end $$;

-- Writes the result of a finished job. Called with the row locked, ours, and its lease ended.
create function public.pool_finish(kind text, row_id uuid, result jsonb) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
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
    insert into public.req_companies (search_session_id, company_name, result_order, cleaned_data)
      select pool_finish.row_id, coalesce(c.company ->> 'company_name', s.initial_search_query), c.place, c.company -> 'cleaned_data'
      from public.search_sessions s,
        jsonb_array_elements(coalesce(pool_finish.result -> 'companies', '[]')) with ordinality c(company, place)
      where s.id = pool_finish.row_id;
    update public.search_sessions s set status = 'pending_name_selection', req_completed = true,
      req_results_count = coalesce((pool_finish.result ->> 'results_count')::int,
        jsonb_array_length(coalesce(pool_finish.result -> 'companies', '[]'))), error_message = null, updated_at = moment
      where s.id = pool_finish.row_id;
  elsif coalesce((pool_finish.result ->> 'found')::boolean, true) then
    update public.rdprm_searches r set status = 'completed', storage_path = pool_finish.result ->> 'storage_path',
      error_message = null, completed_at = moment where r.id = pool_finish.row_id;
  else
    begin
      update public.rdprm_searches r set status = 'not_found', storage_path = pool_finish.result ->> 'storage_path',
        completed_at = moment where r.id = pool_finish.row_id;
    exception when check_violation then
      -- Some environments know no such status: failed, with words that can be searched for.
      update public.rdprm_searches r set status = 'failed', storage_path = pool_finish.result ->> 'storage_path',
        error_message = 'not_found: the register holds nothing under this name', completed_at = moment
        where r.id = pool_finish.row_id;
    end;
  end if;
  return 1;
end $$;

create function public.pool_settle(token uuid, outcome jsonb) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_leases;
  word text := pool_settle.outcome ->> 'outcome';
  digest text := md5(pool_settle.outcome::text);
  standing text;
begin
  if word is null or word not in ('done', 'retry', 'give_up', 'released', 'outage') then
    raise exception '% is not an outcome', coalesce(word, 'null') using errcode = '22023';
  end if;
  select l.* into lease from public.pool_leases l where l.token = pool_settle.token;
  if not found then return 'lost'; end if;
  perform public.pool_lock(lease.kind, lease.row_id, true);
  select l.* into lease from public.pool_leases l where l.token = pool_settle.token for no key update;
  if lease.ended_at is not null then
    return case when lease.outcome = word and lease.outcome_md5 = digest then 'already' else 'lost' end;
  end if;
  standing := public.pool_standing(lease.kind, lease.row_id, lease.worker, lease.claimed_at);
  if standing <> 'ours' then
    perform public.pool_end(lease.token, standing);
    perform public.pool_close_purchases(lease.token, lease.kind, lease.row_id);
    return 'lost';
  end if;
  perform public.pool_end(lease.token, word, digest);
  -- A click without its file is no success, whatever the worker believes.
  if word = 'done' and not exists (select from public.pool_purchases p where p.kind = lease.kind and p.row_id = lease.row_id
    and p.state in ('clicked', 'unknown')) then
    perform public.pool_finish(lease.kind, lease.row_id, coalesce(pool_settle.outcome -> 'result', '{}'));
    perform public.pool_deliver(lease.token, lease.kind, lease.row_id, coalesce(pool_settle.outcome -> 'result', '{}'));
    perform public.pool_note(lease.kind, lease.row_id, jsonb_strip_nulls(jsonb_build_object('outcome', word,
      'worker', lease.worker, 'trail', pool_settle.outcome -> 'trail')), outages => 0);
  else
    perform public.pool_put_back(lease.kind, lease.row_id, lease.token, lease.worker, case word when 'done' then 'retry' else word end,
      coalesce(pool_settle.outcome ->> 'error', case word when 'done' then 'finished without the file that was clicked' end),
      (pool_settle.outcome ->> 'after_seconds')::numeric, pool_settle.outcome -> 'trail');
  end if;
  return 'applied';
end $$;

select public.pool_close_doors();
