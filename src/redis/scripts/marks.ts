// The scripts of mass invalidation: the mark that is in force at once, the sweep behind it, and the end of the mark.

import { LEASE_MS, MARKS_MAX, MARKS_OWNER_MAX } from "../../base/limits.ts";
import { LIVE } from "./live.ts";
import { MUTATION, PREAMBLE } from "./preamble.ts";
import { TAG_INDEX } from "./tag-index.ts";

/** ARGV from 8: owner, then the marks' fields. Refused where they would be too many: in all, or of one owner. */
export const MARK = `${PREAMBLE}${MUTATION}
local e, _, _, run = begun()
if run ~= ARGV[2] then return moved end
local at = time()
if late(at) then return refused('late') end
local owner = ARGV[8]
local marks = redis.call('HLEN', KEYS[1]) - 4
if marks + #ARGV - 8 > ${MARKS_OWNER_MAX} then
  local fields = {}
  for i = 9, #ARGV do fields[#fields + 1] = ARGV[i] end
  local fresh = 0
  for _, mark in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do if not mark then fresh = fresh + 1 end end
  if marks + fresh > ${MARKS_MAX} then return refused('too_many_marks') end
  local own = fresh
  for _, mark in ipairs(redis.call('HVALS', KEYS[1])) do
    if string.match(mark, '^%d+:%d+:(.*)$') == owner then own = own + 1 end
  end
  if own > ${MARKS_OWNER_MAX} then return refused('too_many_marks') end
end
-- Redis that is full lets a script go on that has removed something: this one frees memory.
local demoted = replica()
if demoted then return demoted end
local made, unsent = announce(e, at)
if unsent then return unsent end
local mark = whole(made) .. ':' .. whole(at) .. ':' .. owner
redis.call('HSET', KEYS[1], 'm', made)
for i = 9, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], mark) end
return done(e, made, at, 0)
`;

/** ARGV from 3: cursor, pattern, count, bytes before the key in an entry's name. Removes what a mark covers among a
 *  part of the keys; answers the next cursor and how many it removed. */
export const SWEEP = `${PREAMBLE}${LIVE}${TAG_INDEX}
local e, cn, m, run = sequence()
if run and run ~= ARGV[2] then return moved end
local scanned = redis.call('SCAN', ARGV[3], 'MATCH', ARGV[4], 'COUNT', ARGV[5])
local removed = 0
if e and hasMarks() then
  for _, key in ipairs(scanned[2]) do
    local head = headOf(key)
    local plain = string.sub(key, ARGV[6] + 1)
    if #head > 0 and not live(key, plain, head, e, cn, m) then
      unindex(plain, entryTags(key, head))
      removed = removed + redis.call('UNLINK', key)
    end
  end
end
return replica() or { ARGV[1], scanned[1], removed }
`;

/** As much of an entry as mostly holds its tags too. */
const PURGED_HEAD_BYTES = 512;

/**
 * ARGV from 3: about how many keys to look at, cursor, then tags. Removes what the tags' own marks cover among the keys
 * of the first of them; answers how many tags it is through with, the cursor within the next, and how many keys it
 * removed.
 */
export const PURGE = `${PREAMBLE}${LIVE}${TAG_INDEX}
local e, _, _, run = sequence()
if run and run ~= ARGV[2] then return moved end
local left, cursor, at, removed = tonumber(ARGV[3]), ARGV[4], 5, 0
while e and at <= #ARGV and left > 0 do
  local tag = ARGV[at]
  local set = setOf(tag)
  local scanned = redis.pcall('SSCAN', set, cursor, 'COUNT', ARGV[3])
  if failed(scanned) then scanned = { '0', {} } end
  local mark = redis.call('HGET', KEYS[1], 't:' .. tag)
  local upTo = mark and tonumber(string.match(mark, '^%d+')) or -1
  local dead, gone = {}, {}
  for _, plain in ipairs(scanned[2]) do
    local key = base .. 'v1:' .. plain
    local head = headOf(key, ${PURGED_HEAD_BYTES})
    local n = numberOf(head, e)
    local tags = n and entryTags(key, head) or {}
    local has = false
    for _, own in ipairs(tags) do has = has or own == tag end
    if has and n <= upTo then
      for _, own in ipairs(tags) do if own ~= tag then redis.pcall('SREM', setOf(own), plain) end end
      dead[#dead + 1] = key
    end
    if not has or n <= upTo then gone[#gone + 1] = plain end
  end
  if #dead > 0 then removed = removed + redis.call('UNLINK', unpack(dead)) end
  if #gone > 0 then redis.call('SREM', set, unpack(gone)) end
  left = left - 1 - #scanned[2]
  cursor = scanned[1]
  if cursor == '0' then at = at + 1 end
end
return replica() or { ARGV[1], at - 5, cursor, removed }
`;

/** KEYS[3]: the sign that there are leases. ARGV from 3: epoch, number. Takes off the marks up to the number, if the
 *  epoch is still the same, but for those that are younger than a lease where there are any: one that was granted
 *  before a mark must still find it. */
export const FORGET = `${PREAMBLE}
local e, _, _, run = sequence()
if run and run ~= ARGV[2] then return moved end
local forgotten = 0
local untilMs = time()
if redis.call('EXISTS', KEYS[3]) == 1 then untilMs = untilMs - ${LEASE_MS} end
local fields = e == ARGV[3] and redis.call('HGETALL', KEYS[1]) or {}
for i = 1, #fields, 2 do
  if string.sub(fields[i], 2, 2) == ':' then
    local n, at = string.match(fields[i + 1], '^(%d+):(%d+):')
    if not n or (tonumber(n) <= tonumber(ARGV[4]) and tonumber(at) <= untilMs) then
      forgotten = forgotten + redis.call('HDEL', KEYS[1], fields[i])
    end
  end
end
return replica() or { ARGV[1], forgotten }
`;
