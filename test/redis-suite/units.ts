// Which parts of Redis's suite are run, and why others are no part of the product.

export const UNITS: readonly string[] = [
  "unit/type/string",
  "unit/type/incr",
  "unit/type/hash",
  "unit/type/set",
  "unit/keyspace",
  "unit/expire",
  "unit/scan",
  "unit/dump",
  "unit/multi",
  "unit/pubsub",
  "unit/scripting",
  "unit/auth",
  "unit/introspection",
  "unit/introspection-2",
  "unit/info",
  "unit/info-command",
  "unit/slowlog",
  "unit/latency-monitor",
  "unit/pause",
  "unit/protocol",
  "unit/quit",
  "unit/other",
  "unit/networking",
  "unit/limits",
];

/** Units that are not run. */
export const UNITS_LEFT_OUT: Readonly<Record<string, string>> = {
  "unit/tracking": "all by way of CLIENT TRACKING's REDIRECT; test/resp/tracking.test.ts has RESP3's pushes",
  "unit/querybuf": "the sizes of Redis's own buffers",
};

/** The suite's own words for what a server may lack. */
export const DENIED_TAGS: Readonly<Record<string, string>> = {
  "needs:debug": "DEBUG, which no server open to clients should have",
  "needs:repl": "replication by Redis's protocol",
  "needs:save": "RDB files",
  "needs:config-maxmemory": "eviction settings at run time",
  "needs:reset": "RESET on a server that wants no key",
  cluster: "Redis Cluster's own commands",
  "large-memory": "values of gigabytes",
};

const FAMILIES: readonly (readonly [reason: string, commands: string])[] = [
  [
    "lists",
    "lpush rpush lpushx rpushx lrange llen lpop rpop linsert lindex lset lrem ltrim lmove lpos lmpop blpop brpop blmove brpoplpush rpoplpush blmpop",
  ],
  [
    "sorted sets",
    "zadd zrange zcard zscore zrem zincrby zrangebyscore zrank zscan zpopmin zpopmax bzpopmin bzpopmax zunionstore zinterstore zmpop bzmpop zrandmember zdiff zunion zinter geoadd georadius georadiusbymember geosearch geosearchstore",
  ],
  ["streams", "xadd xread xrange xlen xgroup xreadgroup xack xdel xautoclaim xsetid xtrim xinfo"],
  [
    "bits and HyperLogLogs",
    "setbit getbit bitcount bitop bitpos bitfield bitfield_ro pfadd pfcount pfmerge pfdebug pfselftest",
  ],
  ["SORT and LCS", "sort sort_ro lcs"],
  ["several databases", "move swapdb"],
  [
    "replication and files",
    "replicaof slaveof sync psync role save bgsave bgrewriteaof lastsave shutdown failover waitaof replconf",
  ],
  ["DEBUG and MONITOR", "debug monitor"],
  ["functions and modules", "fcall fcall_ro module load"],
  ["sharded pub/sub", "ssubscribe sunsubscribe spublish"],
  ["cluster commands", "cluster readonly readwrite asking migrate"],
  ["the memory of others", "lolwut"],
];

/** The family that `command` belongs to, of which the product has nothing; `undefined`: no such family. */
export function familyOf(command: string): string | undefined {
  return FAMILIES.find(([, commands]) => commands.split(" ").includes(command))?.[0];
}

/** Tests that are left out whole: a command of such families has them end amid MULTI or CLIENT PAUSE, which then lasts. */
export const LEFT_OUT: readonly string[] = [
  "command stats for MULTI",
  "Test special commands are paused by RO",
  "Test RO scripts are not blocked by pause RO",
];

