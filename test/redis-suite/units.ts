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
  "unit/tracking",
  "unit/auth",
  "unit/introspection",
  "unit/introspection-2",
  "unit/info",
  "unit/info-command",
  "unit/slowlog",
  "unit/latency-monitor",
  "unit/pause",
  "unit/protocol",
  "unit/querybuf",
  "unit/quit",
  "unit/other",
  "unit/networking",
  "unit/limits",
];

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

/** Tests that are left out whole: they send commands of such families between MULTI and EXEC, and leave it open. */
export const LEFT_OUT: readonly string[] = ["command stats for MULTI"];

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
  "MULTI and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
  "EXEC and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
  "MULTI-EXEC body and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
  "just EXEC and script timeout": "a script is stopped after 100 ms, and nobody waits for it",
};

export function differenceOf(test: string): string | undefined {
  return DIFFERENCES[test];
}
