-- The limit of one model, shared by everybody who speaks to this Redis: one call decides, on its clock.
--
-- KEYS state, log, calls, stopped, present, and one waiting list for each environment, the first in rank first.
--   state    hash: request_next, token_next (when the next one is due), tokens (sum over the log), factor, cut_at,
--            paused_until, refusals, owed:<n> (calls the floor owes to the nth environment); times in seconds since 1970
--   log      sorted set: call -> when it starts. The hard cap counts it.
--   calls    hash: call -> "tokens open|settled environment"
--   stopped  when the day's limit begins anew
--   present  sorted set: who waits -> until when that is believed
--   waiting  sorted sets: who waits -> since when
-- ARGV word, window seconds, requests, tokens, percent of the floor, seconds ahead, then what the word needs:
--   reserve  call, place of the environment (from 1), its name, tokens -> {word, seconds}: go after, again after, stopped until
--   settle   call, tokens ("" = unknown), "1" = the service answered
--   refused  "minute" | "unknown", seconds asked, seconds of jitter -> seconds of the pause
--   stop     until when
--   look     -> now, requests, tokens, factor, paused_until, stopped, waiting of each environment

local STATE, LOG, CALLS, STOPPED, PRESENT = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local FIRST_QUEUE = 6
local word, window = ARGV[1], tonumber(ARGV[2])
local most_requests, most_tokens, percent = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])

local BURST = 0.01          -- of the limit may go at once; the rest is paced
local SLACK = 0.01          -- of the window: so much later than granted may a call arrive
local AHEAD = tonumber(ARGV[6]) -- seconds that are given out in advance
local WAIT = 2 * AHEAD      -- who is near its turn asks again within this
local QUIET = 3 * AHEAD     -- after a loss: till then is over what was granted before it, and without Redis
local FLOOR, CUT, RECOVERY = 0.25, 0.8, 0.01 * 12 / window -- 1 % in 5 s of a minute
local MOST_OWED = 3
local KEPT = math.ceil(window * 3) + 1
local DAY = 86400

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000

local function written(number) return string.format('%.6f', number) end

local state = {}
local fields = redis.call('HGETALL', STATE)
for i = 1, #fields, 2 do state[fields[i]] = fields[i + 1] end
local is_new = not state.request_next -- never used, not for a day, or Redis lost it
local function get(field, default) return tonumber(state[field]) or default end
local function set(field, number) state[field] = written(number) end

