// Fuzzes the RESP lane: pipelines of commands with apt and odd arguments, whole or damaged, cut anywhere.

import { everyCommand } from "../../../src/resp/commands/command-table.ts";
import { encodeCommand, replyEnd } from "../../support/resp-connection.ts";
import { corpusOf } from "../support/corpus.ts";
import { FUZZ_PREFIX, FUZZ_SECRET, FuzzedServer, ROOT_SECRET } from "../support/fuzzed-server.ts";
import type { Fuzzer } from "../support/fuzzer.ts";
import { below, chunksOf, mutated, oneOf } from "../support/mutate.ts";
import { talk } from "../support/talk.ts";

/** Words that mean something to some command. */
const WORDS =
  "EX PX EXAT PXAT NX XX GET KEEPTTL PERSIST MATCH COUNT TYPE string ON OFF BCAST PREFIX OPTIN NOLOOP LIMIT LADDR ID SETNAME AUTH 3 2 ch * ?[a-z]* [^a \\ (1 +inf -inf FIELDS YES { } \r\n \0 é".split(
    " ",
  );
const NUMBERS =
  "0 1 -1 2 10 100 1.5 -0 1e3 9223372036854775807 -9223372036854775808 99999999999999999999".split(" ");
const ODD_KEYS = ["honest/canary", "fuzz", "", "a\nb", "x".repeat(600)];
/** Behind these the connection is gone, or another's, or what comes is no longer one answer a command. */
const UNCOUNTED = new Set(
  "quit reset hello auth subscribe psubscribe ssubscribe unsubscribe punsubscribe sunsubscribe monitor client".split(
    " ",
  ),
);
const COMMANDS = everyCommand().filter(({ name }) => !name.includes("|"));
const FOLDERS = [
  "wire",
  "connection",
  "fast",
  "commands",
  "commands/keys",
  "commands/values",
  "commands/server",
];
const REPLY_TYPES = "+-:$*_#,(=!~>%";

type Words = (string | Uint8Array)[];

function commandOf(random: () => number): Words {
  const command = oneOf(random, COMMANDS);
  const least = Math.abs(command.arity) - 1;
  const more = command.arity < 0 || random() < 0.05 ? below(random, 5) : 0;
  const [first = 0, last = 0, step = 1] = command.keys ?? [];
  const subcommands = command.subcommands ?? [];
  const args = Array.from({ length: least + more }, (_, i) => {
    const at = i + 1;
    if (first > 0 && at >= first && (last < 0 || at <= last) && (at - first) % step === 0)
      return keyOf(random);
    if (i === 0 && subcommands.length > 0) return oneOf(random, subcommands).name.split("|")[1]!;
    return argumentOf(random);
  });
  return [command.name, ...args];
}

/** Rows of reads and writes as the fast lane takes them. */
function plainCommand(random: () => number): Words {
  const key = `${FUZZ_PREFIX}${below(random, 20)}`;
  const kind = random();
  if (kind < 0.6) return ["GET", key];
  if (kind < 0.8) return ["SET", key, "v".repeat(below(random, 2_000))];
  return [
    "MGET",
    ...Array.from({ length: 1 + below(random, 30) }, () => `${FUZZ_PREFIX}${below(random, 20)}`),
  ];
}

function keyOf(random: () => number): string {
  return random() < 0.9 ? `${FUZZ_PREFIX}${below(random, 20)}` : oneOf(random, ODD_KEYS);
}

function argumentOf(random: () => number): string | Uint8Array {
  const kind = random();
  if (kind < 0.4) return oneOf(random, WORDS);
  if (kind < 0.7) return oneOf(random, NUMBERS);
  if (kind < 0.8) return keyOf(random);
  const bytesMax = random() < 0.05 ? 100_000 : 30;
  return Uint8Array.from({ length: below(random, bytesMax) }, () => below(random, 256));
}

/** Whole answers; throws at bytes that begin none. */
function repliesIn(bytes: Buffer): string[] {
  const replies: string[] = [];
  for (let at = 0; at < bytes.length;) {
    if (!REPLY_TYPES.includes(String.fromCharCode(bytes[at]!))) {
      throw new Error(`no answer begins so: ${JSON.stringify(bytes.toString("latin1", at, at + 80))}`);
    }
    const end = replyEnd(bytes, at);
    if (end < 0) break;
    replies.push(bytes.toString("latin1", at, end));
    at = end;
  }
  return replies;
}

/** What an answer amounts to: its type or, of an error, its first words. */
function kindOf(reply: string): string {
  return reply.startsWith("-") ? reply.split(/[\s'":]+/, 3).join(" ") : reply[0]!;
}

export async function respFuzzer(): Promise<Fuzzer> {
  const corpus = corpusOf("resp");
  const login = encodeCommand(["AUTH", FUZZ_SECRET]);
  const wideLogin = encodeCommand(["AUTH", ROOT_SECRET]);
  const server = await FuzzedServer.start();
  return {
    folders: FOLDERS.map((folder) => `resp/${folder}`),
    async run(random) {
      // The fast lane answers keys without a prefix alone; these are never damaged, so that they stay below it.
      const isPlain = random() < 0.2;
      const words = Array.from({ length: 1 + below(random, isPlain ? 60 : 8) }, () =>
        isPlain ? plainCommand(random) : commandOf(random),
      );
      const isKept = !isPlain && random() < 0.2;
      const isWhole = isPlain || (!isKept && random() < 0.5);
      const isCounted = isWhole && words.every(([name]) => !UNCOUNTED.has(String(name)));
      const isGuest = !isCounted && random() < 0.1;
      const bytes = isKept ? oneOf(random, corpus) : Buffer.concat(words.map(encodeCommand));
      const sent = Buffer.concat([
        isGuest ? Buffer.alloc(0) : isPlain ? wideLogin : login,
        isWhole ? bytes : mutated(random, bytes),
      ]);
      const chunks = chunksOf(random, sent);
      const answers = words.length + 1;
      const { respPort: port } = server;
      const isOver = (received: Buffer) => repliesIn(received).length >= answers;
      const received = await talk(isCounted ? { port, chunks, isOver } : { port, chunks });
      const replies = repliesIn(received);
      if (isCounted && replies.length !== answers) {
        throw new Error(`${replies.length} answers to ${JSON.stringify(words.map(String))}`);
      }
      return replies.map(kindOf);
    },
    check: () => server.check(),
    figures: () => `the honest client waited ${server.honestMsMax.toFixed(0)} ms at most`,
    stop: () => server.stop(),
  };
}
