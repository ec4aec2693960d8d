-- The speaker's socket is gone. KEYS: session. ARGV: generation. Answers 1 unless a newer speaker has the session.
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'speaker', '')
return 1
