-- Both ways out of a held row: the file that a person has, or another purchase.

create or replace function public.pool_held_sentence(kind text, row_id uuid) returns text language sql stable set search_path = '' as $$
  select format('held: purchase %s may have been paid and its document is not here%s; look: registre-pool purchases show %s; '
    'to give the row the file that was bought: registre-pool purchases accept %s [FILE]; '
    'to let the row wait again: registre-pool purchases allow %s',
    p.id, coalesce(' (' || left(p.facts ->> 'sentence', 300) || ')', ''), p.id, p.id, p.id)
  from public.pool_purchases p where p.kind = pool_held_sentence.kind and p.row_id = pool_held_sentence.row_id and p.state = 'unknown'
  order by p.id desc limit 1
$$;

select public.pool_close_doors();
