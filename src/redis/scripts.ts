// The scripts that L2's operations are on Redis: each one atomic, none of them unbounded.
//
// The clock is one hash, so that it vanishes as a whole: e epoch, n sequence number, m number of the last mark, run
// the run_id of the Redis that it lives in, then the marks: `p:PREFIX` and `t:TAG`, each with its number. An entry
// is live if it has not expired and no mark that covers it is as new as itself; one of another birth of the clock is
// older than any. Under OOM, Redis lets a script go on that has written already: those that free memory begin with an UNLINK.

import { createHash } from "node:crypto";
import { L2_SCRIPT_BYTES_MAX, TAG_BYTES_MAX, WATERMARKS_MAX } from "../base/limits.ts";
import {
  BIRTH_CHARS,
  CACHE_CONTROL_BYTES_AT,
  ENVELOPE_EPOCH_AT,
  ENVELOPE_EXPIRY_AT,
  ENVELOPE_FORMAT,
  ENVELOPE_FORMAT_AT,
  ENVELOPE_HEAD_BYTES,
  ENVELOPE_N_AT,
  EPOCH_CHARS,
  HASH_AT,
  HASH_BYTES,
  HEADER_BYTES,
  NO_CACHE_CONTROL,
  TAGS_AT,
  TYPE_BYTES_AT,
} from "../record/layout.ts";

/** Where Lua, which counts from 1, finds what the layout has at `offset` of the envelope, or of the record in it. */
const inEnvelope = (offset: number) => offset + 1;
const inRecord = (offset: number) => ENVELOPE_HEAD_BYTES + offset + 1;
/** As much of an entry as tells its number, expiry, count of tags and hash. */
const HEAD_BYTES = ENVELOPE_HEAD_BYTES + HASH_AT + HASH_BYTES;

/** KEYS[1] is the clock; ARGV[1] an epoch to begin with where there is none, ARGV[2] the server's run_id. */
const CLOCK = `
local function clock()
  local c = redis.call('HMGET', KEYS[1], 'e', 'n', 'm')
  if not c[1] or not c[2] then
    redis.call('DEL', KEYS[1])
    redis.call('HSET', KEYS[1], 'e', ARGV[1], 'n', 0, 'm', 0, 'run', ARGV[2])
    return ARGV[1], 0, 0
  end
  return c[1], tonumber(c[2]), tonumber(c[3] or 0)
end
local function time()
  local t = redis.call('TIME')
  return t[1] * 1000 + t[2] / 1000
end
local function whole(n) return string.format('%.0f', n) end
local function exact(n) return string.format('%.3f', n) end
`;

/** Whether an entry is live. `head` is its first HEAD_BYTES or more; layout: record/layout.ts. */
const LIVE = `
local function tags(key, head)
  local count = string.byte(head, ${inRecord(TAGS_AT)})
  local at = ${ENVELOPE_HEAD_BYTES + HEADER_BYTES} + struct.unpack('<H', head, ${inRecord(TYPE_BYTES_AT)})
  local control = struct.unpack('<H', head, ${inRecord(CACHE_CONTROL_BYTES_AT)})
  if control ~= ${NO_CACHE_CONTROL} then at = at + control end
  local bytes = redis.call('GETRANGE', key, at, at + count * ${TAG_BYTES_MAX + 1})
  local found, i = {}, 1
  for _ = 1, count do
    local length = string.byte(bytes, i)
    found[#found + 1] = 't:' .. string.sub(bytes, i + 1, i + length)
    i = i + 1 + length
  end
  return found
end
local function covered(key, plain, head, n)
  if redis.call('HLEN', KEYS[1]) <= 4 then return false end
  local fields = { 'p:' }
  if string.byte(head, ${inRecord(TAGS_AT)}) > 0 then fields = tags(key, head); fields[#fields + 1] = 'p:' end
  for i = 1, #plain do fields[#fields + 1] = 'p:' .. string.sub(plain, 1, i) end
  for _, mark in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
    if mark and tonumber(mark) >= n then return true end
  end
  return false
end
-- The entry's number, 0 for one of another birth (epoch.ts), and its expiry; false where none is live.
local function live(key, plain, head, e, m)
  if not head or #head < ${HEAD_BYTES} or string.byte(head, ${inEnvelope(ENVELOPE_FORMAT_AT)}) ~= ${ENVELOPE_FORMAT} then return false end
  local n = 0
  local birth = string.sub(head, ${inEnvelope(ENVELOPE_EPOCH_AT)}, ${ENVELOPE_EPOCH_AT + BIRTH_CHARS})
  if birth == string.sub(e, 1, ${BIRTH_CHARS}) then n = struct.unpack('<d', head, ${inEnvelope(ENVELOPE_N_AT)}) end
  if n <= m and covered(key, plain, head, n) then return false end
  return n, struct.unpack('<d', head, ${inEnvelope(ENVELOPE_EXPIRY_AT)})
end
`;

