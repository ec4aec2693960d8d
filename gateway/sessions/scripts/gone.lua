-- Whether a gateway lives no more, as far as anyone can tell: its lease is over, its successor has come, or nobody hears
-- its channel, which Redis knows as soon as the connection is cut. That proves something only if Redis knows that the one
-- who asks hears its own: all connections may have been cut just now; and if it knew the same of the other one, which may
-- only have begun a moment ago. Stands before the scripts that ask for it.
local function gone(gateway, lease, now, me, channel, mark)
  if lease['until'] <= now or redis.call('EXISTS', mark .. gateway) == 1 then
    return true
  end
  local heard = redis.call('PUBSUB', 'NUMSUB', channel .. gateway, channel .. me)
  return heard[2] == 0 and heard[4] > 0 and lease.heard
end
