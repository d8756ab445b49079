// Generates Lua scripts: commands on a few keys, values that are handed about and returned, errors caught and not.

import fc from "fast-check";

type Words = readonly string[];

const key = fc.constantFrom("KEYS[1]", "KEYS[2]");
const value = fc.constantFrom(
  "ARGV[1]",
  "ARGV[2]",
  "'text'",
  "7",
  "1.5",
  "-3",
  "10/4",
  "'é'",
  "'a\\0b'",
  "1e15",
);
const command = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(
        "get",
        "GET",
        "incr",
        "decr",
        "ttl",
        "persist",
        "strlen",
        "type",
        "exists",
        "getdel",
        "hgetall",
        "smembers",
        "hlen",
      ),
      key,
    )
    .map((words): Words => [`'${words[0]}'`, words[1]]),
  fc
    .tuple(
      fc.constantFrom(
        "set",
        "append",
        "setnx",
        "getset",
        "incrby",
        "incrbyfloat",
        "sadd",
        "sismember",
        "hget",
        "hdel",
      ),
      key,
      value,
    )
    .map((words): Words => [`'${words[0]}'`, words[1], words[2]]),
  fc.tuple(key, value, value).map(([k, field, v]): Words => ["'hset'", k, field, v]),
  fc.tuple(key, value, value).map(([k, field, v]): Words => ["'hincrby'", k, field, v]),
  fc.tuple(key, value).map(([k, v]): Words => ["'set'", k, v, "'px'", "100000"]),
  fc.tuple(key, value).map(([k, v]): Words => ["'set'", k, v, "'nx'", "'get'"]),
  fc.tuple(key, key).map(([a, b]): Words => ["'del'", a, b]),
  fc.tuple(key, key).map(([a, b]): Words => ["'mget'", a, b]),
  fc.tuple(key, value, key, value).map(([a, v, b, w]): Words => ["'mset'", a, v, b, w]),
  fc.constantFrom<Words>(
    ["'nosuch'"],
    ["'get'"],
    ["'subscribe'", "'a'"],
    ["'eval'", "'return 1'", "0"],
    ["'ping'"],
    ["'echo'", "7"],
    ["'get'", "{}"],
    [],
    ["'multi'"],
    ["'get'", "true"],
  ),
);
const call = fc
  .tuple(fc.constantFrom("call", "call", "call", "pcall"), command)
  .map(([how, words]) => `redis.${how}(${words.join(", ")})`);
const expression: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 6, arbitrary: call },
    value,
    fc.constantFrom(
      "nil",
      "true",
      "false",
      "3.99",
      "-3.99",
      "'x' .. 1",
      "tostring(10/2)",
      "#KEYS",
      "{1, 2, nil, 4}",
      "{ok='fine'}",
      "{err='MINE bad'}",
      "{err='bare'}",
      "redis.status_reply('S')",
      "redis.error_reply('E')",
      "redis.error_reply('-E x')",
      "redis.sha1hex('a')",
      "{double=1.5}",
      "x",
      "1/0",
      "type(redis.call('get', KEYS[1]))",
      "tonumber(ARGV[1])",
      "tonumber('0x10')",
      "string.format('%d %s %5.2f', 3.7, 'a', 2)",
      "cjson.encode({1, 2, {a='b/c'}})",
      'cjson.decode(\'{"a":[1,2.5,"x"]}\').a',
      "select('#', 1, nil)",
      "math.floor(-3.5)",
      "table.concat({1,2,3}, ',')",
      "('x'):rep(3)",
      "('hello'):sub(2, -2)",
      "string.gsub('hello', 'l', 'L')",
      "unpack({5, 6})",
      "bit.band(13, 11)",
      "bit.tobit(2^31)",
      "bit.lshift(1, 31)",
      "next({})",
      "pcall(error, 'x')",
      "redis.REPL_ALL",
      "loadstring('return 5')()",
      "tostring(2^63)",
      "tostring(1e100)",
      "-0",
      "tostring(0.1)",
      "2^53",
      "0.1+0.2",
    ),
    fc.tuple(tie("value"), tie("value")).map(([a, b]) => `{${a}, ${b}}`),
    tie("value").map((inner) => `(select(2, pcall(function() return ${inner} end)))`),
    value.map((inner) => `tostring(${inner})`),
    fc.tuple(tie("value"), value).map(([a, b]) => `(${a} == ${b})`),
  ),
})).value;
const statement = fc.oneof(
  { weight: 6, arbitrary: call },
  expression.map((text) => `local v = ${text}`),
  fc.tuple(expression, call).map(([condition, then]) => `if ${condition} then ${then} end`),
  fc.tuple(fc.integer({ min: 0, max: 4 }), call).map(([count, body]) => `for i = 1, ${count} do ${body} end`),
  fc.constantFrom(
    "x = 1",
    "error('boo')",
    "error({err='MY own'})",
    "string.x = 1",
    "local y = nosuch",
    "redis.setresp(3)",
    "syntax error here",
    "return",
    "KEYS[1] = 'a'",
    "local t = {} t.x.y = 1",
  ),
);

/** A script of some lines. */
export const script = fc
  .tuple(fc.array(statement, { maxLength: 4 }), expression)
  .map(([lines, last]) => `${lines.join("\n")}\nreturn ${last}`);
