// Lua that decides whether an entry is live: it is whole, of the sequence's past, and covered by no mark.
//
// An entry is covered by a mark that is as new as itself or newer; one of another birth of the sequence is older than
// any. Needs PREAMBLE. Layout: record/layout.ts.

import { TAG_BYTES_MAX, TAGS_MAX } from "../../base/limits.ts";
import {
  BIRTH_CHARS,
  CACHE_CONTROL_BYTES_AT,
  ENVELOPE_EPOCH_AT,
  ENVELOPE_EXPIRY_AT,
  ENVELOPE_FORMAT,
  ENVELOPE_FORMAT_AT,
  ENVELOPE_HEAD_BYTES,
  ENVELOPE_N_AT,
  HASH_AT,
  HASH_BYTES,
  HEADER_BYTES,
  NO_CACHE_CONTROL,
  TAGS_AT,
  TYPE_BYTES_AT,
} from "../../record/layout.ts";

/** Where Lua, which counts from 1, finds what the layout has at `offset` of the envelope, or of the record in it. */
const inEnvelope = (offset: number) => offset + 1;
const inRecord = (offset: number) => ENVELOPE_HEAD_BYTES + offset + 1;
/** As much of an entry as tells its number, expiry, count of tags and hash. */
const HEAD_BYTES = ENVELOPE_HEAD_BYTES + HASH_AT + HASH_BYTES;
/** Where an entry's hash lies, for Lua. */
export const HASH_FROM = inRecord(HASH_AT);
export const HASH_TO = HASH_FROM + HASH_BYTES - 1;

export const LIVE = `
-- As much of an entry as \`live\` needs, or \`bytes\` of it; empty where there is none, or something else.
local function headOf(key, bytes)
  local head = redis.pcall('GETRANGE', key, 0, (bytes or ${HEAD_BYTES}) - 1)
  return type(head) == 'string' and head or ''
end
-- Where the tags begin in an entry, from 0.
local function tagsFrom(head)
  local at = ${ENVELOPE_HEAD_BYTES + HEADER_BYTES} + struct.unpack('<H', head, ${inRecord(TYPE_BYTES_AT)})
  local control = struct.unpack('<H', head, ${inRecord(CACHE_CONTROL_BYTES_AT)})
  return control == ${NO_CACHE_CONTROL} and at or at + control
end
-- \`count\` tags, each after its length, in \`bytes\`.
local function tagsOf(bytes, count)
  local found, i = {}, 1
  for _ = 1, math.min(count, ${TAGS_MAX}) do
    local length = string.byte(bytes, i)
    if not length then break end
    found[#found + 1] = string.sub(bytes, i + 1, i + length)
    i = i + 1 + length
  end
  return found
end
-- The tags of an entry; \`head\` is its first bytes, and may hold them.
local function entryTags(key, head)
  local count = string.byte(head, ${inRecord(TAGS_AT)}) or 0
  if count == 0 then return {} end
  local at = tagsFrom(head)
  if #head >= at + count * ${TAG_BYTES_MAX + 1} then return tagsOf(string.sub(head, at + 1), count) end
  return tagsOf(redis.call('GETRANGE', key, at, at + count * ${TAG_BYTES_MAX + 1}), count)
end
local function tagFields(tags, fields)
  for _, tag in ipairs(tags) do fields[#fields + 1] = 't:' .. tag end
  return fields
end
local function keyFields(plain)
  local fields = { 'p:' }
  for i = 1, #plain do fields[#fields + 1] = 'p:' .. string.sub(plain, 1, i) end
  return fields
end
local function hasMarks() return redis.call('HLEN', KEYS[1]) > 4 end
-- Whether one of these marks has number \`n\` or a later one.
local function marked(fields, n)
  for _, mark in ipairs(redis.call('HMGET', KEYS[1], unpack(fields))) do
    if mark and (tonumber(string.match(mark, '^%d+')) or 0) >= n then return true end
  end
  return false
end
local function covered(key, plain, head, n)
  if not hasMarks() then return false end
  return marked(tagFields(entryTags(key, head), keyFields(plain)), n)
end
-- The entry's number: 0 for one of another birth of the sequence (epoch.ts). Nothing where there is no entry of ours.
local function numberOf(head, e)
  if #head < ${HEAD_BYTES} or string.byte(head, ${inEnvelope(ENVELOPE_FORMAT_AT)}) ~= ${ENVELOPE_FORMAT} then return nil end
  local birth = string.sub(head, ${inEnvelope(ENVELOPE_EPOCH_AT)}, ${ENVELOPE_EPOCH_AT + BIRTH_CHARS})
  if birth ~= string.sub(e, 1, ${BIRTH_CHARS}) then return 0 end
  return struct.unpack('<d', head, ${inEnvelope(ENVELOPE_N_AT)})
end
-- The entry's number and its expiry; false where none is live,
-- and then whether what is there is no entry of ours at all. e, cn, m: the sequence's epoch, number and last mark.
local function live(key, plain, head, e, cn, m)
  local n = numberOf(head, e)
  if not n then return false, #head > 0 end
  local expires = struct.unpack('<d', head, ${inEnvelope(ENVELOPE_EXPIRY_AT)})
  if not (n >= 0 and n <= cn) or expires ~= expires then return false, true end
  if n <= m and covered(key, plain, head, n) then return false, false end
  return n, expires
end
`;

/** The tags of a record, for scripts that are given one (ARGV). */
export const RECORD_TAGS = `
local function recordTags(record)
  local count = string.byte(record, ${TAGS_AT + 1}) or 0
  if count == 0 then return {} end
  local at = ${HEADER_BYTES + 1} + struct.unpack('<H', record, ${TYPE_BYTES_AT + 1})
  local control = struct.unpack('<H', record, ${CACHE_CONTROL_BYTES_AT + 1})
  if control ~= ${NO_CACHE_CONTROL} then at = at + control end
  return tagsOf(string.sub(record, at, at + count * ${TAG_BYTES_MAX + 1}), count)
end
`;
