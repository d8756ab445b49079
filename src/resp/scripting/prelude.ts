// What every script finds: Redis's library, and Lua's own without what leads out of the script or on to the next one.
//
// Run once for each machine, with the host's functions as arguments. Libraries are shown through empty tables that
// can't be written to; `isClean` says whether a script has left something behind nevertheless.

/** Steps of matching a pattern, at most: `n` bytes against `q` repetitions take up to n^(q+1). */
const MATCH_STEPS_MAX = 20_000_000;
/** Bytes of what string.rep makes. */
const REPEATED_BYTES_MAX = 8 * 1024 * 1024;

export const PRELUDE = `
local call, tryCall, sha1hex, log, setresp, encode, decode = ...
local debug, error, type, pairs, ipairs, next, select = debug, error, type, pairs, ipairs, next, select
local tostring, tonumber, xpcall, setmetatable, rawget, rawset = tostring, tonumber, xpcall, setmetatable, rawget, rawset
local string, table, math, coroutine, unpack = string, table, math, coroutine, unpack
local byte, sub, match, find, gmatch, gsub = string.byte, string.sub, string.match, string.find, string.gmatch, string.gsub
local loadstring, getinfo, concat = loadstring, debug.getinfo, table.concat
local base = _G

local shown = {}
local function readonly() error({ err = 'ERR Attempt to modify a readonly table' }) end
local function show(library)
  local proxy = setmetatable({}, {
    __index = library, __newindex = function() error('Attempt to modify a readonly table', 2) end, __metatable = false })
  shown[#shown + 1] = proxy
  shown[proxy] = true
  return proxy
end

-- A pattern may take no more steps than some ten milliseconds have.
local function weigh(text, pattern, isPlain)
  if type(text) == 'number' then text = tostring(text) end
  if type(pattern) == 'number' then pattern = tostring(pattern) end
  if type(text) ~= 'string' or type(pattern) ~= 'string' then return end
  if isPlain then
    if #text * #pattern > 100 * ${MATCH_STEPS_MAX} then error('text and pattern are too long', 3) end
    return
  end
  local repeats = 1
  for i = 1, #pattern do
    local c = byte(pattern, i)
    if c == 42 or c == 43 or c == 45 or c == 63 or c == 37 and byte(pattern, i + 1) == 98 then repeats = repeats + 1 end
  end
  if (#text + 1) ^ repeats * (repeats > 1 and 1 or #pattern + 1) > ${MATCH_STEPS_MAX} then
    error('the pattern takes too many steps on a text of this length', 3)
  end
end
local strings = {}
for name, value in pairs(string) do strings[name] = value end
strings.dump = nil
local rep = string.rep
function strings.rep(s, n)
  if type(n) == 'number' and #s * n > ${REPEATED_BYTES_MAX} then error('resulting string too large', 2) end
  return rep(s, n)
end
function strings.find(s, p, init, plain) weigh(s, p, plain) return find(s, p, init, plain) end
function strings.match(s, p, init) weigh(s, p) return match(s, p, init) end
function strings.gmatch(s, p) weigh(s, p) return gmatch(s, p) end
strings.gfind = strings.gmatch
function strings.gsub(s, p, r, n) weigh(s, p) return gsub(s, p, r, n) end

local function wrongNumber() error({ err = 'ERR wrong number or type of arguments' }) end
local redis = {
  LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
  REPL_NONE = 0, REPL_SLAVE = 1, REPL_REPLICA = 1, REPL_AOF = 2, REPL_ALL = 3,
  REDIS_VERSION = '7.0.15', REDIS_VERSION_NUM = 0x0007000f,
}
redis.call, redis.pcall = call, tryCall
function redis.error_reply(...)
  local text = ...
  if select('#', ...) ~= 1 or type(text) ~= 'string' then return { err = 'ERR wrong number or type of arguments' } end
  if byte(text) == 45 then text = sub(text, 2) end
  return { err = find(text, ' ', 1, true) and text or 'ERR ' .. text }
end
function redis.status_reply(...)
  local text = ...
  if select('#', ...) ~= 1 or type(text) ~= 'string' then return { err = 'ERR wrong number or type of arguments' } end
  return { ok = text }
end
function redis.sha1hex(...)
  if select('#', ...) ~= 1 then error({ err = 'ERR wrong number of arguments' }) end
  return sha1hex(tostring((...)))
end
function redis.log(...)
  if select('#', ...) < 2 then error({ err = 'ERR redis.log() requires two arguments or more.' }) end
  local level = ...
  if type(level) ~= 'number' then error({ err = 'ERR First argument must be a number (log level).' }) end
  if level < 0 or level > 3 then error({ err = 'ERR Invalid log level.' }) end
  local words = {}
  for i = 2, select('#', ...) do
    local word = select(i, ...)
    if type(word) == 'string' or type(word) == 'number' then words[#words + 1] = tostring(word) end
  end
  log(level, concat(words, ' '))
end
function redis.setresp(...)
  if select('#', ...) ~= 1 then error({ err = 'ERR redis.setresp() requires one argument.' }) end
  local protocol = ...
  if protocol ~= 2 and protocol ~= 3 then error({ err = 'ERR RESP version must be 2 or 3.' }) end
  setresp(protocol)
end
function redis.replicate_commands() return true end
function redis.set_repl() end
function redis.breakpoint() return false end
function redis.debug() end

local _, null = decode('null')
local cjson = { null = null }
function cjson.encode(...)
  if select('#', ...) ~= 1 then error("bad argument #1 to 'encode' (expected 1 argument)", 2) end
  local text, complaint = encode((...))
  if not text then error(complaint, 2) end
  return text
end
function cjson.decode(...)
  local text = ...
  if select('#', ...) ~= 1 or (type(text) ~= 'string' and type(text) ~= 'number') then
    error("bad argument #1 to 'decode' (expected 1 argument)", 2)
  end
  local isDone, value = decode(tostring(text))
  if not isDone then error(value, 2) end
  return value
end

local function tobit(n)
  n = n % 4294967296
  if n >= 2147483648 then n = n - 4294967296 end
  return n
end
local function bitwise(step)
  return function(first, ...)
    local a = tobit(first) % 4294967296
    for i = 1, select('#', ...) do
      local b = tobit((select(i, ...))) % 4294967296
      local sum, place = 0, 1
      for _ = 1, 32 do
        if step(a % 2, b % 2) then sum = sum + place end
        a, b, place = math.floor(a / 2), math.floor(b / 2), place * 2
      end
      a = sum
    end
    return tobit(a)
  end
end
local bit = {
  tobit = function(n) return tobit(math.floor(n + 0.5)) end,
  bnot = function(n) return tobit(-1 - n) end,
  band = bitwise(function(a, b) return a + b == 2 end),
  bor = bitwise(function(a, b) return a + b > 0 end),
  bxor = bitwise(function(a, b) return a + b == 1 end),
  lshift = function(n, by) return tobit((tobit(n) % 4294967296) * 2 ^ (by % 32)) end,
  rshift = function(n, by) return tobit(math.floor((tobit(n) % 4294967296) / 2 ^ (by % 32))) end,
  arshift = function(n, by) return tobit(math.floor(tobit(n) / 2 ^ (by % 32))) end,
  tohex = function(n) return string.format('%08x', tobit(n) % 4294967296) end,
}

-- Globals: some of Lua's, the libraries, then KEYS and ARGV of the script that runs.
local kept = {
  '_G', '_VERSION', 'assert', 'error', 'getmetatable', 'ipairs', 'next', 'pairs', 'pcall', 'rawequal', 'rawget',
  'select', 'tonumber', 'tostring', 'type', 'unpack', 'xpcall',
}
local keep = {}
for _, name in ipairs(kept) do keep[name] = true end
for name in pairs(base) do if not keep[name] then base[name] = nil end end
base.string, base.table, base.math, base.coroutine = show(strings), show(table), show(math), show(coroutine)
base.redis, base.cjson, base.bit = show(redis), show(cjson), show(bit)
getmetatable('').__index = strings
getmetatable('').__metatable = false
-- Of an error that is a table its text is given, as Redis has it.
local pcall = base.pcall
local function caught(isDone, complaint, ...)
  if isDone or type(complaint) ~= 'table' then return isDone, complaint, ... end
  local text = complaint.err
  if type(text) == 'string' or type(text) == 'number' then return false, text end
  return false, complaint
end
function base.pcall(...) return caught(pcall(...)) end
function base.rawset(t, key, value)
  if t == base or shown[t] then readonly() end
  return rawset(t, key, value)
end
function base.setmetatable(t, meta)
  if t == base or shown[t] then readonly() end
  return setmetatable(t, meta)
end
function base.collectgarbage() return 0 end
function base.gcinfo() return 0 end
local function loadText(text, name)
  if type(text) == 'string' and byte(text) == 27 then return nil, 'attempt to load a binary chunk' end
  return loadstring(text, name)
end
base.loadstring = loadText
function base.load(piece, name)
  local pieces = {}
  for i = 1, math.huge do
    local text = piece()
    if text == nil or text == '' then break end
    pieces[i] = text
  end
  return loadText(concat(pieces), name or '=(load)')
end
-- The table of globals itself is empty but for KEYS and ARGV: no name that is in it could be kept from being set anew.
local globals = {}
for name, value in pairs(base) do globals[name] = value end
for name in pairs(globals) do base[name] = nil end
setmetatable(globals, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
})
setmetatable(base, {
  __index = globals,
  __newindex = function() error('Attempt to modify a readonly table', 2) end,
  __metatable = show({}),
})

local function explain(complaint)
  if type(complaint) ~= 'table' then complaint = { err = 'ERR ' .. tostring(complaint) } end
  for level = 2, 250 do
    local at = getinfo(level, 'Sl')
    if not at then break end
    if at.source == '@user_script' then
      complaint.source, complaint.line = at.source, at.currentline
      break
    end
  end
  return complaint
end
local randomseed = math.randomseed
local function run(script, keys, args, seed)
  rawset(base, 'KEYS', keys)
  rawset(base, 'ARGV', args)
  randomseed(seed)
  return xpcall(script, explain)
end
local function isClean()
  rawset(base, 'KEYS', nil)
  rawset(base, 'ARGV', nil)
  if next(base) ~= nil then return false end
  for i = 1, #shown do if next(shown[i]) ~= nil then return false end end
  return true
end
return run, isClean
`;
