-- The predecessor's monitor gives back what a dead worker's row of worker_status names as its job. Ours names none once a
-- job has ended, but a host that loses its power between the two leaves the name of a document that is already here: its
-- row would wait again, and the document would be bought again. While the predecessor runs beside us, such a reset of a
-- finished row is passed over when the document was brought by this pool. A person's retry is not: it starts at 4.
create or replace function public.pool_guard() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if coalesce((select s.value from public.pool_settings s where s.key = 'predecessor_beside'), 'true') = 'false' then return new; end if;
  if old.status_id in (3, 5) then
    return case when exists (select from public.pool_purchases p where p.kind = 'land' and p.row_id = old.id and p.state = 'delivered')
      or exists (select from public.pool_leases l where l.kind = 'land' and l.row_id = old.id and l.outcome = 'done') then null else new end;
  end if;
  if exists (select from public.pool_leases l where l.row_id = old.id and l.ended_at is null and l.expires_at > clock_timestamp()
    and case l.kind when 'land' then old.status_id = 2 and old.worker_id = l.worker and old.processing_started_at = l.claimed_at
      else old.status_id = 6 and old.ocr_worker_id = l.worker and old.ocr_started_at = l.claimed_at end)
  then return null; end if;
  return new;
end $$;

create trigger pool_guard_finished before update on public.extraction_queue for each row
  when (old.status_id in (3, 5) and new.status_id = 1 and old.worker_id is not null and new.worker_id is null)
  execute function public.pool_guard();

select public.pool_close_doors();
