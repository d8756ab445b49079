// The scripts that write one entry, remove some, add variants, and give a lease back.

import { ENVELOPE_HEAD_BYTES, EPOCH_CHARS } from "../../record/layout.ts";
import { HASH_FROM, HASH_TO, LIVE, RECORD_TAGS } from "./live.ts";
import { TAG_INDEX } from "./tag-index.ts";
import { MUTATION, PREAMBLE } from "./preamble.ts";

/**
 * `declined` tells how a condition is not met, or nothing. ARGV from `first`: kind, then ETag hashes of 8 bytes, epoch
 * and number, or a lease's token. The lease must be held under its token, with nothing marked since its grant that
 * covers the key or the record. A version is compared only where its number cannot have been used again.
 */
const CONDITION = `
local function leaseHolds(lease, token, plain, record, m)
  local held = redis.pcall('GET', lease)
  if type(held) ~= 'string' or string.sub(held, 1, #token + 1) ~= token .. ':' then return false end
  local granted = tonumber(string.sub(held, #token + 2))
  if not granted then return false end
  if m <= granted or not hasMarks() then return true end
  return not marked(tagFields(recordTags(record), keyFields(plain)), granted + 1)
end
local function holds(first, n, head, e)
  local kind = ARGV[first]
  if kind == 'absent' then return not n end
  if kind == 'present' then return n and true end
  if kind == 'version' then return n and ARGV[first + 1] == e and tonumber(ARGV[first + 2]) == n end
  local same = false
  if n then
    local hash = string.sub(head, ${HASH_FROM}, ${HASH_TO})
    for i = first + 1, #ARGV do same = same or ARGV[i] == hash end
  end
  if kind == 'etag' then return same end
  return not same
end
local function declined(first, n, head, e, m, lease, plain, record)
  if ARGV[first] == '' then return nil end
  if ARGV[first] == 'lease' then
    return not leaseHolds(lease, ARGV[first + 1], plain, record, m) and 'lease_lost'
  end
  if ARGV[first] == 'version' and returned() then return moved[2] end
  return not holds(first, n, head, e) and 'failed_condition'
end
`;

/** KEYS from 3: entry, lease. ARGV from 8: key, record, TTL ms, ms kept beyond it, condition. */
export const SET = `${PREAMBLE}${LIVE}${RECORD_TAGS}${TAG_INDEX}${MUTATION}${CONDITION}
local e, cn, m, run = begun()
if run ~= ARGV[2] then return moved end
local at = time()
if late(at) then return refused('late') end
local head = headOf(KEYS[3])
local n, expires = live(KEYS[3], ARGV[8], head, e, cn, m)
if not n or expires <= at then n = false end
local unmet = declined(12, n, head, e, m, KEYS[4], ARGV[8], ARGV[9])
if unmet then return refused(unmet) end
local made, unsent = announce(e, at)
if unsent then return unsent end
local ends = 1 / 0
if ARGV[10] ~= '' then ends = at + ARGV[10] end
local before = entryTags(KEYS[3], head)
local value = struct.pack('<Bc0dd', 1, e, made, ends) .. ARGV[9]
local ttl = ARGV[10] ~= '' and whole(math.ceil(ARGV[10] + ARGV[11])) or nil
local stored = ttl and redis.pcall('SET', KEYS[3], value, 'PX', ttl) or redis.pcall('SET', KEYS[3], value)
if failed(stored) then return stored end
redis.pcall('UNLINK', KEYS[4])
unindex(ARGV[8], before)
index(ARGV[8], recordTags(ARGV[9]), ttl)
return done(e, made, at, n and 1 or 0)
`;

/** KEYS from 3: entries, then their leases. ARGV from 8: count, keys, condition on the first of them. A key that
 *  L2 has lost may still be in some L1, so the removal of what is absent is published as well. */
export const REMOVE = `${PREAMBLE}${LIVE}${RECORD_TAGS}${TAG_INDEX}${MUTATION}${CONDITION}
local count = tonumber(ARGV[8])
local e, cn, m, run = begun()
if run ~= ARGV[2] then return moved end
local at = time()
if late(at) then return refused('late') end
local present = 0
for i = 1, count do
  local head = headOf(KEYS[2 + i])
  local n, expires = live(KEYS[2 + i], ARGV[8 + i], head, e, cn, m)
  if n and expires > at then present = present + 1 else n = false end
  local unmet = i == 1 and declined(9 + count, n, head, e, m, KEYS[3 + count], ARGV[9], '')
  if unmet then return refused(unmet) end
end
-- Redis that is full lets a script go on that has removed something: this one frees memory.
local demoted = replica()
if demoted then return demoted end
local made, unsent = announce(e, at)
if unsent then return unsent end
for i = 1, count do unindex(ARGV[8 + i], entryTags(KEYS[2 + i], headOf(KEYS[2 + i]))) end
for i = 3, #KEYS do
  local removed = redis.pcall('UNLINK', KEYS[i])
  if failed(removed) then return removed end
end
return done(e, made, at, present)
`;

