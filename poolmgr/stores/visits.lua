-- KEYS: the visitors of a registry, a sorted set by when each is forgotten; when its next search may begin. Milliseconds on
-- Redis' own clock. ARGV: the visitor, how many at once (0 = any number), the gap between two beginnings (0 = only come in, or
-- stay), how long a visitor is kept, the longest wait. Answers {why not, wait}: an empty why = come in, and begin after the wait.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local visitor, most, gap, kept, longest = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if most > 0 and not redis.call('ZSCORE', KEYS[1], visitor) and redis.call('ZCARD', KEYS[1]) >= most then
  return { 'searches_at_once', 0 }
end
local wait = 0
if gap > 0 then
  wait = math.max(0, (tonumber(redis.call('GET', KEYS[2])) or 0) - now)
  if wait > longest then return { 'searches_a_minute', wait } end
  local after = math.ceil(wait + gap)
  redis.call('SET', KEYS[2], string.format('%.0f', now + after), 'PX', after)
end
redis.call('ZADD', KEYS[1], now + kept, visitor)
redis.call('PEXPIRE', KEYS[1], kept)
return { '', wait }
