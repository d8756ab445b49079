// Every bound of the service in one place, with the relations between them asserted at the end.

const KIB = 1024;
const MIB = 1024 * KIB;

/** Bytes of a key after decoding. */
export const KEY_BYTES_MAX = 512;
/** Bytes of one tag, and tags of one entry. */
export const TAG_BYTES_MAX = 64;
export const TAGS_MAX = 32;
/** Seconds: one year, the largest TTL that HTTP caches heed. */
export const TTL_SECONDS_MAX = 31_536_000;
/** Bytes of a stored Content-Type or Cache-Control. */
export const METADATA_BYTES_MAX = 1 * KIB;
/** Bytes that CACHEE_VALUE_BYTES_MAX may be set to: a record's lengths are 32 bits wide. */
export const VALUE_BYTES_LIMIT = 512 * MIB;
/** Below this many bytes a value is not compressed. */
export const COMPRESS_BYTES_MIN = 256;
/** Up to this many bytes all variants are made inside the write itself; above, off the event loop. */
export const COMPRESS_INLINE_BYTES_MAX = 2 * KIB;
/** Compression jobs, and bytes of values, that may wait at once; past either, the identity variant serves alone. */
export const COMPRESS_QUEUE_MAX = 1_024;
export const COMPRESS_QUEUE_BYTES_MAX = 16 * MIB;
/** Compression jobs at work at once. */
export const COMPRESS_RUNNING_MAX = 2;
/** Request bodies decoded at once: each may take a whole value of memory before it proves too large. */
export const DECODE_RUNNING_MAX = 4;
/** Bytes of decoded body that are made at a time. */
export const DECODE_CHUNK_BYTES = 64 * KIB;
/** Base-2 logarithm of the window that a zstd body may ask its decoder for: 8 MiB, as RFC 9659 has it. */
export const ZSTD_WINDOW_LOG_MAX = 23;
/** Items of one batch, and keys or tags of one invalidation. */
export const BATCH_ITEMS_MAX = 1_000;
/** Bytes of the answer to one batch, as JSON. */
export const BATCH_REPLY_BYTES_MAX = 32 * MIB;
/** Redis's commands over HTTP: bytes of the replies in one answer. In base64 they are as many as those of a batch. */
export const REST_REPLY_BYTES_MAX = 20 * MIB;
/** From this many bytes on an answer that is a copy of its value is charged until it has been sent. */
export const LARGE_ANSWER_BYTES_MIN = 128 * KIB;
/** Ns for which a byte of such an answer holds the event loop while the kernel takes it (measured: 6 ms for 8 MiB). */
export const LARGE_ANSWER_BYTE_NS = 0.75;
/** Keys of a batch that L2 is asked for before it is known how large its values are. */
export const BATCH_READ_KEYS = 100;
/** Ms that one piece of long work may take before the event loop is given back. */
export const TURN_MS_MAX = 4;
/** Bytes of a JSON request body, unless a batch of values needs more. */
export const JSON_BYTES_MAX = 16 * MIB;
/** Commas, colons, arrays and objects of a JSON request body, and how deep they nest: what parsing it costs. */
export const JSON_MARKS_MAX = 200_000;
export const JSON_DEPTH_MAX = 32;
/** A request body must have arrived whole after this long. */
export const BODY_MS_MAX = 60_000;
/** No piece of a request body may be this long in coming. */
export const BODY_SILENCE_MS_MAX = 30_000;
/** Bytes and ms of a refused request's body that are read past; a connection whose rest is longer is closed. */
export const REFUSED_BODY_BYTES_MAX = 32 * MIB;
export const REFUSED_BODY_MS_MAX = 100;
/** Seconds a connection may be silent between requests, and while an answer is not taken. */
export const IDLE_SECONDS_MAX = 30;
/** Seconds a connection may spend on one write: to Bun's timer a body that trickles in is silence. */
export const UPLOAD_SECONDS_MAX = 75;
/** Running requests have this long to finish once the process is told to stop. */
export const DRAIN_MS_MAX = 10_000;
/** API keys, and bytes of a secret. */
export const API_KEYS_MAX = 1_024;
export const SECRET_BYTES_MAX = 256;
/** Characters of a secret that stands without name and scopes: it has every right. */
export const BARE_SECRET_CHARS_MIN = 16;
/** Characters of log lines that may wait to be written; past it lines are dropped. */
export const LOG_QUEUE_CHARS_MAX = 256 * KIB;
/** Ms that the end of a process waits for its last log lines to be written. */
export const LOG_FLUSH_MS_MAX = 1_000;
/** Characters of an x-request-id that are echoed; others are replaced by one of our own. */
export const REQUEST_ID_CHARS_MAX = 128;
/** Distinct Accept-Encoding texts whose reading is remembered, and the longest that is. */
export const ACCEPT_ENCODING_MEMO_MAX = 256;
export const ACCEPT_ENCODING_CHARS_MAX = 256;
/** Entity tags read from one If-Match or If-None-Match. */
export const ENTITY_TAGS_MAX = 64;
/** Engine entries examined by one background turn, and the ms between turns. */
export const TICK_STEPS = 2_000;
export const TICK_MS = 20;
/** How long a mass invalidation waits to count what it removed; it is in force from the first moment. */
export const INVALIDATE_COUNT_MS_MAX = 2_000;
/** How long the entries of L2 are counted, ms; of more than can be counted in it, those that were. */
export const COUNT_MS_MAX = 2_000;
/** Marks of mass invalidations, prefixes and tags, in force at once: in all, and of one API key; past it further ones
 *  are refused. */
