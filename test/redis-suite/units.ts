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

/** Tests, by their names' beginnings, of what is different on purpose; see the table of differences in src/resp/README.md. */
const DIFFERENCES: Readonly<Record<string, string>> = {};

export function differenceOf(test: string): string | undefined {
  return Object.entries(DIFFERENCES).find(([name]) => test.startsWith(name))?.[1];
}
