-- Purchases as a state machine: intent, clicked, secured, delivered; void, not_sold, unknown, allowed.

create function public.pool_charge(registry text, day date, reserved int, spent int) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
begin
  update public.pool_budgets b set reserved_cents = b.reserved_cents + pool_charge.reserved, spent_cents = b.spent_cents + pool_charge.spent
    where b.registry = pool_charge.registry and b.day = pool_charge.day;
  return 1;
end $$;

create function public.pool_held_sentence(kind text, row_id uuid) returns text language sql stable set search_path = '' as $$
  select format('held: purchase %s may have been paid and its document is not here; look: registre-pool purchases show %s; '
    'to let the row wait again: registre-pool purchases allow %s', p.id, p.id, p.id)
  from public.pool_purchases p where p.kind = pool_held_sentence.kind and p.row_id = pool_held_sentence.row_id and p.state = 'unknown'
  order by p.id desc limit 1
$$;

-- The only writer of a purchase's state; keeps the budget in step with it.
create function public.pool_advance(purchase public.pool_purchases, state text, facts jsonb) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  moment timestamptz := clock_timestamp();
begin
  update public.pool_purchases p set state = pool_advance.state, facts = p.facts || coalesce(pool_advance.facts, '{}'),
    clicked_at = case pool_advance.state when 'clicked' then moment else p.clicked_at end,
    secured_at = case pool_advance.state when 'secured' then moment else p.secured_at end,
    closed_at = case when pool_advance.state in ('void', 'not_sold', 'delivered', 'allowed') then moment end,
    sha256 = coalesce(pool_advance.facts ->> 'sha256', p.sha256), size = coalesce((pool_advance.facts ->> 'size')::bigint, p.size),
    host = coalesce(pool_advance.facts ->> 'host', p.host), reference = coalesce(pool_advance.facts ->> 'reference', p.reference),
    account = coalesce(pool_advance.facts ->> 'account', p.account)
    where p.id = (pool_advance.purchase).id;
  return case
    when pool_advance.state = 'clicked' then public.pool_charge(purchase.registry, purchase.budget_day, -purchase.price_cents, purchase.price_cents)
    when pool_advance.state = 'void' and purchase.state = 'intent'
      then public.pool_charge(purchase.registry, purchase.budget_day, -purchase.price_cents, 0)
    when pool_advance.state in ('void', 'not_sold') then public.pool_charge(purchase.registry, purchase.budget_day, 0, -purchase.price_cents)
    else 1 end;
end $$;

-- A lease ends without `done`: intent -> void, clicked -> unknown. Returns what now stands for the row:
-- 'unknown' (hold it), 'secured' (a file waits in the spool), 'rebuy' (unknown, and bought again once by setting) or null.
create function public.pool_close_purchases(token uuid, kind text, row_id uuid) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  purchase public.pool_purchases;
  money text;
begin
  for purchase in select p.* from public.pool_purchases p
    where p.token = pool_close_purchases.token and p.state in ('intent', 'clicked') order by p.id for no key update
  loop
    if purchase.state = 'intent' then perform public.pool_advance(purchase, 'void', '{"reason": "the lease ended before the click"}');
    elsif purchase.registry = 'land' and public.pool_setting('land_unknown', '"hold"') = '"rebuy_once"'
      and not exists (select from public.pool_purchases p where p.registry = purchase.registry and p.identity = purchase.identity
        and p.allowed_by = 'rebuy_once')
    then
      perform public.pool_advance(purchase, 'allowed', '{"reason": "the lease ended between the click and the file"}');
      update public.pool_purchases p set allowed_by = 'rebuy_once' where p.id = purchase.id;
      money := 'rebuy';
    else perform public.pool_advance(purchase, 'unknown', '{"reason": "the lease ended between the click and the file"}');
    end if;
  end loop;
  if exists (select from public.pool_purchases p where p.kind = pool_close_purchases.kind and p.row_id = pool_close_purchases.row_id
    and p.state = 'unknown') then return 'unknown'; end if;
  if exists (select from public.pool_purchases p where p.kind = pool_close_purchases.kind and p.row_id = pool_close_purchases.row_id
    and p.state = 'secured') then return 'secured'; end if;
  return money;
end $$;

-- `done` takes what was secured for the row with it.
create function public.pool_deliver(token uuid, kind text, row_id uuid, result jsonb) returns int
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
  return 1;
end $$;