/**
 * KEYS from 3: entries, then their leases. ARGV from 8: count, then of each entry eight: key; check (absent, version or
 * nothing) with epoch and number; action (put, remove or nothing) with record, TTL ms, ms kept beyond it.
 */
export const STEP = `${PREAMBLE}${LIVE}${RECORD_TAGS}${TAG_INDEX}${MUTATION}
local count = tonumber(ARGV[8])
local e, cn, m, run = begun()
if run ~= ARGV[2] then return moved end
local at = time()
if late(at) then return refused('late') end
local present, puts, versions = 0, false, false
for i = 1, count do
  local a = 8 * i + 1
  local n, expires = live(KEYS[2 + i], ARGV[a], headOf(KEYS[2 + i]), e, cn, m)
  if not n or expires <= at then n = false end
  if n and ARGV[a + 4] ~= '' then present = present + 1 end
  local check = ARGV[a + 1]
  versions = versions or check == 'version'
  if check == 'absent' and n then return refused('failed_condition') end
  if check == 'version' and not (n and ARGV[a + 2] == e and tonumber(ARGV[a + 3]) == n) then
    return refused('failed_condition')
  end
  puts = puts or ARGV[a + 4] == 'put'
end
if versions and returned() then return moved end
-- Redis that is full lets a script go on that has removed something: one that puts nothing frees memory.
local demoted = not puts and replica()
if demoted then return demoted end
local made, unsent = announce(e, at)
if unsent then return unsent end
for i = 1, count do
  local a, entry = 8 * i + 1, KEYS[2 + i]
  local action = ARGV[a + 4]
  if action ~= '' then
    unindex(ARGV[a], entryTags(entry, headOf(entry)))
    redis.call('UNLINK', KEYS[2 + count + i])
  end
  if action == 'remove' then redis.call('UNLINK', entry) end
  if action == 'put' then
    local record, ttl, ends = ARGV[a + 5], nil, 1 / 0
    if ARGV[a + 6] ~= '' then
      ttl, ends = whole(math.ceil(ARGV[a + 6] + ARGV[a + 7])), at + ARGV[a + 6]
    end
    local value = struct.pack('<Bc0dd', 1, e, made, ends) .. record
    if ttl then redis.call('SET', entry, value, 'PX', ttl) else redis.call('SET', entry, value) end
    index(ARGV[a], recordTags(record), ttl)
  end
end
return done(e, made, at, present)
`;

/** KEYS[3]: the entry. ARGV from 3: epoch, number as a double, record, PUBLISH or SPUBLISH, channel, message. */
export const VARIANTS = `${PREAMBLE}
local e, _, _, run = sequence()
if not e or run ~= ARGV[2] then return moved end
local head = redis.pcall('GETRANGE', KEYS[3], 0, ${ENVELOPE_HEAD_BYTES - 1})
if type(head) ~= 'string' or #head < ${ENVELOPE_HEAD_BYTES} or string.sub(head, 2, ${1 + EPOCH_CHARS}) ~= ARGV[3]
  or string.sub(head, ${2 + EPOCH_CHARS}, ${9 + EPOCH_CHARS}) ~= ARGV[4] then return replica() or { ARGV[1], 0 } end
redis.call('SET', KEYS[3], head .. ARGV[5], 'XX', 'KEEPTTL')
redis.call(ARGV[6], ARGV[7], ARGV[8])
return { ARGV[1], 1 }
`;

/** KEYS[3]: the lease. ARGV from 3: its token, PUBLISH or SPUBLISH, channel, message. Whether it was held under the
 *  token: then the message is published, so that who waits for it anywhere looks again. */
export const RELEASE = `${PREAMBLE}
local held = redis.pcall('GET', KEYS[3])
if type(held) ~= 'string' or string.sub(held, 1, #ARGV[3] + 1) ~= ARGV[3] .. ':' then
  return replica() or { ARGV[1], 0 }
end
redis.call('UNLINK', KEYS[3])
redis.pcall(ARGV[4], ARGV[5], ARGV[6])
return { ARGV[1], 1 }
`;
