-- Writes a gateway's lease in Redis time. KEYS: audience, languages, spoken languages, code.
-- ARGV: gateway id, lease as JSON with "until":0 (empty: none), ms that it counts, ms that the keys live,
-- number of languages, languages, then spoken languages.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('GET', KEYS[4]) == 'deleted' then
  return now
end
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  local lease = string.gsub(ARGV[2], '"until":0', string.format('"until":%.0f', now + ARGV[3]), 1)
  redis.call('HSET', KEYS[1], ARGV[1], lease)
end
local count = tonumber(ARGV[5])
for i = 6, #ARGV do
  redis.call('SADD', i < 6 + count and KEYS[2] or KEYS[3], ARGV[i])
end
for i = 1, 3 do
  redis.call('PEXPIRE', KEYS[i], ARGV[4])
end
return now
