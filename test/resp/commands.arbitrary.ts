// Generates Redis commands over a few keys: well-formed ones, and such as are wrong in every way that clients get wrong.

import fc from "fast-check";

export type Words = (string | Uint8Array)[];

const key: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c:1", "k 2", "é", "long".repeat(40)) },
  // Such as HTTP could not name, and such as look like the stored forms of those.
  { weight: 1, arbitrary: fc.constantFrom("", "..", "a\u0000", "x/./y", "␀", "␀=00", "\u0000", "a␀=00") },
  { weight: 1, arbitrary: fc.constantFrom(new Uint8Array([0xac, 0xed, 0, 5, 116]), new Uint8Array([255])) },
);
const integer = fc.oneof(
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.constantFrom(
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775806",
    "-9223372036854775807",
  ),
);
const noInteger = fc.constantFrom(
  "",
  "abc",
  "1.5",
  "01",
  "+1",
  " 1",
  "1 ",
  "9223372036854775808",
  "-0",
  "1e3",
  "0x1",
);
const numeric = fc.oneof({ weight: 6, arbitrary: integer }, { weight: 1, arbitrary: noInteger });
const value: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  { weight: 3, arbitrary: numeric },
  { weight: 2, arbitrary: fc.string({ maxLength: 20 }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }) },
);
/** Far enough for no test to see it come. */
const future = fc.constantFrom("1000", "5000", "100000");
const seconds = fc.oneof({ weight: 6, arbitrary: future }, { weight: 1, arbitrary: numeric });
const milliseconds = fc.oneof(
  { weight: 6, arbitrary: future.map((text) => `${text}000`) },
  {
    weight: 1,
    arbitrary: numeric.filter((text) => !/^\d+$/.test(text) || Number(text) === 0 || Number(text) > 1e9),
  },
);
const epochSeconds = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("4000000000", "4000001000", "5000000000") },
  { weight: 1, arbitrary: fc.constantFrom("1", "1000000000", "0", "-5", "9223372036854775807") },
);

const epochMilliseconds = epochSeconds
  .filter((text) => text.length <= 12)
  .map((text) => (text === "0" || text === "-5" ? text : `${text}000`));

const anyCase = (word: string) =>
  fc.constantFrom(word, word.toUpperCase(), word[0]!.toUpperCase() + word.slice(1));
const expiryOption = fc.oneof(
  fc.tuple(anyCase("ex"), seconds),
  fc.tuple(anyCase("px"), milliseconds),
  fc.tuple(anyCase("exat"), epochSeconds),
  fc.tuple(
    anyCase("pxat"),
    // Beyond the year 275760 Redis takes what we refuse.
    epochSeconds.filter((text) => text.length <= 12).map((text) => `${text}000`),
  ),
);
const word = (text: string) => anyCase(text).map((given) => [given]);
const setOptions = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: expiryOption },
      { weight: 2, arbitrary: word("nx") },
      { weight: 2, arbitrary: word("xx") },
      { weight: 2, arbitrary: word("get") },
      { weight: 2, arbitrary: word("keepttl") },
      { weight: 1, arbitrary: word("persist") },
      { weight: 1, arbitrary: word("nonsense") },
      { weight: 1, arbitrary: word("ex") },
    ),
    { maxLength: 3 },
  )
  .map((options) => options.flat());
const getexOptions = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: expiryOption },
      { weight: 3, arbitrary: word("persist") },
      { weight: 1, arbitrary: word("nx") },
    ),
    { maxLength: 2 },
  )
  .map((options) => options.flat());
/** GT and LT of times from now would hang on a millisecond. */
const relativeGuards = fc.constantFrom([], ["nx"], ["XX"], ["nx", "gt"], ["gt", "lt"], ["maybe"]);
const guards = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom("nx", "XX", "gt", "LT") },
    { weight: 1, arbitrary: fc.constant("maybe") },
  ),
  { maxLength: 2 },
);