export const MARKS_MAX = 8_192;
export const MARKS_OWNER_MAX = 2_048;
/** Characters of one invalidation message: a thousand keys, each character of them escaped. */
export const MESSAGE_CHARS_MAX = 4 * MIB;
/** Ms between two ticks, unless CACHEE_STALE_MAX_MS asks for more of them: then a quarter of it. */
export const COHERENCE_TICK_MS_MAX = 250;
/** Ms between two ticks at the least, however many odd messages ask for one. */
export const COHERENCE_TICK_MS_MIN = 10;
/** Ms between two log lines about messages that do not belong on the bus. */
export const ODD_MESSAGES_LOG_MS = 10_000;
/** Ms between attempts to reach Redis, at first and at most. */
export const RECONNECT_MS_MIN = 20;
export const RECONNECT_MS_MAX = 250;
/** Ms that opening a connection may take, with greeting and subscription. */
export const CONNECT_MS_MAX = 1_000;
/** Failures in a row that open L2's breaker, and ms between trials while it is open. */
export const BREAKER_FAILURES = 5;
export const BREAKER_TRIAL_MS = 100;
/** L2 operations that may wait for an answer at once; past it they are refused. */
export const L2_PENDING_MAX = 20_000;
/** Writes of one partition that L2 is asked for at once: the time that each may take does not pass while it waits behind
 *  a thousand others. */
