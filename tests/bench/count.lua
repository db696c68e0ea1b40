-- Distinct requests made from a template, for wrk: @ID@ counts up from BENCH_FROM, @WHO@ and @CODE@ go round
-- the lines of BENCH_PEOPLE ("account<tab>code"). After BENCH_LIMIT requests the load ends.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long sec, nsec; } span; int clock_gettime(int which, span *ret); ]]
local now = ffi.new("span")

local function seconds()
   ffi.C.clock_gettime(1, now)
   return tonumber(now.sec) + tonumber(now.nsec) / 1e9
end

local parts, people = {}, {}
local from, limit = tonumber(os.getenv("BENCH_FROM") or "1"), tonumber(os.getenv("BENCH_LIMIT") or "0")
local made = 0
first, last, exhausted = 0, 0, 0

local function read_people()
   for line in io.lines(os.getenv("BENCH_PEOPLE")) do
      local who, code = line:match("^(%S+)\t(%S+)$")
      people[#people + 1] = { WHO = who, CODE = code }
   end
end

-- The template as pieces: odd ones as they are, even ones names of what to put in.
local function split(template)
   local at = 1
   while true do
      local a, b, name = template:find("@(%u+)@", at)
      if not a then break end
      parts[#parts + 1] = template:sub(at, a - 1)
      parts[#parts + 1] = name
      at = b + 1
   end
   parts[#parts + 1] = template:sub(at)
end

local function fill()
   local person, out = people[made % #people + 1] or {}, {}
   for i = 1, #parts do
      if i % 2 == 1 then
         out[i] = parts[i]
      elseif parts[i] == "ID" then
         out[i] = string.format("%d", from + made)
      else
         out[i] = person[parts[i]]
      end
   end
   return table.concat(out)
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function init()
   split(os.getenv("BENCH_BODY") or "")
   if os.getenv("BENCH_PEOPLE") then read_people() end
   wrk.method = #parts[1] > 0 and "POST" or "GET"
   wrk.headers["Content-Type"] = "application/json"
   wrk.headers["X-Telegram-Bot-Api-Secret-Token"] = os.getenv("BENCH_SECRET")
   first = seconds()
end

function request()
   local body = #parts[1] > 0 and fill() or nil
   made = made + 1
   if limit > 0 and made >= limit and exhausted == 0 then
      last, exhausted = seconds(), 1
      wrk.thread:stop()
   end
   return wrk.format(nil, nil, nil, body)
end

function done(summary, latency)
   local thread = threads[1]
   local took = summary.duration / 1e6
   if thread:get("exhausted") == 1 then took = thread:get("last") - thread:get("first") end
   local e = summary.errors
   io.write(string.format('\nRESULT {"requests":%d,"seconds":%.6f,"p50":%.3f,"p99":%.3f,"bad":%d,"exhausted":%d}\n',
      summary.requests, took, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
      e.status + e.connect + e.read + e.write + e.timeout, thread:get("exhausted")))
end