/** KEYS: clock, entries, and a lease where one is asked for. ARGV: two unused, count of keys, lease's token, keys, ms of
 *  a lease. Values until they are too many bytes; fewer than keys, then. */
const READ = `${CLOCK}${LIVE}
local c = redis.call('HMGET', KEYS[1], 'e', 'n', 'm')
local e, m = c[1] or '', tonumber(c[3] or 0)
local at = time()
local reply = { e, c[2] or '0', exact(at), false }
local bytes = 0
for i = 1, tonumber(ARGV[3]) do
  if bytes > ${L2_SCRIPT_BYTES_MAX} then break end
  local value = redis.call('GET', KEYS[1 + i])
  local n, expires = live(KEYS[1 + i], ARGV[4 + i], value, e, m)
  reply[4 + i] = n and value
  if n then bytes = bytes + #value end
  if ARGV[4] ~= '' and (not n or expires <= at) then
    local lease = redis.pcall('SET', KEYS[3], ARGV[4], 'NX', 'PX', ARGV[6])
    reply[4] = (type(lease) == 'table' and lease.ok) and 'granted' or 'held'
  end
end
return reply
`;

/** ARGV from 3: not after, PUBLISH or SPUBLISH, channel, message. Gives the number, having published nothing yet. */
const MUTATION = `
local function late(at) return ARGV[3] ~= '' and at > tonumber(ARGV[3]) end
local function number() return redis.call('HINCRBY', KEYS[1], 'n', 1) end
local function publish(e, n, at, open)
  redis.call(ARGV[4], ARGV[5], (open or ARGV[6]) .. ',"epoch":"' .. e .. '","seq":' .. whole(n)
    .. ',"version":"' .. e .. '.' .. whole(n) .. '","at":' .. exact(at) .. '}')
end
local function done(e, n, at, present) return { 'done', e, whole(n), exact(at), present } end
`;

/** ARGV from \`first\`: kind, then ETag hashes of 8 bytes, or epoch and number, or the lease's token. */
const CONDITION = `
local function holds(first, n, head, e, lease)
  local kind = ARGV[first]
  if kind == '' then return true end
  if kind == 'absent' then return not n end
  if kind == 'present' then return n and true end
  if kind == 'lease' then return redis.call('GET', lease) == ARGV[first + 1] end
  if kind == 'version' then return n and ARGV[first + 1] == e and tonumber(ARGV[first + 2]) == n end
  local same = false
  if n then
    local hash = string.sub(head, ${inRecord(HASH_AT)}, ${HEAD_BYTES})
    for i = first + 1, #ARGV do same = same or ARGV[i] == hash end
  end
  if kind == 'etag' then return same end
  return not same
end
`;

/** KEYS: clock, entry, lease. ARGV from 7: key, record, TTL ms, ms kept beyond it, condition. */
const SET = `${CLOCK}${LIVE}${MUTATION}${CONDITION}
local e, _, m = clock()
local at = time()
if late(at) then return { 'late' } end
local head = redis.call('GETRANGE', KEYS[2], 0, ${HEAD_BYTES - 1})
local n, expires = live(KEYS[2], ARGV[7], head, e, m)
if n and expires <= at then n = false end
if not holds(11, n, head, e, KEYS[3]) then return { 'failed_condition' } end
local made = number()
local ends = 1 / 0
if ARGV[9] ~= '' then ends = at + ARGV[9] end
local value = struct.pack('<Bc0dd', ${ENVELOPE_FORMAT}, e, made, ends) .. ARGV[8]
if ARGV[9] ~= '' then
  redis.call('SET', KEYS[2], value, 'PX', math.ceil(ARGV[9] + ARGV[10]))
else
  redis.call('SET', KEYS[2], value)
end
redis.call('UNLINK', KEYS[3])
publish(e, made, at)
return done(e, made, at, n and 1 or 0)
`;

/** KEYS: clock, then entries, then their leases. ARGV from 7: count, keys, condition on the first of them. A key that
 *  L2 has lost may still be in some L1, so the removal of what is absent is published as well. */
const REMOVE = `${CLOCK}${LIVE}${MUTATION}${CONDITION}
local count = tonumber(ARGV[7])
local e, _, m = clock()
local at = time()
if late(at) then return { 'late' } end
local present = 0
for i = 1, count do
  local head = redis.call('GETRANGE', KEYS[1 + i], 0, ${HEAD_BYTES - 1})
  local n, expires = live(KEYS[1 + i], ARGV[7 + i], head, e, m)
  if n and expires > at then present = present + 1 else n = false end
  if i == 1 and not holds(8 + count, n, head, e, KEYS[2 + count]) then return { 'failed_condition' } end
end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
local made = number()
publish(e, made, at)
return done(e, made, at, present)
`;