export const L2_WRITES_MAX = 64;
/** Keys of one read or sweep script. */
export const L2_SCRIPT_KEYS_MAX = 100;
/** Bytes of values after which one read script ends; the keys that are left are asked for anew. */
export const L2_SCRIPT_BYTES_MAX = 8 * MIB;
/** Bytes of values in the answer to one read of many keys, past which it is given up. */
export const L2_READ_BYTES_MAX = 64 * MIB;
/** What a client is told to wait when L2 does not answer, ms. */
export const RETRY_AFTER_MS = 1_000;
/** Ms that a right to fill lasts, and the longest that a reader may wait for another's fill. */
export const LEASE_MS = 10_000;
export const LEASE_WAIT_MS_MAX = 10_000;
/** Ms between two looks at a key that another has the right to fill, if nothing is heard of it. */
export const LEASE_POLL_MS = 1_000;
/** How long a write waits for a shard of the workers' common memory that another worker writes, ms. */
export const LOCK_WAIT_MS = 3_000;
/** Rights to fill that a process keeps in memory; past it the oldest are forgotten. */
export const LEASES_MAX = 20_000;
/** Without an L2: bytes of the copies of entries that may be served past their expiry while another fills the key. */
export const STALE_COPIES_BYTES_MAX = 16 * MIB;
/** Ms that marks may stay in L2 before an instance other than the one that made them tidies up. */
export const MARKS_STALE_MS = 30_000;
/** Readers that may wait for another's fill at once. */
export const WAITERS_MAX = 10_000;
/** Of those, how many are woken before the event loop runs. */
export const WAKES_MAX = 256;
/** Series of one figure: combinations of its labels' values. */
export const SERIES_MAX = 2_048;
/** Events of an instance that are remembered, and characters of a text in one. */
export const EVENTS_MAX = 256;
export const EVENT_CHARS_MAX = 300;
/** Bytes of a value that a page of entries has in it, and of all of them together: base64 makes them a third more. */
export const ENTRY_VALUE_BYTES_MAX = 192 * KIB;
export const ENTRY_PAGE_BYTES_MAX = 16 * MIB;
/** Keys or tags that a line of the audit log names; it says how many there were. */
export const AUDITED_NAMES_MAX = 16;
/** Characters of a path that the log tells: a key of 512 bytes, each escaped, and a little more. */
export const LOGGED_PATH_CHARS_MAX = 1_600;
/** Bytes of a body that names a log level. */
export const LOG_LEVEL_BODY_BYTES_MAX = 1_024;
/** Ms between two points of the history that an instance keeps, and the points of it: an hour. */
export const HISTORY_STEP_MS = 10_000;
export const HISTORY_POINTS_MAX = 360;
/** API keys that requests and refusals, and error codes that refusals are counted for; past either they count as "other". */
export const REFUSAL_KEYS_MAX = 64;
export const REFUSAL_CODES_MAX = 64;
/** Ms between two looks at how late the event loop is. */
export const LOOP_DELAY_TICK_MS = 20;
/** Ms by which a look is late that make something a holder of the event loop, and between two log lines about that. */
export const LOOP_BLOCKED_MS_MIN = 50;
export const LOOP_BLOCKED_LOG_MS = 10_000;
/** Kinds of work that are told apart there: endpoints, commands and jobs of the background. */
export const LOOP_WORK_KINDS_MAX = 1_024;
/** Rounds of requests by which a process has its code compiled before it is ready, then hits over a socket; ms that each may take. */
export const WARM_CODE_ROUNDS = 30;
export const WARM_CODE_HITS = 4_800;
export const WARM_CODE_MS_MAX = 150;
/** Ms at most for which a draining instance goes on accepting, for balancers to see that it is not ready. */
export const DRAIN_NOTICE_MS_MAX = 2_000;
/** The smallest L1 that the engine runs in. */
export const L1_BYTES_MIN = 1 * MIB;