-- The open lease of a token with its row locked, or null when it is ended, expired, or the row is no longer ours.
create function public.pool_live_lease(token uuid) returns public.pool_leases
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_leases;
begin
  select l.* into lease from public.pool_leases l where l.token = pool_live_lease.token;
  if not found then return null; end if;
  perform public.pool_lock(lease.kind, lease.row_id, true);
  select l.* into lease from public.pool_leases l where l.token = pool_live_lease.token for no key update;
  if lease.ended_at is not null or lease.expires_at <= clock_timestamp() then return null; end if;
  if public.pool_standing(lease.kind, lease.row_id, lease.worker, lease.claimed_at) = 'ours' then return lease; end if;
  perform public.pool_end(lease.token, public.pool_standing(lease.kind, lease.row_id, lease.worker, lease.claimed_at));
  perform public.pool_close_purchases(lease.token, lease.kind, lease.row_id);
  return null;
end $$;

create function public.pool_reuse_days(kind text, row_id uuid) returns int language sql stable set search_path = '' as $$
  select coalesce((public.pool_setting('reuse_days', '{"acte": 3650, "plan": 365, "index": 0}') ->>
    (select case q.document_source when 'plan_cadastraux' then 'plan' else q.document_source end
      from public.extraction_queue q where q.id = pool_reuse_days.row_id and pool_reuse_days.kind = 'land'))::int, 0)
$$;

create function public.pool_purchase_intent(token uuid, registry text, identity text, price_cents int) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_leases;
  other public.pool_purchases;
  budget public.pool_budgets;
  today date := (clock_timestamp() at time zone 'America/Toronto')::date;
  ceiling int := coalesce((public.pool_setting('budgets', '{}') ->> pool_purchase_intent.registry)::int, 0);
  made bigint;
begin
  lease := public.pool_live_lease(pool_purchase_intent.token);
  if lease.token is null then return '{"answer": "lost"}'; end if;
  perform pg_advisory_xact_lock(hashtextextended(pool_purchase_intent.registry || ' ' || pool_purchase_intent.identity, 1));
  -- One click at a time for a row: what it clicked before, also under another identity, comes first.
  select p.* into other from public.pool_purchases p where p.kind = lease.kind and p.row_id = lease.row_id
    and p.state in ('clicked', 'secured', 'unknown') order by p.state desc, p.id limit 1;
  if found then
    return jsonb_build_object('answer', case other.state when 'unknown' then 'held' else other.state end, 'id', other.id, 'host', other.host);
  end if;
  select p.* into other from public.pool_purchases p where p.registry = pool_purchase_intent.registry
    and p.identity = pool_purchase_intent.identity and p.state in ('intent', 'clicked', 'secured', 'unknown') for no key update;
  if found then
    return case
      when other.token = lease.token and other.state = 'intent' then jsonb_build_object('answer', 'go', 'id', other.id)
      when other.state = 'unknown' then jsonb_build_object('answer', 'held', 'id', other.id)
      else jsonb_build_object('answer', 'wait', 'id', other.id, 'holder', other.worker, 'host', other.host) end;
  end if;
  select p.* into other from public.pool_purchases p where p.registry = pool_purchase_intent.registry
    and p.identity = pool_purchase_intent.identity and p.state = 'delivered' and p.facts ? 'supabase_path'
    and p.closed_at > clock_timestamp() - make_interval(days => public.pool_reuse_days(lease.kind, lease.row_id))
    order by p.closed_at desc limit 1;
  if found then
    return jsonb_build_object('answer', 'reuse', 'id', other.id, 'path', other.facts ->> 'supabase_path', 'at', other.closed_at);
  end if;
  insert into public.pool_budgets (registry, day) values (pool_purchase_intent.registry, today) on conflict do nothing;
  select b.* into budget from public.pool_budgets b where b.registry = pool_purchase_intent.registry and b.day = today for no key update;
  if ceiling <= 0 or budget.reserved_cents + budget.spent_cents + pool_purchase_intent.price_cents > ceiling then
    return jsonb_build_object('answer', 'over_budget', 'limit_cents', ceiling, 'spent_cents', budget.spent_cents,
      'reserved_cents', budget.reserved_cents, 'day', today);
  end if;
  update public.pool_budgets b set limit_cents = ceiling, reserved_cents = b.reserved_cents + pool_purchase_intent.price_cents
    where b.registry = budget.registry and b.day = budget.day;
  insert into public.pool_purchases (registry, identity, kind, row_id, token, worker, host, price_cents, budget_day, state)
    values (pool_purchase_intent.registry, pool_purchase_intent.identity, lease.kind, lease.row_id, lease.token, lease.worker,
      lease.host, pool_purchase_intent.price_cents, today, 'intent') returning pool_purchases.id into made;
  return jsonb_build_object('answer', 'go', 'id', made);
end $$;