/** KEYS: clock, a key that is never there. ARGV from 7: the message for everything, then the marks' fields. */
const MARK = `${CLOCK}${MUTATION}
local e = clock()
local at = time()
if late(at) then return { 'late' } end
redis.call('UNLINK', KEYS[2])
local made = number()
local open, first = ARGV[6], 8
if redis.call('HLEN', KEYS[1]) + #ARGV - 7 > ${WATERMARKS_MAX + 4} then
  local run = redis.call('HGET', KEYS[1], 'run')
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'e', e, 'n', made, 'run', run, 'p:', made)
  open, first = ARGV[7], #ARGV + 1
end
redis.call('HSET', KEYS[1], 'm', made)
for i = first, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], made) end
publish(e, made, at, open)
return done(e, made, at, 0)
`;

/** KEYS: clock, then entries. ARGV from 3: their keys. Removes those that a mark covers. */
const SWEEP = `${CLOCK}${LIVE}
local c = redis.call('HMGET', KEYS[1], 'e', 'm')
if not c[1] then return 0 end
local removed = 0
for i = 2, #KEYS do
  local head = redis.call('GETRANGE', KEYS[i], 0, ${HEAD_BYTES - 1})
  if #head >= ${HEAD_BYTES} and not live(KEYS[i], ARGV[1 + i], head, c[1], tonumber(c[2])) then
    removed = removed + redis.call('UNLINK', KEYS[i])
  end
end
return removed
`;

/** ARGV from 3: a number, then fields of marks with just that number; no field: all marks up to the number. */
const FORGET = `${CLOCK}
local forgotten = 0
if #ARGV == 3 then
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local kind = string.sub(fields[i], 2, 2)
    if kind == ':' and tonumber(fields[i + 1]) <= tonumber(ARGV[3]) then
      forgotten = forgotten + redis.call('HDEL', KEYS[1], fields[i])
    end
  end
end
for i = 4, #ARGV do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[3] then
    forgotten = forgotten + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return forgotten
`;

/** KEYS[1]: the entry. ARGV: epoch, number as a double, record, PUBLISH or SPUBLISH, channel, message. */
const VARIANTS = `
local head = redis.call('GETRANGE', KEYS[1], 0, ${ENVELOPE_HEAD_BYTES - 1})
if #head < ${ENVELOPE_HEAD_BYTES} then return 0 end
if string.sub(head, ${inEnvelope(ENVELOPE_EPOCH_AT)}, ${ENVELOPE_EPOCH_AT + EPOCH_CHARS}) ~= ARGV[1] then return 0 end
if string.sub(head, ${inEnvelope(ENVELOPE_N_AT)}, ${ENVELOPE_N_AT + 8}) ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], head .. ARGV[3], 'XX', 'KEEPTTL')
redis.call(ARGV[4], ARGV[5], ARGV[6])
return 1
`;

/** KEYS: clock, a key that is never there: its removal is what only a primary agrees to, even when it is full. */
const TICK = `${CLOCK}
redis.call('UNLINK', KEYS[2])
local e, n = clock()
return { e, whole(n), exact(time()), redis.call('HLEN', KEYS[1]) - 4 }
`;

/** As TICK, and the clock moves to another epoch if it came from another run of Redis: that one may have lost the
 *  end of the sequence, and no number may be used twice. ARGV from 3: PUBLISH or SPUBLISH, channel. */
const ADOPT = `${CLOCK}
redis.call('UNLINK', KEYS[2])
local e, n = clock()
local at = time()
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[2] then
  e = string.sub(e, 1, ${BIRTH_CHARS}) .. string.sub(ARGV[1], ${BIRTH_CHARS + 1})
  redis.call('HSET', KEYS[1], 'e', e, 'run', ARGV[2])
  n = redis.call('HINCRBY', KEYS[1], 'n', 4294967296)
  redis.call(ARGV[3], ARGV[4], '{"keys":[],"epoch":"' .. e .. '","seq":' .. whole(n) .. '}')
end
return { e, whole(n), exact(at) }
`;

/** A script and the name that Redis knows it by once it was loaded. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

export function script(source: string): RedisScript {
  return { source, sha1: createHash("sha1").update(source).digest("hex") };
}

export const REDIS_SCRIPTS = {
  read: script(READ),
  set: script(SET),
  remove: script(REMOVE),
  variants: script(VARIANTS),
  mark: script(MARK),
  sweep: script(SWEEP),
  forget: script(FORGET),
  tick: script(TICK),
  adopt: script(ADOPT),
} as const;
