// The registry's scripts on Redis: the lease, what only its holder may write, and the view of it all.

import { script } from "./scripts.ts";

/** Ends the script unless ARGV[1] leads in term ARGV[2]. KEYS[1]: the lease. */
const FENCE = `
local held = redis.call('HMGET', KEYS[1], 'id', 'term')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then return 0 end
`;

/** KEYS: lease, last term. ARGV: id, its term or nothing, ms. A term is Redis's time in ms as it begins, or one more
 *  than the last: terms grow even over a Redis that has lost its data. */
const LEASE = `
local held = redis.call('HMGET', KEYS[1], 'id', 'term')
if held[1] then
  if held[1] == ARGV[1] and held[2] == ARGV[2] then
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    return { held[1], held[2], tonumber(ARGV[3]), 1 }
  end
  return { held[1], held[2], redis.call('PTTL', KEYS[1]), 0 }
end
local time = redis.call('TIME')
local term = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if term <= last then term = last + 1 end
local text = string.format('%.0f', term)
redis.call('SET', KEYS[2], text)
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'term', text)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { ARGV[1], text, tonumber(ARGV[3]), 1 }
`;

const RELEASE = `${FENCE}
return redis.call('UNLINK', KEYS[1])
`;

/** KEYS: lease, registry. ARGV from 3: the dead. */
const REAP = `${FENCE}
for i = 3, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
return 1
`;

/** KEYS: lease, decisions. ARGV from 3: decision, how many are kept. */
const DECIDE = `${FENCE}
redis.call('LPUSH', KEYS[2], ARGV[3])
redis.call('LTRIM', KEYS[2], 0, ARGV[4] - 1)
return 1
`;

/** KEYS: lease, report. ARGV from 3: report, ms. */
const REPORT = `${FENCE}
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return 1
`;

/** KEYS: registry, lease, report, decisions. ARGV: how many decisions. */
const VIEW = `
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('HGET', KEYS[2], 'id'),
  redis.call('GET', KEYS[3]),
  redis.call('LRANGE', KEYS[4], 0, ARGV[1] - 1),
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
