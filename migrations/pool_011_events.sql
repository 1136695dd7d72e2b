-- Hints that something became ready, and the guard against resets by others.

create function public.pool_hint_land() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('pool_ready', r.kind) from (select distinct case n.status_id when 1 then 'land' else 'ocr_' || n.document_source end as kind
    from now_rows n where n.status_id = 1 or n.status_id = 3 and n.document_source in ('index', 'acte')) r;
  return null;
end $$;

create function public.pool_hint_land_moved() returns trigger language plpgsql set search_path = '' as $$
begin
  perform pg_notify('pool_ready', r.kind) from (select distinct case n.status_id when 1 then 'land' else 'ocr_' || n.document_source end as kind
    from now_rows n join was_rows w on w.id = n.id
    where w.status_id is distinct from n.status_id and (n.status_id = 1 or n.status_id = 3 and n.document_source in ('index', 'acte'))) r;
  return null;
end $$;

create function public.pool_hint_req() returns trigger language plpgsql set search_path = '' as $$
begin
  if exists (select from now_rows n where n.status = 'pending_company_selection' and not n.req_completed) then
    perform pg_notify('pool_ready', 'req');
  end if;
  return null;
end $$;

create function public.pool_hint_rdprm() returns trigger language plpgsql set search_path = '' as $$
begin
  if exists (select from now_rows n where n.status = 'pending') then perform pg_notify('pool_ready', 'rdprm'); end if;
  return null;
end $$;

create trigger pool_hint_inserted after insert on public.extraction_queue referencing new table as now_rows
  for each statement execute function public.pool_hint_land();
create trigger pool_hint_updated after update on public.extraction_queue referencing old table as was_rows new table as now_rows
  for each statement execute function public.pool_hint_land_moved();
create trigger pool_hint_inserted after insert on public.search_sessions referencing new table as now_rows
  for each statement execute function public.pool_hint_req();
create trigger pool_hint_updated after update on public.search_sessions referencing new table as now_rows
  for each statement execute function public.pool_hint_req();
create trigger pool_hint_inserted after insert on public.rdprm_searches referencing new table as now_rows
  for each statement execute function public.pool_hint_rdprm();
create trigger pool_hint_updated after update on public.rdprm_searches referencing new table as now_rows
  for each statement execute function public.pool_hint_rdprm();

-- The predecessor resets rows by age, and every reset buys the document again: while it runs beside us, a row under a
-- live lease is passed over while it is as our claim wrote it. No error, so that its bulk reset goes on for the other
-- rows; a person's cancel (4) passes.
-- SECURITY DEFINER because it runs inside the product's own updates, whose users may not read pool_leases.
create function public.pool_guard() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if coalesce((select s.value from public.pool_settings s where s.key = 'predecessor_beside'), 'true') = 'false' then return new; end if;
  if exists (select from public.pool_leases l where l.row_id = old.id and l.ended_at is null and l.expires_at > clock_timestamp()
    and case l.kind when 'land' then old.status_id = 2 and old.worker_id = l.worker and old.processing_started_at = l.claimed_at
      else old.status_id = 6 and old.ocr_worker_id = l.worker and old.ocr_started_at = l.claimed_at end)
  then return null; end if;
  return new;
end $$;
create trigger pool_guard before update on public.extraction_queue for each row
  when (old.status_id in (2, 6) and new.status_id is distinct from old.status_id and new.status_id is distinct from 4)
  execute function public.pool_guard();

select public.pool_close_doors();
