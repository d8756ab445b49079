// Command `tail`: the last requests of a server, and those that come, as one line each.

import { styleText } from "node:util";
import { InvalidArgumentError, type Command } from "commander";
import { CacheeClientError } from "../../client/client.ts";
import type { RequestPage, RequestRecord } from "../../observe/requests/request-record.ts";
import { askEvents, askJson } from "../ask.ts";
import { connectionOf, type Connection } from "../connection.ts";
import { globalsOf, printJson, printLine } from "../output.ts";

interface TailFlags {
  readonly status?: string;
  readonly code?: string;
  readonly lane?: string;
  readonly prefix?: string;
  readonly count: number;
  readonly follow: boolean;
}

const PATH = "/admin/requests";
/** Before a server that went away is asked once more, ms. */
const AGAIN_MS = 1_000;
const COUNT_MAX = 1_000;
const LANES = ["http", "fast", "cold", "resp", "websocket", "redis_rest"];

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= COUNT_MAX) return value;
  throw new InvalidArgumentError(`It is not a number from 0 to ${COUNT_MAX}.`);
}

export function addTailCommand(cachee: Command): void {
  const tail = cachee
    .command("tail")
    .description("print requests as the server answers them: all that it refuses, of others one in so many")
    .option("--status <status>", "only those with this status: 404, 5xx")
    .option("--code <code>", "only those with this error code")
    .option("--prefix <prefix>", "only those of keys that begin with this")
    .option("-n, --count <n>", "how many of the last ones to begin with", count, 10)
    .option("--no-follow", "end after those");
  tail.addOption(tail.createOption("--lane <lane>", "only those of this lane").choices(LANES));
  tail.action(async (flags: TailFlags, command: Command) => {
    const globals = globalsOf(command);
    const connection = connectionOf(globals, process.env);
    const print = globals.json === true ? printJson : (record: RequestRecord) => printLine(lineOf(record));
    const filter = filterOf(flags);
    const asked = new URLSearchParams({ ...filter, count: String(Math.max(1, flags.count)) });
    const { requests, last } = await askJson<RequestPage>(connection, `${PATH}?${asked.toString()}`);
    for (const record of requests.slice(0, flags.count).toReversed()) print(record);
    if (flags.follow) await follow(connection, filter, String(last), print);
  });
}

function filterOf({ status, code, lane, prefix }: TailFlags): Record<string, string> {
  const given = Object.entries({ status, code, lane, prefix }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Record<string, string>;
}

/** Prints what comes, until the process is ended; a server that goes away is asked again, from where it was left. */
async function follow(
  connection: Connection,
  filter: Record<string, string>,
  from: string,
  print: (record: RequestRecord) => void,
): Promise<never> {
  const path = `${PATH}?${new URLSearchParams(filter).toString()}`;
  let last = from;
  for (;;) {
    try {
      for await (const { event, id, data } of askEvents(connection, path, last)) {
        last = id ?? last;
        if (event === undefined) print(JSON.parse(data) as RequestRecord);
        else
          complain(`${(JSON.parse(data) as { missed: number }).missed} requests were not kept long enough`);
      }
      complain("the server has ended the answer; asking again");
    } catch (thrown) {
      if (!(thrown instanceof CacheeClientError) || !thrown.isUnavailable) throw thrown;
      complain(`${thrown.message} Asking again.`);
    }
    await Bun.sleep(AGAIN_MS);
  }
}

function complain(sentence: string): void {
  process.stderr.write(`cachee: ${sentence}\n`);
}

function lineOf(record: RequestRecord): string {
  const { atMs, lane, method, status, code, us, apiKey, key, path, oneIn, requestId } = record;
  const isRefused = code !== null && code !== "key_not_found";
  const outcome = `${status ?? (isRefused ? "ERR" : "OK")}`.padEnd(3);
  const words = [
    new Date(atMs).toISOString().slice("2026-01-01T".length, -1),
    isRefused ? styleText("red", outcome) : outcome,
    method.padEnd(7),
    lane.padEnd(9),
    `${String(us).padStart(7)} µs`,
    (apiKey ?? "-").padEnd(12),
    JSON.stringify(key ?? path ?? "-").slice(1, -1),
    ...(isRefused ? [styleText("red", code)] : []),
    ...(oneIn > 1 ? [`1 of ${oneIn}`] : []),
    ...(isRefused && requestId !== null ? [requestId] : []),
  ];
  return words.join("  ");
}
