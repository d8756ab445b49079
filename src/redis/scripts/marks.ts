// The scripts of mass invalidation: the mark that is in force at once, the sweep behind it, and the end of the mark.

import { LEASE_MS, MARKS_MAX, MARKS_OWNER_MAX } from "../../base/limits.ts";
import { LIVE } from "./live.ts";
import { MUTATION, PREAMBLE } from "./preamble.ts";

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
export const SWEEP = `${PREAMBLE}${LIVE}
local e, cn, m, run = sequence()
if run and run ~= ARGV[2] then return moved end
local scanned = redis.call('SCAN', ARGV[3], 'MATCH', ARGV[4], 'COUNT', ARGV[5])
local removed = 0
if e and hasMarks() then
  for _, key in ipairs(scanned[2]) do
    local head = headOf(key)
    if #head > 0 and not live(key, string.sub(key, ARGV[6] + 1), head, e, cn, m) then
      removed = removed + redis.call('UNLINK', key)
    end
  end
end
return replica() or { ARGV[1], scanned[1], removed }
`;

/** KEYS[3]: the sign that there are leases. ARGV[3]: a number. Takes off the marks up to it, but for those that are
 *  younger than a lease where there are any: one that was granted before a mark must still find it. */
export const FORGET = `${PREAMBLE}
local e, _, _, run = sequence()
if run and run ~= ARGV[2] then return moved end
local forgotten = 0
local untilMs = time()
if redis.call('EXISTS', KEYS[3]) == 1 then untilMs = untilMs - ${LEASE_MS} end
local fields = e and redis.call('HGETALL', KEYS[1]) or {}
for i = 1, #fields, 2 do
  if string.sub(fields[i], 2, 2) == ':' then
    local n, at = string.match(fields[i + 1], '^(%d+):(%d+):')
    if not n or (tonumber(n) <= tonumber(ARGV[3]) and tonumber(at) <= untilMs) then
      forgotten = forgotten + redis.call('HDEL', KEYS[1], fields[i])
    end
  end
end
return replica() or { ARGV[1], forgotten }
`;
