-- The log says that a language is asked for: that debt is paid, and one that came after it is not.
-- KEYS: owed. ARGV: language, number of the debt.
local debt = redis.call('HGET', KEYS[1], ARGV[1])
if debt and string.match(debt, ' (.*)') == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