const command = (
  name: string,
  ...rest: fc.Arbitrary<string | Uint8Array | readonly (string | Uint8Array)[]>[]
) => fc.tuple(anyCase(name), ...rest).map((parts): Words => parts.flat() as Words);
const keys = fc.array(key, { minLength: 1, maxLength: 4 });
const pairs = fc
  .array(fc.tuple(key, value), { minLength: 1, maxLength: 3 })
  .map((list) => list.flat() as Words);

/** Patterns that no two of the keys match, so that no order shows. */
const pattern = fc.constantFrom(
  "a",
  "a\\*",
  "\u0000",
  "\u0000*",
  "[\u0000]",
  "",
  "␀",
  "..",
  "x/*",
  new Uint8Array([0xac, 42]),
  new Uint8Array([255]),
  new Uint8Array([63, 0xed, 42]),
);

const smallOffset = fc.constantFrom("0", "1", "5", "300", "-1");

/** What reads and writes values. */
const data = fc.oneof(
  { weight: 6, arbitrary: command("set", key, value, setOptions) },
  { weight: 4, arbitrary: command("get", key) },
  { weight: 2, arbitrary: command("mget", keys) },
  { weight: 1, arbitrary: command("getdel", key) },
  { weight: 3, arbitrary: command("getex", key, getexOptions) },
  { weight: 1, arbitrary: command("setex", key, seconds, value) },
  { weight: 1, arbitrary: command("psetex", key, milliseconds, value) },
  { weight: 1, arbitrary: command("setnx", key, value) },
  { weight: 1, arbitrary: command("mset", pairs) },
  { weight: 3, arbitrary: command("append", key, value) },
  { weight: 1, arbitrary: command("strlen", key) },
  { weight: 3, arbitrary: command("getrange", key, numeric, numeric) },
  { weight: 2, arbitrary: command("incr", key) },
  { weight: 3, arbitrary: command("incrby", key, numeric) },
  { weight: 2, arbitrary: command("decr", key) },
  { weight: 3, arbitrary: command("decrby", key, numeric) },
  { weight: 2, arbitrary: command("getset", key, value) },
  { weight: 2, arbitrary: command("setrange", key, fc.oneof(smallOffset, noInteger), value) },
  { weight: 1, arbitrary: command("substr", key, numeric, numeric) },
  { weight: 1, arbitrary: command("msetnx", pairs) },
);

/** What is about keys and their expiry. */
const keyspace = fc.oneof(
  { weight: 2, arbitrary: command("del", keys) },
  { weight: 1, arbitrary: command("unlink", keys) },
  { weight: 2, arbitrary: command("exists", keys) },
  { weight: 1, arbitrary: command("touch", keys) },
  { weight: 1, arbitrary: command("type", key) },
  { weight: 3, arbitrary: command("expire", key, seconds, relativeGuards) },
  { weight: 2, arbitrary: command("pexpire", key, milliseconds, relativeGuards) },
  { weight: 3, arbitrary: command("expireat", key, epochSeconds, guards) },
  { weight: 2, arbitrary: command("pexpireat", key, epochMilliseconds, guards) },
  { weight: 2, arbitrary: command("persist", key) },
  { weight: 1, arbitrary: command("pexpiretime", key) },
  { weight: 2, arbitrary: command("rename", key, key) },
  { weight: 1, arbitrary: command("renamenx", key, key) },
  {
    weight: 2,
    arbitrary: command("copy", key, key, fc.constantFrom([], ["replace"], ["DB", "0"], ["db"], ["x"])),
  },
  { weight: 3, arbitrary: command("ttl", key) },
  { weight: 2, arbitrary: command("pttl", key) },
  { weight: 2, arbitrary: command("expiretime", key) },
  { weight: 1, arbitrary: command("keys", pattern) },
  { weight: 1, arbitrary: command("flushall", fc.constantFrom([], ["ASYNC"], ["sync"], ["now"])) },
  { weight: 1, arbitrary: command("flushdb", fc.constantFrom([], ["async"], ["async", "sync"])) },
);

