-- Compare-and-set on (generation, state). KEYS: session. ARGV: generation, state, then fields and their new values.
-- Answers 1 when it was done, else 0.
local now = redis.call('HMGET', KEYS[1], 'generation', 'state')
if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return 1
