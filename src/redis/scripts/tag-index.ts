// Lua that keeps an index of tags: a set of keys for each tag, so that a purge looks at what it hits and at nothing else.
//
// The index says where to look and never what is true: marks do. It may have lost keys (Redis evicts, people delete); what
// a purge misses for that is covered by its mark all the same, and removed by the next sweep. Keys that have expired
// stay in their sets until a purge, or until they are met: each write looks at two keys of each set that it adds to, so
// that dead keys never outnumber those that were alive at once; and a set expires with the last of its entries.
//
// Needs LIVE. The keys' names follow from the sequence's: `cachee:{P}:clock`, `cachee:{P}:tag:TAG`, `cachee:{P}:v1:KEY`.

/** Keys of a set that a write looks at. */
const REPAIRED_KEYS = 2;

export const TAG_INDEX = `
local base = string.sub(KEYS[1], 1, -6)
local function setOf(tag) return base .. 'tag:' .. tag end
local function unindex(plain, tags)
  for _, tag in ipairs(tags) do redis.pcall('SREM', setOf(tag), plain) end
end
local function repair(set)
  local some = redis.pcall('SRANDMEMBER', set, ${REPAIRED_KEYS})
  if failed(some) then return end
  for _, plain in ipairs(some) do
    if redis.call('EXISTS', base .. 'v1:' .. plain) == 0 then redis.call('SREM', set, plain) end
  end
end
-- ttl: ms, or nothing for never.
local function index(plain, tags, ttl)
  for _, tag in ipairs(tags) do
    local set = setOf(tag)
    local isNew = redis.call('EXISTS', set) == 0
    if not failed(redis.pcall('SADD', set, plain)) then
      if not ttl then redis.call('PERSIST', set)
      elseif isNew then redis.call('PEXPIRE', set, ttl)
      else redis.call('PEXPIRE', set, ttl, 'GT') end
      repair(set)
    end
  end
end
`;