/** Tests, by their names, of what is different on purpose; see the table of differences in src/resp/README.md. */
const DIFFERENCES: Readonly<Record<string, string>> = {
  "No negative zero": "INCRBYFLOAT adds decimals exactly",
  "PEXPIREAT with big integer works": "expiry times end with the year 275760",
  "TTL, TYPE and EXISTS do not alter the last access time of a key": "OBJECT IDLETIME says 0",
  "COPY basic usage for skiplist sorted set": "sorted sets",
  "Protocol desync regression test #1":
    "the last answer is lost in the runner's proxy when a connection is reset",
  "Protocol desync regression test #2":
    "the last answer is lost in the runner's proxy when a connection is reset",
  "Protocol desync regression test #3":
    "the last answer is lost in the runner's proxy when a connection is reset",
  "command stats for scripts": "sorted sets",
  "COMMAND GETKEYSANDFLAGS": "lists",
  "COMMAND GETKEYS XGROUP": "streams",
  "COMMAND GETKEYS LCS": "SORT and LCS",
  "COMMAND GETKEYS MORE THAN 256 KEYS": "sorted sets",
  "COMMAND LIST FILTERBY PATTERN - list all commands/subcommands": "cluster commands",
  "ZUNIONSTORE command is marked with movablekeys": "sorted sets",
  "XREAD command is marked with movablekeys": "streams",
  "SORT command is marked with movablekeys": "SORT and LCS",
  "SORT_RO command is marked with movablekeys": "SORT and LCS",
  "MIGRATE command is marked with movablekeys": "cluster commands",
  "GEORADIUS command is marked with movablekeys": "sorted sets",
  "EVAL - Scripts can't run blpop command": "lists",
  "EVAL - Scripts can't run brpop command": "lists",
  "EVAL - Scripts can't run brpoplpush command": "lists",
  "EVAL - Scripts can't run blmove command": "lists",
  "EVAL - Scripts can't run bzpopmin command": "sorted sets",
  "EVAL - Scripts can't run bzpopmax command": "sorted sets",
  "EVAL - redis.call variant raises a Lua error on Redis cmd error (1)": "lists",
  "EVAL - JSON smoke test": "settings of cjson",
  "EVAL - cmsgpack can pack double?": "cmsgpack",
  "EVAL - cmsgpack can pack negative int64?": "cmsgpack",
  "EVAL - cmsgpack pack/unpack smoke test": "cmsgpack",
  "EVAL - cmsgpack can pack and unpack circular references?": "cmsgpack",
  "Try trick readonly table on cmsgpack table": "cmsgpack",
  "SCRIPTING FLUSH ASYNC": "figures of INFO that have no meaning here",
  "SORT is normally not alpha re-ordered for the scripting engine": "SORT and LCS",
  "SORT BY <constant> output gets ordered for scripting": "SORT and LCS",
  "SORT BY <constant> with GET gets ordered for scripting": "SORT and LCS",
  "Call Redis command with many args from Lua (issue #1764)": "lists",
  "CLUSTER RESET can not be invoke from within a script": "cluster commands",
  "Script check unpack with massive arguments": "lists",
  "Script ACL check": "ACL SETUSER: API keys are configured outside",
  "Binary code loading failed": "string.dump, which scripts don't have",
  "not enough good replicas": "replication by Redis's protocol",
  "reject script do not cause a Lua stack leak": "eviction settings at run time",
  "Consistent eval error reporting": "eviction settings at run time",
  "CONFIG SET with multiple args": "eviction settings at run time",
  "CONFIG SET rollback on set error": "eviction settings at run time",
  "CONFIG SET rollback on apply error": "eviction settings at run time",
  "CONFIG SET duplicate configs": "eviction settings at run time",
  "CONFIG SET set immutable": "settings that have no meaning here",
  "CONFIG GET hidden configs": "settings that have no meaning here",
  "CONFIG GET multiple args": "settings that have no meaning here",
  "CLIENT LIST": "the sizes of Redis's own buffers",
  "CLIENT INFO": "the sizes of Redis's own buffers",
  "LATENCY HISTOGRAM all commands": "GET and SET that memory answers are not measured",
  "LATENCY HISTOGRAM with a subset of commands": "GET and SET that memory answers are not measured",
  "LATENCY HISTOGRAM command": "GET and SET that memory answers are not measured",
  "LATENCY HISTOGRAM with wrong command name skips the invalid one":
    "GET and SET that memory answers are not measured",
  "LATENCY of expire events are correctly collected":
    "a script is stopped after 100 ms, and nobody waits for it",
  "Timedout read-only scripts can be killed by SCRIPT KILL":
    "a script is stopped after 100 ms, and nobody waits for it",
  "Timedout read-only scripts can be killed by SCRIPT KILL even when use pcall":
    "a script is stopped after 100 ms, and nobody waits for it",
  "Timedout script does not cause a false dead client":
    "a script is stopped after 100 ms, and nobody waits for it",
  "Timedout script link is still usable after Lua returns":
    "a script is stopped after 100 ms, and nobody waits for it",
  "MULTI and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
  "EXEC and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
  "MULTI-EXEC body and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
  "just EXEC and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
};

export function differenceOf(test: string): string | undefined {
  return DIFFERENCES[test];
}
