-- What paid models took, by day (Quebec's calendar), kind, document and model. Each environment has its own; what they cost
-- together is limited by who asks.

create table public.pool_model_costs (
  day date not null,
  kind text not null,
  row_id uuid not null,
  model text not null,
  calls bigint not null check (calls >= 0),
  input_tokens bigint not null check (input_tokens >= 0),
  output_tokens bigint not null check (output_tokens >= 0),
  cad_micros bigint not null check (cad_micros >= 0),
  primary key (day, kind, row_id, model)
);
create index pool_model_costs_row on public.pool_model_costs (row_id);
comment on column public.pool_model_costs.row_id is 'the document''s row; only zeros: a call that was made for none';
comment on column public.pool_model_costs.cad_micros is 'millionths of a Canadian dollar, by the price of the day';

-- Told twice, counted once: what was noted in the last day is known by its id.
create table public.pool_model_batches (
  id uuid primary key,
  at timestamptz not null default clock_timestamp()
);
create index pool_model_batches_at on public.pool_model_batches (at);

-- costs: [{kind, row_id, model, calls, input_tokens, output_tokens, cad_micros}], at most 1,000, may be empty; no key twice.
-- Returns what today has cost here so far, this included (millionths of a dollar).
create function public.pool_model_costs_add(batch uuid, costs jsonb) returns bigint
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  today constant date := (clock_timestamp() at time zone 'America/Toronto')::date;
  total bigint;
begin
  if jsonb_array_length(pool_model_costs_add.costs) > 1000 then
    raise exception 'at most 1000 costs a call' using errcode = '22023';
  end if;
  if jsonb_array_length(pool_model_costs_add.costs) > 0 then
    delete from public.pool_model_batches b where b.at < clock_timestamp() - interval '1 day';
    insert into public.pool_model_batches (id) values (pool_model_costs_add.batch) on conflict do nothing;
    if found then
      -- In the one order of their keys: two who note the same documents at once do not wait for each other in a circle.
      insert into public.pool_model_costs as c (day, kind, row_id, model, calls, input_tokens, output_tokens, cad_micros)
        select today, n.kind, n.row_id, n.model, n.calls, n.input_tokens, n.output_tokens, n.cad_micros
        from jsonb_to_recordset(pool_model_costs_add.costs) n (kind text, row_id uuid, model text, calls bigint, input_tokens bigint,
          output_tokens bigint, cad_micros bigint)
        order by n.kind, n.row_id, n.model
        on conflict (day, kind, row_id, model) do update set calls = c.calls + excluded.calls,
          input_tokens = c.input_tokens + excluded.input_tokens, output_tokens = c.output_tokens + excluded.output_tokens,
          cad_micros = c.cad_micros + excluded.cad_micros;
    end if;
  end if;
  select coalesce(sum(c.cad_micros), 0) into total from public.pool_model_costs c where c.day = today;
  return total;
end $$;

-- The last days, newest first: one line a day, kind and model.
create function public.pool_model_costs_list(days int)
returns table (day date, kind text, model text, documents bigint, calls bigint, input_tokens bigint, output_tokens bigint,
  cad_micros bigint)
language sql stable set search_path = '' as $$
  select c.day, c.kind, c.model, count(distinct c.row_id), sum(c.calls)::bigint, sum(c.input_tokens)::bigint,
    sum(c.output_tokens)::bigint, sum(c.cad_micros)::bigint
  from public.pool_model_costs c
  where c.day > (clock_timestamp() at time zone 'America/Toronto')::date - least(greatest(pool_model_costs_list.days, 0), 100000)
  group by 1, 2, 3 order by 1 desc, 2, 3 limit 1000
$$;

select public.pool_close_doors();