-- Which token may take a purchase from one state to another; 'buyer' = the token that clicked, live or dead;
-- 'live' = the buyer under a live lease; 'deliverer' = a live lease on the purchase's row.
create function public.pool_who_may(was text, becomes text) returns text language sql immutable set search_path = '' as $$
  select case pool_who_may.was || ' ' || pool_who_may.becomes
    when 'intent clicked' then 'live' when 'intent void' then 'buyer'
    when 'clicked void' then 'buyer' when 'clicked not_sold' then 'buyer' when 'clicked unknown' then 'buyer'
    when 'clicked secured' then 'buyer' when 'unknown secured' then 'buyer'
    when 'secured unknown' then 'deliverer' end
$$;

-- A file of a row that we held ourselves is here after all: the row waits again, for this host alone.
create function public.pool_unhold(kind text, row_id uuid, attempts_back boolean) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  tries int := (public.pool_tries(pool_unhold.kind, pool_unhold.row_id)).tries;
begin
  if not exists (select from public.pool_jobs j where j.kind = pool_unhold.kind and j.row_id = pool_unhold.row_id and j.held)
    or exists (select from public.pool_purchases p where p.kind = pool_unhold.kind and p.row_id = pool_unhold.row_id and p.state = 'unknown')
    or not exists (select from public.extraction_queue q where q.id = pool_unhold.row_id and q.status_id = 4 and q.error_message like 'held: %'
      union all select from public.rdprm_searches r where r.id = pool_unhold.row_id and r.status = 'failed' and r.error_message like 'held: %')
  then return 0; end if;
  if pool_unhold.attempts_back then tries := 0; end if;
  perform public.pool_move(pool_unhold.kind, pool_unhold.row_id, 'waiting', tries, '');
  return public.pool_note(pool_unhold.kind, pool_unhold.row_id, '{"outcome": "waits again"}', attempts => tries);
end $$;

create function public.pool_purchase_mark(id bigint, token uuid, state text, facts jsonb) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  purchase public.pool_purchases;
  live public.pool_leases;
  who text;
begin
  select p.* into purchase from public.pool_purchases p where p.id = pool_purchase_mark.id;
  if not found then return 'refused: there is no such purchase'; end if;
  if purchase.token <> pool_purchase_mark.token and not exists (select from public.pool_leases l
    where l.token = pool_purchase_mark.token and l.kind = purchase.kind and l.row_id = purchase.row_id)
  then return 'refused: not the token that bought'; end if;
  perform public.pool_lock(purchase.kind, purchase.row_id, true);
  live := public.pool_live_lease(pool_purchase_mark.token);
  select p.* into purchase from public.pool_purchases p where p.id = pool_purchase_mark.id for no key update;
  if purchase.state = pool_purchase_mark.state and (purchase.token = pool_purchase_mark.token or live.row_id = purchase.row_id) then
    return 'already';
  end if;
  who := public.pool_who_may(purchase.state, pool_purchase_mark.state);
  if who is null then return format('refused: %s does not become %s', purchase.state, pool_purchase_mark.state); end if;
  if who <> 'deliverer' and purchase.token <> pool_purchase_mark.token then return 'refused: not the token that bought'; end if;
  if who = 'live' and live.token is null then return 'refused: the lease is lost'; end if;
  if who = 'deliverer' and (live.token is null or live.row_id <> purchase.row_id or live.kind <> purchase.kind) then
    return 'refused: no live lease on this row';
  end if;
  perform public.pool_advance(purchase, pool_purchase_mark.state, pool_purchase_mark.facts);
  if purchase.state = 'unknown' and pool_purchase_mark.state = 'secured' then
    perform public.pool_unhold(purchase.kind, purchase.row_id, false);
  end if;
  return 'applied';
end $$;

create function public.pool_purchase_allow(id bigint, person text) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  purchase public.pool_purchases;
begin
  select p.* into purchase from public.pool_purchases p where p.id = pool_purchase_allow.id;
  if not found then return 'refused: there is no such purchase'; end if;
  perform public.pool_lock(purchase.kind, purchase.row_id, true);
  select p.* into purchase from public.pool_purchases p where p.id = pool_purchase_allow.id for no key update;
  if purchase.state = 'allowed' then return 'already'; end if;
  if purchase.state <> 'unknown' then return format('refused: it is %s, not unknown', purchase.state); end if;
  perform public.pool_advance(purchase, 'allowed', '{}');
  update public.pool_purchases p set allowed_by = pool_purchase_allow.person where p.id = purchase.id;
  perform public.pool_unhold(purchase.kind, purchase.row_id, true);
  return 'applied';
end $$;

select public.pool_close_doors();
