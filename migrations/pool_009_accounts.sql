-- Accounts of the registries, one holder each; and the workers' rows that the product shows.

create function public.pool_account_lease(lease_id uuid, registry text, worker text, host text, lease_seconds int) returns jsonb
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_account_leases;
  account public.worker_accounts;
  until timestamptz := clock_timestamp() + make_interval(secs => pool_account_lease.lease_seconds);
begin
  perform pg_advisory_xact_lock(hashtextextended('account ' || pool_account_lease.registry, 2));
  select a.* into lease from public.pool_account_leases a where a.lease_id = pool_account_lease.lease_id for no key update;
  if found and (lease.ended_at is not null or lease.expires_at <= clock_timestamp()) then return null; end if;
  if found then
    update public.pool_account_leases a set expires_at = until where a.lease_id = lease.lease_id;
  else
    update public.pool_account_leases a set ended_at = clock_timestamp(), result = 'expired'
      where a.lease_id in (select o.lease_id from public.pool_account_leases o where o.registry = pool_account_lease.registry
        and o.ended_at is null and o.expires_at <= clock_timestamp() order by o.lease_id for no key update);
    if pool_account_lease.registry = 'rdprm' then
      if exists (select from public.pool_account_leases a where a.registry = 'rdprm' and a.ended_at is null) then return null; end if;
      lease.account := 'config';
    else
      select w.* into account from public.worker_accounts w
        where coalesce(w.is_active, true) and coalesce(w.failure_count, 0) < 3 and not exists (
          select from public.pool_account_leases a where a.registry = pool_account_lease.registry and a.account = w.id::text and a.ended_at is null)
        order by w.last_used nulls first, w.id limit 1 for no key update of w skip locked;
      if not found then return null; end if;
      update public.worker_accounts w set last_used = clock_timestamp() where w.id = account.id;
      lease.account := account.id::text;
    end if;
    insert into public.pool_account_leases (lease_id, registry, account, worker, host, expires_at)
      values (pool_account_lease.lease_id, pool_account_lease.registry, lease.account, pool_account_lease.worker, pool_account_lease.host, until);
  end if;
  if lease.account = 'config' then return '{"id": "config"}'; end if;
  return (select jsonb_build_object('id', w.id, 'username', w.username, 'password', w.password)
    from public.worker_accounts w where w.id::text = lease.account);
end $$;

create function public.pool_account_return(lease_id uuid, result text) returns text
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  lease public.pool_account_leases;
begin
  if pool_account_return.result is null or pool_account_return.result not in ('ok', 'login_failed', 'released') then
    raise exception 'the result of an account is ok, login_failed or released' using errcode = '22023';
  end if;
  update public.pool_account_leases a set ended_at = clock_timestamp(), result = pool_account_return.result
    where a.lease_id = pool_account_return.lease_id and a.ended_at is null returning a.* into lease;
  if not found then return 'already'; end if;
  update public.worker_accounts w set failure_count = case pool_account_return.result when 'ok' then 0
      when 'login_failed' then coalesce(w.failure_count, 0) + 1 else w.failure_count end
    where w.id::text = lease.account and pool_account_return.result <> 'released';
  return 'applied';
end $$;

-- beats: [{worker_id, status, current_job_id, jobs_completed, jobs_failed}]. A missing job is written as null on purpose:
-- a job that stays named there is given back, and bought again, by the predecessor's monitor when its worker dies idle.
create function public.pool_worker_beat(beats jsonb) returns int
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  written int;
begin
  insert into public.worker_status as s (worker_id, status, current_job_id, last_heartbeat, jobs_completed, jobs_failed)
    select b ->> 'worker_id', b ->> 'status', (b ->> 'current_job_id')::uuid, clock_timestamp(),
      coalesce((b ->> 'jobs_completed')::int, 0), coalesce((b ->> 'jobs_failed')::int, 0)
    from jsonb_array_elements(pool_worker_beat.beats) b order by b ->> 'worker_id'
    on conflict (worker_id) do update set status = excluded.status, current_job_id = excluded.current_job_id,
      last_heartbeat = excluded.last_heartbeat, jobs_completed = excluded.jobs_completed, jobs_failed = excluded.jobs_failed;
  get diagnostics written = row_count;
  delete from public.worker_status s where s.id in (select o.id from public.worker_status o
    where o.last_heartbeat < now() - interval '1 day' for update skip locked);
  return written;
end $$;

select public.pool_close_doors();
