-- Notes how far the audio of sessions is durable. KEYS: sessions. ARGV: of each, generation and position.
-- Answers for each 1, 0 when a newer speaker has the session, -1 when Redis does not know it or only in an older state.
local answers = {}
for n, key in ipairs(KEYS) do
  local generation, position = tonumber(ARGV[2 * n - 1]), tonumber(ARGV[2 * n])
  local known = redis.call('HMGET', key, 'generation', 'position')
  local newest = tonumber(known[1] or -1)
  if newest == generation and position > tonumber(known[2] or -1) then
    redis.call('HSET', key, 'position', ARGV[2 * n])
  end
  answers[n] = newest == generation and 1 or newest > generation and 0 or -1
end
return answers
