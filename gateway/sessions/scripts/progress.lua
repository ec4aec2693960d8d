-- Notes how far the audio is durable. KEYS: session. ARGV: generation, position.
-- Answers 1, 0 when a newer speaker has the session, -1 when Redis does not know it or only in an older state.
local known = redis.call('HMGET', KEYS[1], 'generation', 'position')
local generation = tonumber(known[1] or -1)
if generation < tonumber(ARGV[1]) then
  return -1
end
if generation > tonumber(ARGV[1]) then
  return 0
end
if tonumber(ARGV[2]) > tonumber(known[2] or -1) then
  redis.call('HSET', KEYS[1], 'position', ARGV[2])
end
return 1
