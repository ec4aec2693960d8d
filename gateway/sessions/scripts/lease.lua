-- Writes a gateway's lease in Redis time, and keeps account of listeners whose sockets ended.
-- KEYS: audience, members, languages, spoken languages, owed, what the names of the absent begin with, code.
-- ARGV: gateway id, lease as JSON with "until":0 and "heard":false (empty: none), Change as JSON (gateway/sessions/lease.py).
-- Answers now, then the languages of which this gateway has yet to say in the log that they are asked for, each with
-- the number of the debt, which tells it from a later one.
local audience, members, languages, spoken, owed, absent, code = unpack(KEYS)
local me, change = ARGV[1], cjson.decode(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('GET', code) == 'deleted' then
  return { now }
end
redis.call('DEL', change.mark .. me)

local function read(language)
  return absent .. ':captions:' .. language
end

local function heard(entry)
  return absent .. ':speech:' .. entry
end

local function linger(listener, wish, since)
  if wish[1] ~= '' then
    redis.call('ZADD', read(wish[1]), since + change.captions_ms, listener)
  end
  if wish[2] ~= '' then
    redis.call('ZADD', heard(wish[2]), since + change.speech_ms, listener)
  end
end

-- Whose gateway is gone is absent from now on.
local rows, leases, others = redis.call('HGETALL', audience), {}, {}
for i = 1, #rows, 2 do
  local gateway, lease = rows[i], cjson.decode(rows[i + 1])
  if gateway ~= me and gone(gateway, lease, now, me, change.channel, change.mark) then
    for listener, wish in pairs(cjson.decode(redis.call('HGET', members, gateway) or '{}')) do
      linger(listener, wish, math.min(now, lease['until']))
    end
    redis.call('HDEL', audience, gateway)
    redis.call('HDEL', members, gateway)
  else
    leases[#leases + 1] = lease
    if gateway ~= me then
      others[gateway] = redis.call('HGET', members, gateway) or '{}'
    end
  end
end
for _, language in ipairs(change.languages) do
  redis.call('SADD', languages, language)
end
for _, entry in ipairs(change.spoken) do
  redis.call('SADD', spoken, entry)
end
local sets = {}
for _, language in ipairs(redis.call('SMEMBERS', languages)) do
  sets[#sets + 1] = { language, read(language) }
end
for _, entry in ipairs(redis.call('SMEMBERS', spoken)) do
  sets[#sets + 1] = { string.match(entry, '^[^:]*'), heard(entry) }
end
local lingers = {}
for _, set in ipairs(sets) do
  redis.call('ZREMRANGEBYSCORE', set[2], '-inf', now)
  if redis.call('EXISTS', set[2]) == 1 then
    lingers[set[1]] = true
  end
end

-- What is asked for now and was not a moment ago is owed to translate.
local function wanted(language)
  for _, lease in ipairs(leases) do
    local captions, speech = lease.captions[language], lease.speech[language]
    if captions and lease['until'] + change.captions_ms > now or speech and lease['until'] + change.speech_ms > now then
      return true
    end
  end
  return lingers[language]
end
for _, language in ipairs(change.targets) do
  if not wanted(language) then
    redis.call('HSET', owed, language, string.format('%s %s.%06d', me, time[1], time[2]))
  end
end

-- Who is here, or went on purpose, is not absent, whatever another gateway believes. Who came back without saying who
-- it is takes the place of the one that has been away longest; when that one comes back, it takes the next one's.
local present, taken, seek = change.cleared, absent .. ':taken', change.unnamed
redis.call('ZREMRANGEBYSCORE', taken, '-inf', now)
for _, listener in ipairs(present) do
  if redis.call('ZREM', taken, listener) == 1 and change.members[listener] then
    seek[#seek + 1] = change.members[listener]
  end
end
if redis.call('HEXISTS', audience, me) == 0 then
  for listener in pairs(change.members) do
    present[#present + 1] = listener
  end
end
local function not_absent(first)
  for start = first, #present, 1000 do
    for _, set in ipairs(sets) do
      redis.call('ZREM', set[2], unpack(present, start, math.min(start + 999, #present)))
    end
  end
end
not_absent(1)
for _, wish in ipairs(seek) do
  local longest = redis.call('ZRANGE', wish[1] ~= '' and read(wish[1]) or heard(wish[2]), 0, 0)[1]
  if longest then
    redis.call('ZADD', taken, now + change.captions_ms, longest)
    present[#present + 1] = longest
    not_absent(#present)
  end
end
local elsewhere = {}
if #present > 0 or next(change.absent) then
  for gateway, row in pairs(others) do
    local there, fewer = cjson.decode(row), false
    for listener in pairs(change.absent) do
      elsewhere[listener] = elsewhere[listener] or there[listener]
    end
    for _, listener in ipairs(present) do
      fewer = fewer or there[listener] ~= nil
      there[listener] = nil
    end
    if fewer then
      redis.call('HSET', members, gateway, cjson.encode(there))
    end
  end
end
for listener, wish in pairs(change.absent) do
  if not elsewhere[listener] then
    linger(listener, wish, now)
  end
end

if ARGV[2] == '' then
  redis.call('HDEL', audience, me)
  redis.call('HDEL', members, me)
else
  local lease = string.gsub(ARGV[2], '"until":0', string.format('"until":%.0f', now + change.lease_ms), 1)
  if redis.call('PUBSUB', 'NUMSUB', change.channel .. me)[2] > 0 then
    lease = string.gsub(lease, '"heard":false', '"heard":true', 1)
  end
  redis.call('HSET', audience, me, lease)
  redis.call('HSET', members, me, cjson.encode(change.members))
end
for _, key in ipairs({ audience, members, languages, spoken, owed }) do
  redis.call('PEXPIRE', key, change.keep_ms)
end
redis.call('PEXPIRE', taken, change.keep_ms)
for _, set in ipairs(sets) do
  redis.call('PEXPIRE', set[2], change.keep_ms)
end
local answer, debts = { now }, redis.call('HGETALL', owed)
for i = 1, #debts, 2 do
  local language, debtor, number = debts[i], string.match(debts[i + 1], '(%S+) (.*)')
  if not others[debtor] then -- its gateway may be gone
    redis.call('HSET', owed, language, me .. ' ' .. number)
    answer[#answer + 1] = language
    answer[#answer + 1] = number
  end
end
return answer
