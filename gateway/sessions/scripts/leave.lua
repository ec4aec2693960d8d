-- The speaker's socket is gone. KEYS: session. ARGV: generation, 1 if all its audio is in the log and noted.
-- Answers 1 unless a newer speaker has the session.
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'speaker', '', 'exact', ARGV[2])
return 1
