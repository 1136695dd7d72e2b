-- The pool's own tables. No row of the product is copied here: only what a row of it means to the pool.

create table public.pool_settings (
  key text primary key,
  value jsonb not null,
  set_by text not null default current_user,
  set_at timestamptz not null default now()
);

create table public.pool_jobs (
  kind text not null check (kind in ('land', 'req', 'rdprm', 'ocr_index', 'ocr_acte')),
  row_id uuid not null,
  attempts int not null default 0,
  outages int not null default 0,
  not_before timestamptz,
  held boolean not null default false,
  last_error text,
  trail jsonb not null default '[]',
  updated_at timestamptz not null default now(),
  primary key (kind, row_id)
);

create table public.pool_leases (
  token uuid primary key default gen_random_uuid(),
  claim_id uuid not null,
  kind text not null,
  row_id uuid not null,
  worker text not null,
  host text not null,
  claimed_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  outcome text,
  outcome_md5 text
);
create unique index pool_leases_one_owner on public.pool_leases (kind, row_id) where ended_at is null;
create index pool_leases_claim on public.pool_leases (claim_id);
create index pool_leases_row on public.pool_leases (kind, row_id);
create index pool_leases_worker on public.pool_leases (worker) where ended_at is null;
create index pool_leases_ended on public.pool_leases (ended_at) where ended_at is not null;

create table public.pool_purchases (
  id bigint generated always as identity primary key,
  registry text not null check (registry in ('land', 'rdprm')),
  identity text not null,
  kind text not null,
  row_id uuid not null,
  token uuid not null,
  worker text not null,
  host text not null,
  account text,
  price_cents int not null check (price_cents >= 0),
  budget_day date not null,
  reference text,
  state text not null check (state in
    ('intent', 'clicked', 'void', 'not_sold', 'secured', 'delivered', 'unknown', 'allowed')),
  intent_at timestamptz not null default clock_timestamp(),
  clicked_at timestamptz,
  secured_at timestamptz,
  closed_at timestamptz,
  allowed_by text,
  sha256 text,
  size bigint,
  facts jsonb not null default '{}'
);
create unique index pool_purchases_one_open on public.pool_purchases (registry, identity)
  where state in ('intent', 'clicked', 'secured', 'unknown');
create index pool_purchases_row on public.pool_purchases (kind, row_id);
create index pool_purchases_token on public.pool_purchases (token);
create index pool_purchases_reuse on public.pool_purchases (registry, identity) where state = 'delivered';
create index pool_purchases_standing on public.pool_purchases (kind, row_id) where state in ('secured', 'unknown');

create table public.pool_budgets (
  registry text not null,
  day date not null,
  limit_cents int not null default 0,
  reserved_cents int not null default 0 check (reserved_cents >= 0),
  spent_cents int not null default 0 check (spent_cents >= 0),
  primary key (registry, day)
);

create table public.pool_account_leases (
  lease_id uuid primary key,
  registry text not null,
  account text not null,
  worker text not null,
  host text not null,
  leased_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  result text
);
create unique index pool_account_leases_one_owner on public.pool_account_leases (registry, account) where ended_at is null;

create table public.pool_ocr_results (
  row_id uuid not null,
  page int not null,
  engine text,
  prompt_version text,
  content jsonb not null,
  confidences jsonb,
  corrections jsonb,
  tokens int,
  cents numeric,
  created_at timestamptz not null default now(),
  primary key (row_id, page)
);

-- Hosted projects grant every new table and function to anon and authenticated, by name: revoking from public does
-- not take that back. Called at the end of every migration that makes something.
create function public.pool_close_doors() returns int language plpgsql set search_path = '' as $$
declare
  thing record;
  closed int := 0;
begin
  for thing in
    select c.oid::regclass::text as name, c.relkind from pg_catalog.pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relname like 'pool\_%' and c.relkind in ('r', 'v', 'S')
  loop
    execute format('revoke all on %s from public, anon, authenticated, service_role', thing.name);
    execute format('grant %s on %s to service_role', case when thing.relkind = 'S' then 'usage, select'
      when thing.relkind = 'v' or thing.name ~ 'pool_migrations$' then 'select' else 'select, insert, update, delete' end, thing.name);
    if thing.relkind = 'r' then execute format('alter table %s enable row level security', thing.name); end if;
    closed := closed + 1;
  end loop;
  for thing in
    select p.oid::regprocedure::text as name, p.prorettype = 'trigger'::regtype or p.proname = 'pool_close_doors' as is_ours
    from pg_catalog.pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.proname like 'pool\_%'
  loop
    execute format('revoke all on function %s from public, anon, authenticated, service_role', thing.name);
    if not thing.is_ours then execute format('grant execute on function %s to service_role', thing.name); end if;
    closed := closed + 1;
  end loop;
  return closed;
end $$;
select public.pool_close_doors();
