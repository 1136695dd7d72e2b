-- What people are told: both ways out of a held row, and under which names a document was found.

create or replace function public.pool_held_sentence(kind text, row_id uuid) returns text language sql stable set search_path = '' as $$
  select format('held: purchase %s may have been paid and its document is not here%s; look: registre-pool purchases show %s; '
    'to give the row the file that was bought: registre-pool purchases accept %s [FILE]; '
    'to let the row wait again: registre-pool purchases allow %s',
    p.id, coalesce(' (' || left(p.facts ->> 'sentence', 300) || ')', ''), p.id, p.id, p.id)
  from public.pool_purchases p where p.kind = pool_held_sentence.kind and p.row_id = pool_held_sentence.row_id and p.state = 'unknown'
  order by p.id desc limit 1
$$;

drop function public.pool_jobs_list(jsonb, int);

-- filter: kind, state, source, number, row_id, and the cursor `before` {created_at, row_id} of the last row seen. Newest first.
create function public.pool_jobs_list(filter jsonb, how_many int)
returns table (kind text, row_id uuid, state text, source text, number text, attempts int, worker text, started_at timestamptz,
  finished_at timestamptz, error text, path text, created_at timestamptz, not_before timestamptz, held boolean, outages int, trail jsonb,
  found_as jsonb)
language sql stable set search_path = '' as $$
  select b.kind, b.row_id, case when coalesce(j.held, false) and b.state = 'error' then 'held' else b.state end, b.source, b.number,
    coalesce(b.attempts, j.attempts, 0), b.worker, b.started_at, b.finished_at, coalesce(b.error, case when b.state <> 'done' then j.last_error end),
    b.path, b.created_at, j.not_before, coalesce(j.held, false), coalesce(j.outages, 0), coalesce(j.trail, '[]'), f.found_as
  from (
    -- The rows first, then what the pool remembers of these few.
    select o.* from public.pool_board o
    where (filter ->> 'kind' is null or o.kind = filter ->> 'kind')
      and (filter ->> 'state' is null or o.state = filter ->> 'state' or filter ->> 'state' = 'held' and o.state = 'error' and exists (
        select from public.pool_jobs h where h.kind = o.kind and h.row_id = o.row_id and h.held))
      and (filter ->> 'source' is null or o.source = filter ->> 'source')
      and (filter ->> 'number' is null or o.number = filter ->> 'number')
      and (filter ->> 'row_id' is null or o.row_id = (filter ->> 'row_id')::uuid)
      and (filter -> 'before' is null or (o.created_at, o.row_id)
        < ((filter -> 'before' ->> 'created_at')::timestamptz, (filter -> 'before' ->> 'row_id')::uuid))
    order by o.created_at desc, o.row_id desc limit least(greatest(how_many, 0), 1000)) b
    left join public.pool_jobs j on j.kind = b.kind and j.row_id = b.row_id
    -- Whoever reads the document later: it was the land job that found it.
    left join public.pool_jobs f on f.kind = 'land' and f.row_id = b.row_id
  order by b.created_at desc, b.row_id desc
$$;

select public.pool_close_doors();
