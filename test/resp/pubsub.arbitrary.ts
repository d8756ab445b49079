// Generates what a subscriber and a publisher ask for: channels and patterns, well-formed and not.

import fc from "fast-check";

type Words = (string | Uint8Array)[];

export interface Step {
  readonly by: "subscriber" | "publisher";
  readonly words: readonly (string | Uint8Array)[];
}

const channel = fc.constantFrom<string | Uint8Array>(
  "a",
  "ab",
  "b",
  "c[1]",
  "",
  "é",
  new Uint8Array([0xff, 0, 13]),
);
const pattern = fc.constantFrom<string | Uint8Array>(
  "a*",
  "?",
  "[a-b]*",
  "[^a]",
  "c\\[1\\]",
  "*",
  "",
  "a[",
  "b\\",
  new Uint8Array([0xff, 42]),
);
const withNames =
  (...words: Words) =>
  (names: Words) =>
    words.concat(names);
const some = <T>(one: fc.Arbitrary<T>, minLength: number) => fc.array(one, { minLength, maxLength: 3 });
const change = fc.oneof(
  { weight: 4, arbitrary: some(channel, 1).map(withNames("SUBSCRIBE")) },
  { weight: 4, arbitrary: some(pattern, 1).map(withNames("psubscribe")) },
  { weight: 2, arbitrary: some(channel, 0).map(withNames("Unsubscribe")) },
  { weight: 2, arbitrary: some(pattern, 0).map(withNames("PUNSUBSCRIBE")) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ["PING"],
      ["PING", "text"],
      ["PING", "a", "b"],
      ["GET", "k"],
      ["SET", "k", "v"],
      ["MGET", "k", "l"],
      ["NOSUCH"],
      ["GET"],
      ["SUBSCRIBE"],
      ["PSUBSCRIBE"],
      ["CLIENT", "GETNAME"],
      ["HELLO", "9"],
      ["MULTI"],
      ["EXEC"],
      ["DISCARD"],
    ),
  },
);
const publish = fc
  .tuple(
    channel,
    fc.constantFrom<string | Uint8Array>("", "text", new Uint8Array([1, 0xfe]), "x".repeat(70_000)),
  )
  .map(([name, text]) => ["PUBLISH", name, text]);
const ask = fc.oneof(
  publish,
  some(channel, 0).map(withNames("PUBSUB", "NUMSUB")),
  fc.constantFrom(
    ["PUBSUB", "NUMPAT"],
    ["PUBSUB"],
    ["PUBSUB", "nonsense"],
    ["PUBSUB", "CHANNELS"],
    ["PUBSUB", "channels", "[ab]*"],
    ["PUBSUB", "CHANNELS", "a", "b"],
    ["PUBSUB", "NUMPAT", "x"],
    ["PUBLISH", "a"],
    ["MULTI"],
    ["EXEC"],
  ),
);
export const pubsubStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: change.map((words) => ({ by: "subscriber" as const, words })) },
  { weight: 5, arbitrary: ask.map((words) => ({ by: "publisher" as const, words })) },
);
