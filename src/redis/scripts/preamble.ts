// Lua that the scripts of a partition begin with: its sequence, and the proof that it is the one that is followed.
//
// The sequence is one hash, so that it vanishes as a whole: e epoch, n sequence number, m number of the last mark, run
// the run of Redis that it lives in (RedisConnection.runId), then the marks: `p:PREFIX` and `t:TAG`, each
// `NUMBER:MS:OWNER`, MS being Redis's time when it was made.
//
// KEYS[1]: the sequence; KEYS[2]: a key that is never there. ARGV[3] of scripts that may begin a sequence: its epoch.

import { EPOCH_CHARS } from "../../record/layout.ts";

export const PREAMBLE = `
local function time()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end
local function whole(n) return string.format('%.0f', n) end
local function exact(n) return string.format('%.3f', n) end
local function failed(reply) return type(reply) == 'table' and reply.err end
-- Epoch, number, number of the last mark, and run: no epoch where there is no sequence, or nothing that could be one.
local function sequence()
  local c = redis.pcall('HMGET', KEYS[1], 'e', 'n', 'm', 'run')
  if failed(c) then
    if not string.find(c.err, 'WRONGTYPE', 1, true) then error(c) end
    return nil
  end
  local n, m = tonumber(c[2]), tonumber(c[3] or 0)
  if not c[1] or #c[1] ~= ${EPOCH_CHARS} or not n or not m then return nil end
  if n < 0 or n >= 9007199254740991 or n % 1 ~= 0 then return nil end
  return c[1], n, m, c[4]
end
-- The same, begun if there is none.
local function begun()
  local e, n, m, run = sequence()
  if e then return e, n, m, run end
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'e', ARGV[3], 'n', 0, 'm', 0, 'run', ARGV[2])
  return ARGV[3], 0, 0, ARGV[2]
end
-- An error if this is a replica: only a primary agrees to remove something, be it full, or short of disk or replicas.
local function replica()
  local reply = redis.pcall('UNLINK', KEYS[2])
  if failed(reply) and string.find(reply.err, 'READONLY', 1, true) then return reply end
end
-- Whether the server has been a replica since the connection was opened: it has taken over data that may lack the end
-- of its own, so that numbers may be used again. Takes as long as a read.
local function returned()
  local info = redis.pcall('INFO', 'replication')
  local reign = type(info) == 'string' and string.match(info, 'master_replid:(%w+)') or ''
  return reign ~= '' and string.sub(ARGV[2], -#reign) ~= reign
end
-- The answer where the sequence came from another run of Redis than the one that the connection leads to.
local moved = { ARGV[1], 'moved' }
`;

/**
 * For scripts that change something. ARGV from 4: not after, PUBLISH or SPUBLISH, channel, message without its end.
 * `announce` takes the next number and publishes it in one step, before anything else is done: whatever comes of the
 * rest, no number is taken that nobody hears of.
 */
export const MUTATION = `
local function late(at) return ARGV[4] ~= '' and at > tonumber(ARGV[4]) end
local function announce(e, at)
  local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
  local sent = redis.pcall(ARGV[5], ARGV[6], ARGV[7] .. ',"epoch":"' .. e .. '","seq":' .. whole(n)
    .. ',"version":"' .. e .. '.' .. whole(n) .. '","at":' .. exact(at) .. '}')
  if failed(sent) then
    redis.call('HINCRBY', KEYS[1], 'n', -1)
    return nil, sent
  end
  return n
end
local function done(e, n, at, present) return { ARGV[1], 'done', e, whole(n), exact(at), present } end
local function refused(kind) return replica() or { ARGV[1], kind } end
`;
