// The registry's scripts on Redis: the leader's lease, what only its holder may write, and the view of it all.
//
// Their arguments begin, as all scripts' do, with the question's number and the run (script.ts).

import { script } from "./script.ts";

/** Ends the script unless ARGV[3] leads in term ARGV[4]. KEYS[1]: the lease. */
const FENCE = `
local held = redis.call('HMGET', KEYS[1], 'id', 'term')
if held[1] ~= ARGV[3] or held[2] ~= ARGV[4] then return { ARGV[1], 0 } end
`;

/** KEYS: lease, last term. ARGV from 3: id, its term or nothing, ms. A term is Redis's time in ms as it begins, or one
 *  more than the last: terms grow even over a Redis that has lost its data. Answers holder, term, ms left, granted. */
const LEASE = `
local held = redis.call('HMGET', KEYS[1], 'id', 'term')
if held[1] then
  if held[1] == ARGV[3] and held[2] == ARGV[4] then
    redis.call('PEXPIRE', KEYS[1], ARGV[5])
    return { ARGV[1], held[1], held[2], tonumber(ARGV[5]), 1 }
  end
  return { ARGV[1], held[1], held[2], redis.call('PTTL', KEYS[1]), 0 }
end
local time = redis.call('TIME')
local term = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if term <= last then term = last + 1 end
local text = string.format('%.0f', term)
redis.call('SET', KEYS[2], text)
redis.call('HSET', KEYS[1], 'id', ARGV[3], 'term', text)
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return { ARGV[1], ARGV[3], text, tonumber(ARGV[5]), 1 }
`;

const RELEASE = `${FENCE}
return { ARGV[1], redis.call('UNLINK', KEYS[1]) }
`;

/** KEYS: lease, registry. ARGV from 5: the dead. */
const REAP = `${FENCE}
for i = 5, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
return { ARGV[1], 1 }
`;

/** KEYS: lease, decisions. ARGV from 5: decision, how many are kept. */
const DECIDE = `${FENCE}
redis.call('LPUSH', KEYS[2], ARGV[5])
redis.call('LTRIM', KEYS[2], 0, ARGV[6] - 1)
return { ARGV[1], 1 }
`;

/** KEYS: lease, report. ARGV from 5: report, ms. */
const REPORT = `${FENCE}
redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
return { ARGV[1], 1 }
`;

/** KEYS: registry, lease, report, decisions. ARGV from 3: how many decisions, how many entries. Answers pairs of id
 *  and record, holder, report, decisions. */
const VIEW = `
local pairs = {}
if redis.call('HLEN', KEYS[1]) <= tonumber(ARGV[4]) then
  pairs = redis.call('HGETALL', KEYS[1])
else
  pairs = redis.call('HRANDFIELD', KEYS[1], ARGV[4], 'WITHVALUES')
end
return {
  ARGV[1],
  pairs,
  redis.call('HGET', KEYS[2], 'id'),
  redis.call('GET', KEYS[3]),
  redis.call('LRANGE', KEYS[4], 0, ARGV[3] - 1),
}
`;

export const REGISTRY_SCRIPTS = {
  lease: script(LEASE),
  release: script(RELEASE),
  reap: script(REAP),
  decide: script(DECIDE),
  report: script(REPORT),
  view: script(VIEW),
} as const;
