-- Requests prepared in advance, for wrk: each line of BENCH_LINES is "path<tab>body". After the last one the load
-- ends.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long sec, nsec; } span; int clock_gettime(int which, span *ret); ]]
local now = ffi.new("span")

local function seconds()
   ffi.C.clock_gettime(1, now)
   return tonumber(now.sec) + tonumber(now.nsec) / 1e9
end

local paths, bodies, made = {}, {}, 0
first, last, exhausted = 0, 0, 0

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function init()
   for line in io.lines(os.getenv("BENCH_LINES")) do
      local tab = line:find("\t", 1, true)
      paths[#paths + 1] = line:sub(1, tab - 1)
      bodies[#bodies + 1] = line:sub(tab + 1)
   end
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "text/xml"
   first = seconds()
end

function request()
   local at = made % #paths + 1
   made = made + 1
   if made >= #paths and exhausted == 0 and #paths > 1 then
      last, exhausted = seconds(), 1
      wrk.thread:stop()
   end
   return wrk.format(nil, paths[at], nil, bodies[at])
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