/** RESP: arguments of one command, and bytes of one argument that the protocol itself allows (Redis's own bounds). */
export const RESP_ARGUMENTS_MAX = 2_147_483_647;
export const RESP_BULK_BYTES_MAX = 512 * MIB;
/** RESP: bytes of one command beyond its largest value; what is longer is read past and refused. */
export const RESP_COMMAND_BYTES_MAX = 64 * MIB;
/** RESP: bytes of an inline command, and characters of a line that gives a length. */
export const RESP_LINE_BYTES_MAX = 64 * KIB;
export const RESP_NUMBER_CHARS_MAX = 32;
/** RESP: arguments of one command before AUTH, as Redis has them, and bytes of all of them together. */
export const RESP_GUEST_ARGUMENTS_MAX = 10;
export const RESP_GUEST_BYTES_MAX = 16 * KIB;
/** RESP: bytes received that may wait behind a command that waits for L2; past it the socket is not read. */
export const RESP_HELD_BYTES_MAX = 1 * MIB;
/** Ms for which one piece of work may hold the event loop before it gives it back. */
export const SLICE_MS_MAX = 3;
/** RESP: bytes of answers after which they are sent before more commands are run. */
export const RESP_BATCH_BYTES_MAX = 256 * KIB;
/** RESP: from this many bytes on a value is handed to the socket where it lies. */
export const RESP_DIRECT_BYTES_MIN = 64 * KIB;
/** RESP: bytes of the values in one answer of a single step, and of those that are copied at once where it need not be one. */
export const RESP_REPLY_BYTES_MAX = 64 * MIB;
export const RESP_AT_ONCE_BYTES = 8 * MIB;
/** Ms in which commands that came over HTTP are answered, all of one request together. */
export const COMMANDS_MS_MAX = 30_000;
/** RESP: keys of one answer to KEYS, entries looked at by one SCAN. */
export const RESP_KEYS_MAX = 10_000;
export const RESP_SCAN_COUNT_MAX = 10_000;
/** RESP: bytes of the commands that one transaction queues. */
export const RESP_QUEUED_BYTES_MAX = 16 * MIB;
/** RESP: characters of a pattern, bytes of a channel's name; and patterns of one CONFIG GET. */
export const RESP_PATTERN_CHARS_MAX = 1_024;
export const RESP_PATTERNS_MAX = 64;
/** Keys remembered for having been compressed late, or tried. */
export const LATE_VARIANTS_TRIED_MAX = 10_000;
/** RESP: the longest CLIENT PAUSE. */
export const CLIENT_PAUSE_MS_MAX = 60_000;
/** RESP: entries of SLOWLOG, arguments of each, and bytes of an argument. */
export const SLOW_LOG_ENTRIES_MAX = 128;
export const SLOW_LOG_ARGUMENTS_MAX = 32;
export const SLOW_LOG_ARGUMENT_BYTES_MAX = 128;
/** RESP: kinds of events that LATENCY tells of, and samples of each; codes of errors that INFO counts. */
export const LATENCY_EVENTS_MAX = 16;
export const LATENCY_SAMPLES_MAX = 160;
export const ERROR_CODES_MAX = 128;
/** Wall-clock ms beyond which nothing may expire: the last that a Date can hold, in the year 275760. */
export const EXPIRY_WALL_MS_MAX = 8_640_000_000_000_000;
/** RESP: bytes of a connection's name, library name or version. */
export const RESP_NAME_BYTES_MAX = 256;
/** Attempts of a read-modify-write before it is given up, all of them overtaken by other writers. */
export const REWRITE_ATTEMPTS_MAX = 100;
/** The longest pause before another attempt, on average half of it. */
export const REWRITE_PAUSE_MS_MAX = 10;
/** Entries evicted in one slice to make room for a large value, and slices after which it is written come what may. */
export const ROOM_STEPS = 2_000;
export const ROOM_SLICES_MAX = 10_000;
/** WebSocket: bytes of one message beyond its largest value, and of answers that may wait for a client beyond that. */
export const WEBSOCKET_MESSAGE_BYTES_MAX = 16 * MIB;
/** WebSocket: bytes of answers after which they are sent, before more requests are carried out. */
export const WEBSOCKET_SEND_BYTES = 256 * KIB;
/** WebSocket: a value of so many bytes is made room for in the budget before it is copied. */
export const WEBSOCKET_LARGE_BYTES = 64 * KIB;
/** WebSocket: requests of one client that may wait for L2; more of them are not read meanwhile. */
export const WEBSOCKET_LATE_MAX = 256;
/** WebSocket: how often what clients have sent of messages that are not whole is looked at, and parts of a look at once. */
export const WEBSOCKET_LOOK_MS = 100;
export const WEBSOCKET_LOOK_PARTS = 8;
/** WebSocket: invalidations that may wait for a client; more at once are "drop all". */
export const WEBSOCKET_INVALIDATIONS_MAX = 10_000;
/** WebSocket: seconds after which a peer that does not even answer pings is taken for dead. */
export const WEBSOCKET_IDLE_SECONDS_MAX = 60;
/** Connections of one lane: in all, and of one API key. */
export const LANE_CONNECTIONS_MAX = 10_000;
export const LANE_CONNECTIONS_PER_KEY_MAX = 4_096;
/** Of those, such as have not shown a key: in all, and from one address; past it the oldest of them is cut. */
export const LANE_GUESTS_MAX = 4_096;
export const LANE_GUESTS_PER_ADDRESS_MAX = 1_024;
/** Ms after which those past it are cut: who comes among a thousand others is read before. */
export const LANE_GUESTS_CUT_MS = 50;
/** A connection has to show a key within this time, however busy it is. */
export const LANE_GUEST_MS_MAX = 10_000;
/** A connection that has shown one may be silent this long. */
export const LANE_IDLE_MS_MAX = 300_000;
/** A client that takes nothing of what waits for it for this long is cut. */
export const LANE_STALLED_MS_MAX = 10_000;
/** Bytes of invalidations that may wait for a client beyond its answers; past it the client is cut. */
export const LANE_PUSH_BYTES_MAX = 1 * MIB;
/** RESP: channels and patterns that one connection subscribes to, and bytes of their names. */
export const SUBSCRIPTIONS_MAX = 10_000;
export const SUBSCRIPTION_BYTES_MAX = 256 * KIB;
/** RESP: bytes of messages that may wait for a subscriber; past it, it is cut, as Redis does. */
export const SUBSCRIPTION_MESSAGES_BYTES_MAX = 32 * MIB;
/** RESP: what one run of a script may take: Lua's instructions, ms, bytes of Lua's memory, which is kept between runs. */
export const SCRIPT_STEPS_MAX = 5_000_000;
export const SCRIPT_MS_MAX = 100;
export const SCRIPT_MEMORY_BYTES_MAX = 32 * MIB;
/** RESP: scripts that are known by SHA-1, bytes of their sources, and how many of them are kept compiled. */
export const SCRIPTS_MAX = 1_000;
export const SCRIPTS_BYTES_MAX = 4 * MIB;
export const SCRIPTS_COMPILED_MAX = 200;
/** How often lanes look for idle and stalled connections and for tracked entries that expired. */
export const LANE_SWEEP_MS = 500;
/** Bytes of what is remembered of clients that keep copies, and keys of one client; past it "drop all you hold". */
export const TRACKED_BYTES_MAX = 48 * MIB;
export const TRACKED_KEYS_PER_CLIENT_MAX = 100_000;
/** Prefixes that one client may subscribe to. */
export const TRACKED_PREFIXES_MAX = 64;

