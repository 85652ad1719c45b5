-- Every limit of a caller in one script. Times are microseconds.
-- KEYS: minute, day, month_requests, month_tokens, concurrent
-- ARGV: what to do, now (empty: the server's clock), then as below
local minute, day, requests, tokens, concurrent = unpack(KEYS)
local SECOND, DAY = 1000000, 86400000000

local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * SECOND + time[2]
end

-- Start and end of the month of UTC (days to a civil date and back, after Howard Hinnant).
local function days_of(year, month)
  if month <= 2 then year = year - 1 end
  local era = math.floor(year / 400)
  local of_era = year - era * 400
  local of_year = math.floor((153 * ((month + 9) % 12) + 2) / 5)
  return era * 146097 + of_era * 365 + math.floor(of_era / 4) - math.floor(of_era / 100) + of_year - 719468
end

local function calendar_month()
  local z = math.floor(now / DAY) + 719468
  local era = math.floor(z / 146097)
  local of_era = z - era * 146097
  local year = math.floor((of_era - math.floor(of_era / 1460) + math.floor(of_era / 36524) - math.floor(of_era / 146096)) / 365)
  local of_year = of_era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = (math.floor((5 * of_year + 2) / 153) + 2) % 12 + 1
  year = year + era * 400
  if month <= 2 then year = year + 1 end
  local year_after, after = year, month + 1
  if after == 13 then year_after, after = year + 1, 1 end
  return days_of(year, month) * DAY, days_of(year_after, after) * DAY
end

-- The month of the given starts that it is; of the calendar, where it is none of them.
local function month_bounds(first)
  for place = first, #ARGV - 1 do
    local from, till = tonumber(ARGV[place]), tonumber(ARGV[place + 1])
    if from <= now and now < till then return from, till end
  end
  return calendar_month()
end

-- A counter is a hash {start, count}: what was counted in an earlier period is nothing; nil is a counter that is missing.
-- Its period began at the later of both starts, for one caller may know of a new one before another does; one that
-- lies ahead is of a clock that was set back.
local function counted(key, start)
  local found = redis.call('HMGET', key, 'start', 'count')
  if not found[1] then return nil end
  local began = tonumber(found[1])
  if began < start then return 0, start end
  return tonumber(found[2]), began > now and start or began
end

local function set(key, start, count, keep)
  redis.call('HSET', key, 'start', string.format('%.0f', start), 'count', string.format('%.0f', count))
  redis.call('PEXPIRE', key, keep)
end

local function add(key, start, more, keep)
  local before, began = counted(key, start)
  if before then set(key, began, math.max(0, before + more), keep) end
end

-- Never sooner than it does already: leases are of different lengths.
local function expire_after(key, milliseconds)
  redis.call('PEXPIRE', key, math.max(milliseconds, redis.call('PTTL', key)))
end

local function wait(till) return math.max(1, math.ceil((till - now) / SECOND)) end

local today = math.floor(now / DAY) * DAY
local KEEP_DAY, KEEP_MONTH = 3 * 86400000, 70 * 86400000
-- Keys end by the millisecond, and times are finer: a key outlives what it holds.
local MARGIN = 1000

-- The times of the calls of the last minute, newest first. One that lies far ahead is of a clock that was set back.
local function newest()
  local time = tonumber(redis.call('LINDEX', minute, 0))
  if time and time > now + 60 * SECOND then
    redis.call('DEL', minute)
    return nil
  end
  return time
end

local function said(number) return string.format('%.0f', number) end

local what = ARGV[1]

-- call, counts (all | minute), lease in seconds, limits (minute, day, requests, tokens, concurrent; -1 is none), months...
if what == 'admit' then
  local call, all, lease = ARGV[3], ARGV[4] == 'all', tonumber(ARGV[5])
  local most = {}
  for place = 6, 10 do most[place - 5] = tonumber(ARGV[place]) end
  local month, next_month = month_bounds(11)
  local used_day, used_requests, used_tokens
  if all then
    used_day = counted(day, today)
    local began
    used_requests, began = counted(requests, month)
    used_tokens = counted(tokens, month)
    if not (used_day and used_requests and used_tokens) then return {'recount', said(today), said(month)} end
    month = began
    if most[5] >= 0 then
      redis.call('ZREMRANGEBYSCORE', concurrent, '-inf', said(now))
      if redis.call('ZCARD', concurrent) >= most[5] then return {'concurrent', most[5], -1} end
    end
  end
  local at = now
  if most[1] >= 0 then
    local last = newest()
    if last and last > at then at = last end
    local oldest = tonumber(redis.call('LINDEX', minute, most[1] - 1))
    if oldest and at - oldest < 60 * SECOND then return {'minute', most[1], wait(oldest + 60 * SECOND)} end
  end
  if all then
    if most[2] >= 0 and used_day >= most[2] then return {'day', most[2], wait(today + DAY)} end
    if most[3] >= 0 and used_requests >= most[3] then return {'month_requests', most[3], wait(next_month)} end
    if most[4] >= 0 and used_tokens >= most[4] then return {'month_tokens', most[4], wait(next_month)} end
    set(day, today, used_day + 1, KEEP_DAY)
    set(requests, month, used_requests + 1, KEEP_MONTH)
    set(tokens, month, used_tokens, KEEP_MONTH)
    if most[5] >= 0 then
      redis.call('ZADD', concurrent, said(now + lease * SECOND), call)
      expire_after(concurrent, math.ceil(lease * 1000) + MARGIN)
    end
  end
  if most[1] >= 0 then
    redis.call('LPUSH', minute, said(at))
    redis.call('LTRIM', minute, 0, most[1] - 1)
    redis.call('PEXPIRE', minute, 60000 + MARGIN)
  end
  return {'admitted', said(today), said(month)}
end

-- call, tokens, requests to give back (0 | 1), the day and the month that it was counted in
if what == 'release' then
  local call, used, back, of_day, of_month = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
  redis.call('ZREM', concurrent, call)
  if back > 0 and of_day == today then add(day, of_day, -back, KEEP_DAY) end
  local month = tonumber(redis.call('HGET', requests, 'start'))
  if month == of_month then
    if back > 0 then add(requests, of_month, -back, KEEP_MONTH) end
    if used > 0 then add(tokens, of_month, used, KEEP_MONTH) end
  end
  return {'released'}
end

-- day, month, and what was counted since: calls of the day, calls and tokens of the month
if what == 'recount' then
  local of_day, of_month = tonumber(ARGV[3]), tonumber(ARGV[4])
  set(day, of_day, math.max(counted(day, of_day) or 0, tonumber(ARGV[5])), KEEP_DAY)
  set(requests, of_month, math.max(counted(requests, of_month) or 0, tonumber(ARGV[6])), KEEP_MONTH)
  set(tokens, of_month, math.max(counted(tokens, of_month) or 0, tonumber(ARGV[7])), KEEP_MONTH)
  return {'recounted'}
end

-- months...: what is used of each, and when day and month end; -1 is a counter that is missing
if what == 'used' then
  local month, next_month = month_bounds(3)
  local last_minute, older = 0, redis.call('LLEN', minute)
  while last_minute < older do
    local middle = math.floor((last_minute + older) / 2)
    if now - tonumber(redis.call('LINDEX', minute, middle)) < 60 * SECOND then
      last_minute = middle + 1
    else
      older = middle
    end
  end
  return {
    last_minute, counted(day, today) or -1, said(counted(requests, month) or -1), said(counted(tokens, month) or -1),
    redis.call('ZCOUNT', concurrent, '(' .. said(now), '+inf'), said(today + DAY), said(next_month)
  }
end

if what == 'forget' then
  redis.call('DEL', unpack(KEYS))
  return {'forgotten'}
end

return redis.error_reply('unknown: ' .. what)