/** What is about the connection, and what is no command at all. */
const other = fc.oneof(
  command("ping", fc.constantFrom([], ["hello"], ["a", "b"])),
  command("echo", value),
  command("select", fc.constantFrom("0", "1", "-1", "x", "99999999999")),
  command("client", fc.constantFrom("getname", "GETNAME")),
  command("client", fc.constant("setname"), fc.constantFrom("", "me", "two words", "a\nb")),
  command("client", fc.constantFrom(["no-evict", "on"], ["no-evict", "x"], ["nonsense"], ["setname"], [])),
  command(
    "client",
    fc.constantFrom(["tracking", "x"], ["tracking", "on", "prefix", "a"], ["caching", "yes"]),
  ),
  command("client", fc.constantFrom(["list", "type", "x"], ["list", "id", "x"], ["list", "x"])),
  command("config", fc.constantFrom([], ["nonsense"], ["get"])),
  command("command", fc.constantFrom(["nonsense"], ["info", "nosuch"], ["count", "x"], ["docs", "nosuch"])),
  command(
    "hello",
    fc.constantFrom(["4"], ["x"], ["2", "nonsense"], ["2", "setname", "a b"], ["2", "auth", "a", "b"]),
  ),
  command("auth", fc.constantFrom(["wrong"], ["default", "wrong"], ["a", "b", "c"], [])),
  command(
    "scan",
    fc.constantFrom([], ["x"], ["0", "count"], ["0", "count", "0"], ["0", "count", "x"], ["0", "x", "y"]),
  ),
  command("time", fc.constant("x")),
  command("wait", fc.constantFrom(["0", "0"], ["0", "x"], ["x", "0"], ["0", "-1"])),
  command("acl", fc.constant("whoami")),
  command(
    "command",
    fc.constantFrom(
      ["getkeys", "get", "a"],
      ["getkeys", "mset", "a", "1", "b", "2"],
      ["getkeys", "get"],
      ["getkeys", "ping"],
      ["getkeys", "nosuch", "x"],
      ["getkeys", "eval", "return 1", "1", "a", "b"],
      ["getkeys", "eval", "return 1", "0", "a"],
      ["getkeysandflags", "set", "a", "1"],
      ["getkeysandflags", "set", "a", "1", "get"],
      ["getkeysandflags", "mset", "a", "1", "b", "2"],
      ["getkeysandflags", "sinterstore", "a", "b", "c"],
      ["getkeysandflags", "smove", "a", "b", "c"],
      ["getkeysandflags", "incr", "a"],
      ["getkeysandflags", "hset", "a", "f", "1"],
      ["getkeysandflags", "get", "a"],
      ["getkeysandflags", "exists", "a"],
      ["getkeysandflags", "del", "a"],
      ["getkeysandflags", "rename", "a", "b"],
      ["getkeysandflags", "expire", "a", "1"],
      ["getkeysandflags", "append", "a", "1"],
      ["getkeysandflags", "hincrby", "a", "f", "1"],
      ["getkeysandflags", "sadd", "a", "1"],
      ["getkeysandflags", "spop", "a", "1"],
      ["getkeysandflags", "getex", "a", "persist"],
      ["getkeysandflags", "setnx", "a", "1"],
      ["getkeysandflags", "hdel", "a", "1"],
      ["getkeysandflags", "copy", "a", "b"],
      ["getkeysandflags", "ping"],
    ),
  ),
  command("client", fc.constantFrom("getredir", "trackinginfo")),
  command("client|id", fc.constantFrom([], ["x"])),
  command("reset", fc.constant("x")),
  fc
    .array(fc.string({ minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 5 })
    .map(([name, ...words]): Words => ([`no-${name}`] as Words).concat(words)),
);

const NAMES = [
  "get",
  "set",
  "mget",
  "append",
  "incrby",
  "expire",
  "ttl",
  "getrange",
  "mset",
  "type",
  "getex",
];
/** Commands with too few or too many arguments. */
const misshapen = fc
  .tuple(fc.constantFrom(...NAMES), fc.array(value, { maxLength: 5 }))
  .map(([name, rest]): Words => ([name] as Words).concat(rest));

export const commandArbitrary: fc.Arbitrary<Words> = fc.oneof(
  { weight: 12, arbitrary: data },
  { weight: 8, arbitrary: keyspace },
  { weight: 3, arbitrary: other },
  { weight: 1, arbitrary: misshapen },
);
