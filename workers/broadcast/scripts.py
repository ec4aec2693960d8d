"""What broadcast does in Redis, each in one step: KEYS and ARGV of a script stand in its first lines."""

_UNLESS_DELETED = """
-- KEYS: channel, its revisions, what was revised, filled, code; ARGV: run id under which the histories are being filled
-- (else empty), payload, segment, then those of each script
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if ARGV[1] ~= run and redis.call('GET', KEYS[4]) ~= run then return -1 end
if redis.call('GET', KEYS[5]) == 'deleted' then return 0 end
local function last_id(key)
  if redis.call('EXISTS', key) == 0 then return '' end
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end
"""

OVERTAKEN = 2
"""The answer of PUBLISH: of this segment there is nothing, but there is of those before it, and of the other topic of
those behind it."""
PUBLISH = (
    _UNLESS_DELETED
    + """
-- ARGV: as above, number, topic ('1': translations), now, most entries, oldest time, ms to keep
local previous = last_id(KEYS[1])
if previous ~= '' then
  local segment, number = previous:match('^(%d+)-(%d+)$')
  segment, number = tonumber(segment), tonumber(number)
  if tonumber(ARGV[3]) == segment and tonumber(ARGV[4]) <= number then return 0 end
  if tonumber(ARGV[3]) < segment then
    if redis.call('XRANGE', KEYS[1], ARGV[3], ARGV[3], 'COUNT', 1)[1] then return 0 end
    -- What its own topic holds comes in order: if that has something behind it, it is another version of what is there.
    local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    if not newest or newest[2][6] == ARGV[5] then return 0 end
    for _, behind in ipairs(redis.call('XREVRANGE', KEYS[1], '+', ARGV[3])) do
      if (behind[2][6] or ARGV[5]) == ARGV[5] then return 0 end
    end
    local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    return tonumber(first[1]:match('^%d+')) < tonumber(ARGV[3]) and 2 or 0
  end
end
local id = ARGV[3] .. '-' .. ARGV[4]
redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[7], id, 'p', ARGV[2], 'at', ARGV[6], 'topic', ARGV[5])
while true do
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
  if not first or first[1] == id or tonumber(first[2][4]) >= tonumber(ARGV[8]) then break end
  redis.call('XDEL', KEYS[1], first[1])
end
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[9]) end
redis.call('PUBLISH', KEYS[1], id .. '\\n' .. previous .. '\\n' .. ARGV[2])
return 1
"""
)

REVISE = (
    _UNLESS_DELETED
    + """
-- ARGV: as above, revision, topic ('1': translations), offset, most entries, ms to keep without history
-- Of each segment only the newest stays, and of too many segments those that were spoken last, as in the history; the
-- last entry stays in any case: whoever begins to read knows from it what was published.
-- The offsets of two topics do not compare: an id says of either how far it was read.
local previous = last_id(KEYS[2])
local transcripts, translations = previous:match('^(%d+)-(%d+)$')
transcripts, translations = tonumber(transcripts or 0), tonumber(translations or 0)
local behind = tonumber(ARGV[6]) + 1
if behind <= (ARGV[5] == '1' and translations or transcripts) then return 0 end
if ARGV[5] == '1' then translations = behind else transcripts = behind end
local said = redis.call('XREVRANGE', KEYS[1], ARGV[3], ARGV[3], 'COUNT', 1)[1]
if said and tonumber(said[1]:match('%d+$')) >= tonumber(ARGV[4]) then return 0 end
local revised = redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[3], ARGV[3])[1]
if revised then
  if tonumber(revised:match('%d+$')) >= tonumber(ARGV[4]) then return 0 end
  redis.call('ZREM', KEYS[3], revised)
  redis.call('XDEL', KEYS[2], revised:match('^[^ ]+'))
end
local id = string.format('%.0f-%.0f', transcripts, translations)
redis.call('XADD', KEYS[2], id, 'p', ARGV[2])
local member = id .. ' ' .. ARGV[4]
redis.call('ZADD', KEYS[3], ARGV[3], member)
while redis.call('ZCARD', KEYS[3]) > tonumber(ARGV[7]) do
  local lowest = redis.call('ZRANGE', KEYS[3], 0, 1)
  local old = lowest[1] == member and lowest[2] or lowest[1]
  redis.call('ZREM', KEYS[3], old)
  redis.call('XDEL', KEYS[2], old:match('^[^ ]+'))
end
local keep = redis.call('PTTL', KEYS[1])
for i = 2, 3 do redis.call('PEXPIRE', KEYS[i], keep > 0 and keep or ARGV[8]) end
redis.call('PUBLISH', KEYS[1], '\\n\\nrevised\\n' .. id .. '\\n' .. previous .. '\\n' .. ARGV[2])
return 1
"""
)

NOTE_LAG = """
-- KEYS: lag, code; ARGV: ms to keep, then stages and ms
if redis.call('GET', KEYS[2]) == 'deleted' then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
"""

NOTE_LANGUAGE = """
-- KEYS: session, control channel; ARGV: language, end of the final that says so, what to tell the gateways.
-- They are told what is new, also what was found out before the speaker last chose a language.
local record = redis.call('HGET', KEYS[1], 'record')
if not record then return 0 end
local known, at = string.match(redis.call('HGET', KEYS[1], 'detected') or '', '^(%S+) (%d+)$')
local since = cjson.decode(record)['language_since'] or 0
if known == ARGV[1] and tonumber(at) > since then return 0 end
if at and tonumber(at) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'detected', ARGV[1] .. ' ' .. ARGV[2])
redis.call('PUBLISH', KEYS[2], ARGV[3])
return 1
"""

FILLED = """
-- KEYS: filled; ARGV: a run id, empty: none is known to have made the histories whole. Answers the run id of now.
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if ARGV[1] == run then redis.call('SET', KEYS[1], run) end
return {run, redis.call('GET', KEYS[1]) == run and 1 or 0}
"""
