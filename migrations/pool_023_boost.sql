-- What the pages of a reading carry about themselves, and corrected texts for rows that were read without them.

-- Generated: whatever writes a page writes them, in the transaction that settles the job.
alter table public.pool_ocr_results
  add column kind text generated always as (content ->> 'kind') stored,
  add column model text generated always as (content ->> 'model') stored,
  add column rules_version text generated always as (content ->> 'rules_version') stored;

-- Is this a document that was read and not corrected, and that nobody works on? Its text, null when not.
create function public.pool_boostable(row_id uuid, kind text) returns text
language sql volatile set search_path = '' as $$
  select q.file_content from public.extraction_queue q
  where q.id = pool_boostable.row_id and q.status_id = 5 and q.document_source = substr(pool_boostable.kind, 5)
    and q.boosted_file_content is null and q.file_content <> ''
    and not exists (select from public.pool_leases l where l.row_id = q.id and l.ended_at is null)
$$;

-- How much there is: rows with a text and without a corrected one, their characters; rows without any text.
create function public.pool_unboosted_counts(kind text) returns table (rows bigint, characters bigint, unread bigint)
language sql stable set search_path = '' as $$
  select count(*) filter (where q.boosted_file_content is null and q.file_content <> ''),
    coalesce(sum(length(q.file_content)) filter (where q.boosted_file_content is null), 0),
    count(*) filter (where coalesce(q.file_content, '') = '' and q.supabase_path is not null)
  from public.extraction_queue q
  where q.status_id = 5 and q.document_source = substr(pool_unboosted_counts.kind, 5)
$$;

-- The next of them by id, after the last one seen; digest: of the text, which pool_boost compares.
create function public.pool_unboosted(kind text, after uuid, how_many int)
returns table (row_id uuid, file_content text, digest text)
language sql stable set search_path = '' as $$
  select q.id, q.file_content, md5(q.file_content) from public.extraction_queue q
  where q.status_id = 5 and q.document_source = substr(pool_unboosted.kind, 5)
    and q.boosted_file_content is null and q.file_content <> ''
    and (pool_unboosted.after is null or q.id > pool_unboosted.after)
    and not exists (select from public.pool_leases l where l.row_id = q.id and l.ended_at is null)
  order by q.id limit least(greatest(pool_unboosted.how_many, 0), 100)
$$;

-- Writes the corrected text beside the text that it was made of: 'applied', 'already', or 'refused: why'.
-- pages: [{corrections, rules_version, ...}], in the order of the text's pages.
create function public.pool_boost(row_id uuid, kind text, digest text, boosted text, pages jsonb) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  standing text;
begin
  if pool_boost.kind not in ('ocr_index', 'ocr_acte') or coalesce(pool_boost.boosted, '') = '' then
    raise exception 'a corrected text, of ocr_index or ocr_acte' using errcode = '22023';
  end if;
  standing := public.pool_lock(pool_boost.kind, pool_boost.row_id, false);
  if standing <> 'locked' then
    return case standing when 'gone' then 'refused: there is no such row' else 'refused: somebody works on it' end;
  end if;
  standing := public.pool_boostable(pool_boost.row_id, pool_boost.kind);
  if standing is null then
    return case when exists (select from public.extraction_queue q where q.id = pool_boost.row_id and q.status_id = 5
      and q.boosted_file_content = pool_boost.boosted) then 'already' else 'refused: it changed meanwhile' end;
  end if;
  if md5(standing) <> pool_boost.digest then return 'refused: its text changed meanwhile'; end if;
  update public.extraction_queue q set boosted_file_content = pool_boost.boosted where q.id = pool_boost.row_id;
  insert into public.pool_ocr_results as o (row_id, page, content, corrections)
    select pool_boost.row_id, p.place, p.page || jsonb_build_object('kind', pool_boost.kind), p.page -> 'corrections'
    from jsonb_array_elements(pool_boost.pages) with ordinality p (page, place)
    on conflict (row_id, page) do update set content = o.content || excluded.content, corrections = excluded.corrections;
  return 'applied';
end $$;

select public.pool_close_doors();
