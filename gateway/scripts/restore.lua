-- Writes a session that Redis forgot, unless it is there. KEYS: session. ARGV: fields and values.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1
