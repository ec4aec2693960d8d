-- The leases of the gateways that live. KEYS: audience. ARGV: id of the gateway that asks, what the names of
-- gateways' channels begin with, and those of the marks of who is gone. Answers now, then gateway and lease in turn.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local rows, living = redis.call('HGETALL', KEYS[1]), { now }
for i = 1, #rows, 2 do
  if not gone(rows[i], cjson.decode(rows[i + 1]), now, unpack(ARGV)) then
    living[#living + 1] = rows[i]
    living[#living + 1] = rows[i + 1]
  end
end
return living