local function save()
  local flat = {}
  for field, value in pairs(state) do flat[#flat + 1] = field; flat[#flat + 1] = value end
  if #flat > 0 then redis.call('HSET', STATE, unpack(flat)) end
  redis.call('EXPIRE', STATE, DAY)
  for i = 2, #KEYS do
    if i ~= 4 then redis.call('EXPIRE', KEYS[i], KEPT) end
  end
end

-- A call as it is noted: tokens, open or settled, environment.
local function noted(call)
  local tokens, status, name = string.match(redis.call('HGET', CALLS, call) or '', '^(%d+) (%l+) (.*)$')
  return tonumber(tokens) or 0, status, name
end

local span = window * (1 + SLACK)

local function remember()
  local sum = 0
  for _, call in ipairs(redis.call('ZRANGE', LOG, 0, -1)) do sum = sum + noted(call) end
  set('tokens', sum)
end

local function forget()
  local oldest = written(now - span)
  for _, call in ipairs(redis.call('ZRANGEBYSCORE', LOG, '-inf', oldest)) do
    set('tokens', get('tokens', 0) - noted(call))
    redis.call('HDEL', CALLS, call)
  end
  redis.call('ZREMRANGEBYSCORE', LOG, '-inf', oldest)
  if redis.call('ZCARD', LOG) == 0 then set('tokens', 0) end
  for _, call in ipairs(redis.call('ZRANGEBYSCORE', PRESENT, '-inf', written(now))) do
    redis.call('ZREM', PRESENT, call)
    for i = FIRST_QUEUE, #KEYS do redis.call('ZREM', KEYS[i], call) end
  end
end

local function factor()
  local cut = get('factor', 1)
  if cut >= 1 then return 1 end
  return math.min(1, cut + (now - get('cut_at', now)) * RECOVERY)
end

local share = factor()
local limit_requests = math.max(1, math.floor(most_requests * share))
local limit_tokens = math.max(1, math.floor(most_tokens * share))
local request_rate = limit_requests * (1 - BURST) / window
local token_rate = limit_tokens * (1 - BURST) / window
local tolerance = window * BURST / (1 - BURST)

-- When so many tokens may go: paced, and never more than the limit in any window. Counted is all that starts after
-- the window before that moment, also what starts later than it: no window that holds the moment can be over.
local function start_of(tokens, no_later)
  local start = math.max(now, get('request_next', 0) - tolerance, get('token_next', 0) - tolerance)
  local count, sum = redis.call('ZCARD', LOG), get('tokens', 0)
  local room = math.max(0, limit_tokens - tokens)
  local oldest = 0
  while count > 0 do
    local entry = redis.call('ZRANGE', LOG, oldest, oldest, 'WITHSCORES')
    local leaves = tonumber(entry[2]) + span
    if leaves > start then
      if count < limit_requests and sum <= room then break end
      start = leaves
      if start > no_later then break end
    end
    count, sum, oldest = count - 1, sum - noted(entry[1]), oldest + 1
  end
  return start
end

local function reserve(call, place, name, tokens)
  local queue = KEYS[FIRST_QUEUE + place - 1]
  local started = redis.call('ZSCORE', LOG, call)
  if started then return {'go', written(math.max(0, tonumber(started) - now))} end
  if is_new then
    set('request_next', now)
    set('paused_until', math.max(get('paused_until', 0), now + QUIET))
  end

  -- Who is far from its turn asks at half the way: those before it may leave.
  local function wait(seconds)
    seconds = math.max(AHEAD / 100, math.min(seconds, WAIT), math.min(seconds / 2, 3 * WAIT))
    redis.call('ZADD', queue, 'NX', written(now), call)
    redis.call('ZADD', PRESENT, written(now + seconds + 2 * WAIT), call)
    return {'again', written(seconds)}
  end

  local paused_until = get('paused_until', 0)
  if paused_until > now then return wait(paused_until - now) end

  local rank = redis.call('ZRANK', queue, call) or redis.call('ZCARD', queue)
  local ahead = rank
  for i = FIRST_QUEUE, FIRST_QUEUE + place - 2 do ahead = ahead + redis.call('ZCARD', KEYS[i]) end
  local owed = get('owed:' .. place, 0)
  local is_owed = ahead > 0 and rank < math.floor(owed)
  local horizon = AHEAD
  if is_owed then ahead, horizon = 0, WAIT end
  -- What is larger than a burst would never find room among small ones: it is given its place early.
  if tokens > limit_tokens * BURST then horizon = window end

  local start = start_of(tokens, now + horizon)
  local mean = get('tokens', 0) / math.max(1, redis.call('ZCARD', LOG))
  local interval = math.max(1 / request_rate, mean / token_rate)
  local turn = start + ahead * interval
  -- Who is before it and does not take what is there, is gone or comes too late: nothing lies idle for that.
  if turn > now + horizon and start > now + AHEAD / 2 then
    local seconds = turn - now - horizon
    if place > 1 then seconds = math.min(seconds, (rank + 1 - owed) * interval * 100 / percent) end
    return wait(seconds)
  end

  redis.call('ZADD', LOG, written(start), call)
  redis.call('HSET', CALLS, call, string.format('%d open %s', tokens, name))
  redis.call('ZREM', queue, call)
  redis.call('ZREM', PRESENT, call)
  set('tokens', get('tokens', 0) + tokens)
  set('request_next', math.max(get('request_next', 0), start) + 1 / request_rate)
  set('token_next', math.max(get('token_next', 0), start) + tokens / token_rate)
  if is_owed then set('owed:' .. place, owed - 1) end
  for i = 2, #KEYS - FIRST_QUEUE + 1 do
    if redis.call('ZCARD', KEYS[FIRST_QUEUE + i - 1]) == 0 then set('owed:' .. i, 0)
    elseif i ~= place then set('owed:' .. i, math.min(MOST_OWED, get('owed:' .. i, 0) + percent / 100)) end
  end
  return {'go', written(start - now)}
end

local function settle(call, tokens, answered)
  if answered == '1' then set('refusals', 0) end
  local estimate, status, name = noted(call)
  if status ~= 'open' then return 0 end
  local actual = tonumber(tokens) or estimate
  redis.call('HSET', CALLS, call, string.format('%d settled %s', actual, name))
  set('tokens', get('tokens', 0) + actual - estimate)
  set('token_next', get('token_next', now) + (actual - estimate) / token_rate)
  return 1
end

-- One refusal of many that were on their way together cuts; the others are told of the same thing.
local function refused(kind, seconds, jitter)
  local is_first = get('paused_until', 0) <= now
  if kind == 'unknown' then
    local count = get('refusals', 0) + (is_first and 1 or 0)
    set('refusals', count)
    seconds = math.min(window, seconds * 2 ^ math.max(0, count - 1))
  elseif is_first then
    set('factor', math.max(FLOOR, factor() * CUT))
    set('cut_at', now)
  end
  set('paused_until', math.max(get('paused_until', 0), now + seconds + jitter))
  return written(get('paused_until', now) - now)
end

local function stop(until_when)
  redis.call('SET', STOPPED, until_when)
  redis.call('EXPIREAT', STOPPED, math.ceil(tonumber(until_when)))
  return until_when
end

local function look()
  local stopped = redis.call('GET', STOPPED) or '0'
  local since, until_now = '(' .. written(now - window), written(now)
  local tokens = 0
  for _, call in ipairs(redis.call('ZRANGEBYSCORE', LOG, since, until_now)) do tokens = tokens + noted(call) end
  local answer = {
    written(now), tostring(redis.call('ZCOUNT', LOG, since, until_now)), tostring(tokens), written(share),
    written(get('paused_until', 0)), stopped,
  }
  for i = FIRST_QUEUE, #KEYS do answer[#answer + 1] = tostring(redis.call('ZCARD', KEYS[i])) end
  return answer
end

local function when_not_stopped()
  local stopped = tonumber(redis.call('GET', STOPPED) or 0)
  if stopped > now then return {'stopped', written(stopped - now)} end
  return reserve(ARGV[7], tonumber(ARGV[8]), ARGV[9], tonumber(ARGV[10]))
end

if is_new then remember() end
forget()
local answer
if word == 'reserve' then answer = when_not_stopped()
elseif word == 'settle' then answer = settle(ARGV[7], ARGV[8], ARGV[9])
elseif word == 'refused' then answer = refused(ARGV[7], tonumber(ARGV[8]), tonumber(ARGV[9]))
elseif word == 'stop' then answer = stop(ARGV[7])
else answer = look()
end
save()
return answer
