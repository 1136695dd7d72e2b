-- Under which names a registry had what a row asked for, and why a row is held.

-- Of a land row that is done: circonscription, cadastre, designation or acte_type in the site's own words; they may
-- differ from the row's columns, which stay as the product wrote them. Null: not known.
alter table public.pool_jobs add column found_as jsonb;

-- With the sentence of whoever bought it, when there is one: a person has to judge by it.
create or replace function public.pool_held_sentence(kind text, row_id uuid) returns text language sql stable set search_path = '' as $$
  select format('held: purchase %s may have been paid and its document is not here%s; look: registre-pool purchases show %s; '
    'to let the row wait again: registre-pool purchases allow %s', p.id, coalesce(' (' || left(p.facts ->> 'sentence', 300) || ')', ''), p.id, p.id)
  from public.pool_purchases p where p.kind = pool_held_sentence.kind and p.row_id = pool_held_sentence.row_id and p.state = 'unknown'
  order by p.id desc limit 1
$$;

-- `done` takes what was secured for the row with it.
create or replace function public.pool_deliver(token uuid, kind text, row_id uuid, result jsonb) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  purchase public.pool_purchases;
  facts jsonb := jsonb_strip_nulls(jsonb_build_object('supabase_path', coalesce(pool_deliver.result ->> 'supabase_path',
    pool_deliver.result ->> 'storage_path'), 'html_path', pool_deliver.result ->> 'html_path', 'pages', pool_deliver.result -> 'pages'));
begin
  for purchase in select p.* from public.pool_purchases p
    where p.kind = pool_deliver.kind and p.row_id = pool_deliver.row_id and p.state = 'secured' order by p.id for no key update
  loop
    perform public.pool_advance(purchase, 'delivered', facts);
  end loop;
  for purchase in select p.* from public.pool_purchases p
    where p.token = pool_deliver.token and p.state = 'intent' order by p.id for no key update
  loop
    perform public.pool_advance(purchase, 'void', '{"reason": "not needed"}');
  end loop;
  if jsonb_typeof(pool_deliver.result -> 'found_as') = 'object' then
    insert into public.pool_jobs as j (kind, row_id, found_as) values (pool_deliver.kind, pool_deliver.row_id, pool_deliver.result -> 'found_as')
      on conflict (kind, row_id) do update set found_as = excluded.found_as;
  end if;
  return 1;
end $$;

select public.pool_close_doors();
