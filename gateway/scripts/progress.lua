-- Notes how far the audio is durable. KEYS: session. ARGV: generation, position.
-- Answers 1, 0 when a newer speaker has the session, -1 when Redis does not know it.
local now = redis.call('HMGET', KEYS[1], 'generation', 'position')
if not now[1] then
  return -1
end
if now[1] ~= ARGV[1] then
  return 0
end
if tonumber(ARGV[2]) > tonumber(now[2] or '0') then
  redis.call('HSET', KEYS[1], 'position', ARGV[2])
end
return 1
