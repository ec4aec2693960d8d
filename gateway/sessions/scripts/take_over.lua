-- A newer speaker socket takes the session. KEYS: session. ARGV: gateway id, Unix ms.
-- Answers the new generation, the state and whether it is muted; nothing when there is nothing to take.
local known = redis.call('HMGET', KEYS[1], 'state', 'muted')
if not known[1] or known[1] == 'ended' then
  return {}
end
redis.call('HSET', KEYS[1], 'speaker', ARGV[1], 'updated_at', ARGV[2], 'exact', '0')
return {redis.call('HINCRBY', KEYS[1], 'generation', 1), known[1], known[2] or '0'}
