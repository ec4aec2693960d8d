-- Gives Redis a session that it does not know, or knows in an older version: order is (generation, updated_at).
-- KEYS: session, code. ARGV: generation, updated_at, record, state, muted, position (empty: unknown), speaker (empty: not here).
-- Answers 1 when it was new, 0 when this version was known, -1 when a newer one is, or the session was deleted.
if redis.call('GET', KEYS[2]) == 'deleted' then
  return -1
end
local known = redis.call('HMGET', KEYS[1], 'generation', 'updated_at', 'position')
local generation, updated_at = tonumber(known[1] or -1), tonumber(known[2] or -1)
if generation > tonumber(ARGV[1]) or (generation == tonumber(ARGV[1]) and updated_at > tonumber(ARGV[2])) then
  return -1
end
local new = generation < tonumber(ARGV[1]) or updated_at < tonumber(ARGV[2])
if new then
  redis.call('HSET', KEYS[1], 'generation', ARGV[1], 'updated_at', ARGV[2], 'record', ARGV[3], 'state', ARGV[4],
    'muted', ARGV[5], 'speaker', '')
  redis.call('HDEL', KEYS[1], 'position', 'exact')
  redis.call('PERSIST', KEYS[1])
end
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[1], 'speaker', ARGV[7])
end
if ARGV[6] ~= '' and (new or tonumber(ARGV[6]) > tonumber(known[3] or -1)) then
  redis.call('HSET', KEYS[1], 'position', ARGV[6])
end
return new and 1 or 0