const relations: readonly (readonly [boolean, string])[] = [
  [COMPRESS_BYTES_MIN < COMPRESS_INLINE_BYTES_MAX, "inline compression covers the smallest value"],
  [TAGS_MAX < 256, "a record counts its tags in one byte"],
  [TAG_BYTES_MAX < 256, "a record gives a tag's length in one byte"],
  [METADATA_BYTES_MAX < 65_536, "a record gives metadata lengths in two bytes"],
  [KEY_BYTES_MAX < 65_536, "a key's length fits two bytes"],
  [VALUE_BYTES_LIMIT < 2 ** 32, "a record gives variant lengths in four bytes"],
  [REST_REPLY_BYTES_MAX * (4 / 3) < BATCH_REPLY_BYTES_MAX, "replies fit into an answer in base64"],
  [UPLOAD_SECONDS_MAX <= 255, "Bun.serve takes a request's timeout of up to 255 s"],
  [BODY_MS_MAX + 10_000 < UPLOAD_SECONDS_MAX * 1_000, "a slow body is told so before its connection is cut"],
  [BODY_SILENCE_MS_MAX <= BODY_MS_MAX, "a body's silence is within its time"],
  [DRAIN_NOTICE_MS_MAX < DRAIN_MS_MAX, "a drain is mostly for running requests"],
  [IDLE_SECONDS_MAX <= 255, "Bun.serve takes an idle timeout of up to 255 s"],
];
for (const [holds, sentence] of relations) {
  if (!holds) throw new Error(`limits contradict one another: ${sentence}`);
}
