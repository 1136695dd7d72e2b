-- Several outcomes in one call, each as pool_settle takes it: what ends at once need not be asked for one by one.

-- settlements: [{token, outcome}], at most 1,000. One that the database refuses undoes itself alone and is answered
-- `refused: sentence (SQLSTATE)`. All rows, leases, purchases and budgets are locked first, in the one order.
create function public.pool_settle_many(settlements jsonb) returns table (token uuid, answer text)
language plpgsql volatile set search_path = '' as $$
#variable_conflict use_column
declare
  one record;
begin
  if jsonb_array_length(pool_settle_many.settlements) > 1000 then
    raise exception 'at most 1000 settlements a call' using errcode = '22023';
  end if;
  perform public.pool_gather(array(select (s.value ->> 'token')::uuid from jsonb_array_elements(pool_settle_many.settlements) s), true);
  for one in
    select (s.value ->> 'token')::uuid as token, s.value -> 'outcome' as outcome
    from jsonb_array_elements(pool_settle_many.settlements) s
      left join public.pool_leases l on l.token = (s.value ->> 'token')::uuid
    order by l.row_id, 1
  loop
    token := one.token;
    begin
      answer := public.pool_settle(one.token, one.outcome);
    exception when data_exception or integrity_constraint_violation or program_limit_exceeded then
      answer := format('refused: %s (%s)', sqlerrm, sqlstate);
    end;
    return next;
  end loop;
end $$;

select public.pool_close_doors();
