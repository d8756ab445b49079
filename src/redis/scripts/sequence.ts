// The scripts that read the sequence, and begin another epoch of it after another run of Redis.

import { BIRTH_CHARS } from "../../record/layout.ts";
import { PREAMBLE } from "./preamble.ts";

/** Answers epoch, number, time and how many marks are in force. Sees, too, that the server has been nobody's replica since
 *  the connection was opened. */
export const TICK = `${PREAMBLE}
local e, n, _, run = begun()
if run ~= ARGV[2] or returned() then return moved end
return replica() or { ARGV[1], e, whole(n), exact(time()), redis.call('HLEN', KEYS[1]) - 4 }
`;

/** As TICK, but that the sequence moves to another epoch if it came from another run of Redis, or from before that was a
 *  replica: the end of the sequence may be lost, and no number may be used twice. ARGV from 4: PUBLISH or SPUBLISH, channel. */
export const ADOPT = `${PREAMBLE}
local demoted = replica()
if demoted then return demoted end
local e, n, _, run = begun()
if run ~= ARGV[2] then
  e = string.sub(e, 1, ${BIRTH_CHARS}) .. string.sub(ARGV[3], ${BIRTH_CHARS + 1})
  n = redis.call('HINCRBY', KEYS[1], 'n', 4294967296)
  redis.call('HSET', KEYS[1], 'e', e, 'run', ARGV[2])
  redis.call(ARGV[4], ARGV[5], '{"keys":[],"epoch":"' .. e .. '","seq":' .. whole(n) .. '}')
end
return { ARGV[1], e, whole(n), exact(time()) }
`;
