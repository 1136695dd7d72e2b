-- ARGV: {workers, assignments, readers} as JSON; milliseconds after which a silent worker is forgotten; seconds that
-- a key is kept. On Redis' own clock; the sums are of live members, so that a dead host leaks nothing.
local now = redis.call('TIME')
local moment = now[1] * 1000 + math.floor(now[2] / 1000)
local function put(key, workers)
  local known = redis.call('HGETALL', key)
  for place = 1, #known, 2 do
    local fits, worker = pcall(cjson.decode, known[place + 1])
    local seen = fits and type(worker) == 'table' and tonumber(worker.lastHeartbeat) or 0
    if moment - seen > tonumber(ARGV[2]) then redis.call('HDEL', key, known[place]) end
  end
  for _, worker in ipairs(workers) do
    if worker.gone then
      redis.call('HDEL', key, worker.workerId)
    else
      worker.lastHeartbeat = moment
      worker.lastUpdated = moment
      redis.call('HSET', key, worker.workerId, cjson.encode(worker))
    end
  end
  redis.call('EXPIRE', key, ARGV[3])
end
local told = cjson.decode(ARGV[1])
put('server:workers', told.workers)
put('worker_pool:assignments', told.assignments)
put('gemini:workers', told.readers)
local cpu, ram = 0, 0
for _, text in ipairs(redis.call('HVALS', 'server:workers')) do
  local worker = cjson.decode(text)
  cpu = cpu + (tonumber(worker.cpu) or 0)
  ram = ram + (tonumber(worker.ram) or 0)
end
local modes = { index = 0, acte = 0 }
for _, text in ipairs(redis.call('HVALS', 'worker_pool:assignments')) do
  local mode = cjson.decode(text).assignedMode
  if modes[mode] then modes[mode] = modes[mode] + 1 end
end
redis.call('SET', 'server:cpu:allocated', tostring(cpu), 'EX', ARGV[3])
redis.call('SET', 'server:ram:allocated', tostring(ram), 'EX', ARGV[3])
local allocation = { indexWorkers = modes.index, acteWorkers = modes.acte, totalWorkers = modes.index + modes.acte, reason = told.reason }
redis.call('SET', 'worker_pool:allocation', cjson.encode(allocation), 'EX', ARGV[3])
return #told.workers
