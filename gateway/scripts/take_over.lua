-- A newer speaker socket takes the session. KEYS: session. ARGV: gateway id.
-- Answers the new generation; 0 when there is nothing to take.
local state = redis.call('HGET', KEYS[1], 'state')
if not state or state == 'ended' then
  return 0
end
redis.call('HSET', KEYS[1], 'speaker', ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'generation', 1)
