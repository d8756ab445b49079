-- The requests that wrk sends: GETs of keys drawn uniformly, a share of PUTs, think time; prints its figures as JSON.
-- Arguments: number of keys, PUTs in 1,000 requests, think time in ms (fractions are drawn by lot), seed, PUT bytes max.

local reads, writes = {}, {}
local puts, thinkMs = 0, 0

function init(args)
  local keys = tonumber(args[1])
  puts = tonumber(args[2])
  thinkMs = tonumber(args[3])
  math.randomseed(tonumber(args[4]))
  local function path() return string.format("/cache/bench:%06d", math.random(0, keys - 1)) end
  for i = 1, keys do
    reads[i] = wrk.format("GET", string.format("/cache/bench:%06d", i - 1))
  end
  if puts == 0 then return end
  local noise = {}
  for i = 1, 65536 do noise[i] = string.char(math.random(0, 255)) end
  noise = table.concat(noise)
  for i = 1, 512 do
    writes[i] = wrk.format("PUT", path(), nil, noise:sub(1, math.random(1024, tonumber(args[5]))))
  end
end

function request()
  if puts > 0 and math.random(1000) <= puts then return writes[math.random(#writes)] end
  return reads[math.random(#reads)]
end

if os.getenv("CACHEE_BENCH_THINK") == "1" then
  function delay() return math.floor(thinkMs + math.random()) end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n@@{"requests":%d,"seconds":%.6f,"failures":%d,"p50Us":%.3f,"p99Us":%.3f,"p999Us":%.3f,"maxUs":%.3f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9), latency.max))
end
