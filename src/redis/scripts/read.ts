// The scripts that read: values with the right to fill what is missing, and a walk over the keys.

import { L2_SCRIPT_BYTES_MAX } from "../../base/limits.ts";
import { LIVE } from "./live.ts";
import { PREAMBLE } from "./preamble.ts";

/**
 * KEYS from 3: entries, then, where a lease is asked for, that of the first, and the sign that there are leases. ARGV from 3: count of keys, lease's token,
 * ms of a lease, then the keys. Values until they are too many bytes; fewer than keys, then. What is no entry of ours
 * is a miss, and removed. A lease remembers the number at which it was granted.
 */
export const READ = `${PREAMBLE}${LIVE}
local e, cn, m, run = sequence()
if run and run ~= ARGV[2] then return moved end
e, cn, m = e or '', cn or 0, m or 0
local at = time()
local reply = { ARGV[1], e, whole(cn), exact(at), false }
local bytes, count = 0, tonumber(ARGV[3])
for i = 1, count do
  if bytes > ${L2_SCRIPT_BYTES_MAX} then break end
  local key = KEYS[2 + i]
  local value = redis.pcall('GET', key)
  local isOther = type(value) == 'table'
  if type(value) ~= 'string' then value = '' end
  local n, expires = live(key, ARGV[5 + i], value, e, cn, m)
  if isOther or (not n and expires) then redis.pcall('UNLINK', key) end
  reply[5 + i] = n and value
  if n then bytes = bytes + #value end
  if ARGV[4] ~= '' and i == 1 and (not n or expires <= at) then
    local granted = redis.pcall('SET', KEYS[3 + count], ARGV[4] .. ':' .. whole(cn), 'NX', 'PX', ARGV[5])
    local isGranted = type(granted) == 'table' and granted.ok
    if isGranted then redis.call('SET', KEYS[4 + count], '', 'PX', ARGV[5]) end
    reply[5] = isGranted and 'granted' or 'held'
  end
end
return replica() or reply
`;

/** ARGV from 3: cursor, pattern, count, bytes before the key in an entry's name. Answers the next cursor, then keys. */
export const WALK = `${PREAMBLE}${LIVE}
local e, cn, m, run = sequence()
if run and run ~= ARGV[2] then return moved end
local at = time()
local scanned = redis.call('SCAN', ARGV[3], 'MATCH', ARGV[4], 'COUNT', ARGV[5])
local reply = { ARGV[1], scanned[1] }
if e then
  for _, key in ipairs(scanned[2]) do
    local plain = string.sub(key, ARGV[6] + 1)
    local n, expires = live(key, plain, headOf(key), e, cn, m)
    if n and expires > at then reply[#reply + 1] = plain end
  end
end
return replica() or reply
`;
