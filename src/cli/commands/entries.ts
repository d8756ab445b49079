// Commands `get`, `put`, `del` and `stat`: one entry at a time.

import { InvalidArgumentError, type Command } from "commander";
import { CacheeClientError } from "../../client/client.ts";
import { keyPath } from "../../client/key-path.ts";
import { askJson } from "../ask.ts";
import { clientOf, connectionOf } from "../connection.ts";
import { globalsOf, printBytes, printJson, printTable, type GlobalFlags } from "../output.ts";
import { UsageError } from "../usage-error.ts";

/** The exit code of a command whose key is not there. */
const EXIT_ABSENT = 1;

function seconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It is not a positive number of seconds.");
  return value;
}

const collect = (value: string, values: readonly string[] = []) => [...values, value];

export function addEntryCommands(cachee: Command): void {
  addGet(cachee);
  addPut(cachee);
  addDel(cachee);
  addStat(cachee);
}

function addGet(cachee: Command): void {
  cachee
    .command("get <key>")
    .description("print a value, byte for byte; exit code 1 when there is none")
    .action(async (key: string, _: object, command: Command) => {
      const flags = globalsOf(command);
      const entry = await clientOf(flags).entry(key);
      if (entry === undefined) return absent(key);
      if (flags.json !== true) return printBytes(entry.bytes);
      const isText = Buffer.from(entry.bytes).toString("utf8").isWellFormed() && isUtf8(entry.bytes);
      printJson({
        key,
        contentType: entry.contentType,
        etag: entry.etag,
        version: entry.version,
        encoding: isText ? "utf8" : "base64",
        value: Buffer.from(entry.bytes).toString(isText ? "utf8" : "base64"),
      });
    });
}

function isUtf8(bytes: Uint8Array): boolean {
  return Buffer.from(Buffer.from(bytes).toString("utf8")).equals(bytes);
}

interface PutFlags {
  readonly ttl?: number;
  readonly tag?: readonly string[];
  readonly type?: string;
  readonly file?: string;
  readonly ifAbsent?: boolean;
}

function addPut(cachee: Command): void {
  cachee
    .command("put <key> [value]")
    .description("store a value; `-`, or none, reads it from standard input")
    .option("--ttl <seconds>", "how long it lives", seconds)
    .option("--tag <tag>", "a tag; may be given more than once", collect)
    .option("--type <media type>", "its Content-Type (application/octet-stream)")
    .option("--file <path>", "take the value from a file")
    .option("--if-absent", "only where there is none; exit code 1 where there is")
    .action(async (key: string, value: string | undefined, put: PutFlags, command: Command) => {
      const flags = globalsOf(command);
      const stored = await clientOf(flags).set(key, await bodyOf(value, put), {
        contentType: put.type ?? "application/octet-stream",
        ...(put.ttl === undefined ? {} : { ttl: put.ttl }),
        ...(put.tag === undefined ? {} : { tags: put.tag }),
        ...(put.ifAbsent === true ? { ifAbsent: true } : {}),
      });
      if (flags.json === true) printJson({ key, stored });
      if (!stored) process.exitCode = EXIT_ABSENT;
    });
}

async function bodyOf(value: string | undefined, { file }: PutFlags): Promise<Uint8Array> {
  if (file !== undefined) {
    if (value !== undefined) throw new UsageError("give a value or --file, not both");
    if (!(await Bun.file(file).exists())) throw new UsageError(`${file} is not there`);
    return Bun.file(file).bytes();
  }
  return value === undefined || value === "-" ? Bun.stdin.bytes() : new TextEncoder().encode(value);
}

function addDel(cachee: Command): void {
  cachee
    .command("del <key...>")
    .description("remove entries; exit code 1 when none of them was there")
    .action(async (keys: string[], _: object, command: Command) => {
      const flags = globalsOf(command);
      const client = clientOf(flags);
      let deleted = 0;
      for (const key of keys) if (await client.delete(key)) deleted += 1;
      if (flags.json === true) printJson({ deleted });
      if (deleted === 0) process.exitCode = EXIT_ABSENT;
    });
}

/** What is told of an entry; of a key without the scope admin the last three are not known. */
interface Stat {
  readonly key: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly etag: string;
  readonly version: string;
  readonly stale: boolean;
  /** Seconds; `null`: it does not expire. */
  readonly ttl?: number | null;
  readonly tags?: readonly string[];
  readonly cacheControl?: string | null;
}

function addStat(cachee: Command): void {
  cachee
    .command("stat <key>")
    .description("what is known of an entry, without its value; TTL and tags need the scope admin")
    .action(async (key: string, _: object, command: Command) => {
      const flags = globalsOf(command);
      const stat = await statOf(key, flags);
      if (stat === undefined) return absent(key);
      if (flags.json === true) return printJson(stat);
      const { bytes, contentType, etag, version, stale, ttl, tags, cacheControl } = stat;
      printTable([
        ["key", key],
        ["bytes", String(bytes)],
        ["content type", contentType],
        ["etag", etag],
        ["version", version],
        ["stale", stale ? "yes" : "no"],
        ...(ttl === undefined ? [] : [["ttl", ttl === null ? "none" : `${ttl} s`] as const]),
        ...(tags === undefined ? [] : [["tags", tags.join(", ") || "none"] as const]),
        ...(cacheControl ? [["cache control", cacheControl] as const] : []),
      ]);
    });
}

async function statOf(key: string, flags: GlobalFlags): Promise<Stat | undefined> {
  const path = keyPath(key).replace("/cache/", "/admin/entry/");
  try {
    const meta = await askJson<Required<Stat>>(connectionOf(flags, process.env), path);
    const { bytes, contentType, etag, version, stale, ttl, tags, cacheControl } = meta;
    return { key, bytes, contentType, etag, version, stale, ttl, tags, cacheControl };
  } catch (thrown) {
    if (!(thrown instanceof CacheeClientError)) throw thrown;
    if (thrown.code === "key_not_found") return undefined;
    if (thrown.code !== "forbidden") throw thrown;
  }
  const entry = await clientOf(flags).entry(key);
  if (entry === undefined) return undefined;
  const { bytes, contentType, etag, version, isStale } = entry;
  return { key, bytes: bytes.length, contentType, etag, version, stale: isStale };
}

function absent(key: string): void {
  process.stderr.write(`cachee: there is no ${key}\n`);
  process.exitCode = EXIT_ABSENT;
}
