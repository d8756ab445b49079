// EVAL, EVALSHA, their read-only forms, and SCRIPT.

import { SCRIPTS_BYTES_MAX } from "../../../base/limits.ts";
import type { MaybePromise } from "../../../base/maybe-promise.ts";
import type { Script } from "../../scripting/lua-machine.ts";
import { ScriptRunner, type FindCommand } from "../../scripting/script-runner.ts";
import { NOT_INTEGER, wrongArity } from "../../wire/refusal.ts";
import type { Call } from "../call.ts";
import type { Command } from "../command.ts";
import { takeCountedKeys } from "../keys/counted-keys.ts";
import { container, row } from "../rows.ts";

const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
/** Bytes of one script. */
const SOURCE_BYTES_MAX = SCRIPTS_BYTES_MAX / 4;
const FIRST_KEY = 3;
/** What a script may say of itself in its first line. */
const FLAGS: ReadonlySet<string> = new Set([
  "no-writes",
  "allow-oom",
  "allow-stale",
  "no-cluster",
  "allow-cross-slot-keys",
  // Upstash's, which its rate limiter sends; here a script's keys are held as one step anyway.
  "allow-key-locking",
]);

/** A script's source, with what its first line says: `#!lua flags=no-writes`. */
function readSource(source: Buffer): { source: Buffer; isReadOnly: boolean } | string {
  if (source[0] !== 0x23 || source[1] !== 0x21) return { source, isReadOnly: false };
  const end = source.indexOf(10);
  if (end < 0) return "ERR Invalid script shebang";
  const [engine, ...options] = source.latin1Slice(0, end).trim().split(" ");
  if (engine !== "#!lua") return `ERR Unexpected engine in script shebang: ${engine}`;
  let isReadOnly = false;
  for (const option of options) {
    if (!option.startsWith("flags=")) return `ERR Unknown lua shebang option: ${option}`;
    for (const flag of option.slice("flags=".length).split(",")) {
      if (flag !== "" && !FLAGS.has(flag)) return `ERR Unexpected flag in script shebang: ${flag}`;
      isReadOnly ||= flag === "no-writes";
    }
  }
  return { source: source.subarray(end), isReadOnly };
}

function scriptOf(call: Call, argument: number): Script | undefined {
  const { args } = call;
  if (args.size(argument) > SOURCE_BYTES_MAX) {
    call.fail(`ERR the script is larger than ${SOURCE_BYTES_MAX} bytes`);
    return undefined;
  }
  const whole = Buffer.from(args.bytes(argument));
  const read = readSource(whole);
  if (typeof read === "string") {
    call.fail(read);
    return undefined;
  }
  const sha1 = new Bun.CryptoHasher("sha1").update(whole).digest("hex");
  return { sha1, ...read };
}

interface Form {
  readonly name: string;
  readonly isBySha1: boolean;
  readonly isReadOnly: boolean;
}

function runEval(runner: ScriptRunner, { name, isBySha1, isReadOnly }: Form, call: Call): MaybePromise<void> {
  const { args } = call;
  const count = takeCountedKeys(call, { name, arity: -3, right: "both", summary: "" }, FIRST_KEY - 1, 0, {
    notInteger: NOT_INTEGER,
    tooFew: "ERR Number of keys can't be negative",
    tooMany: "ERR Number of keys can't be greater than number of args",
  });
  if (count === undefined) return undefined;
  const script = isBySha1 ? runner.scripts.get(args.lower(1)) : scriptOf(call, 1);
  if (script === undefined) return isBySha1 ? call.fail(NO_SCRIPT) : undefined;
  const from = (first: number, to: number) => {
    const some: Uint8Array[] = [];
    for (let i = first; i < to; i++) some.push(Buffer.from(args.bytes(i)));
    return some;
  };
  const task = {
    call,
    script,
    keys: from(FIRST_KEY, FIRST_KEY + count),
    args: from(FIRST_KEY + count, args.count),
    isReadOnly: isReadOnly || script.isReadOnly,
  };
  return runner.load(call, script, () => runner.run(task));
}

function runLoad(runner: ScriptRunner, call: Call): MaybePromise<void> {
  const script = scriptOf(call, 2);
  if (script === undefined) return undefined;
  return runner.load(call, script, () => call.out.bulkText(script.sha1));
}

function runExists({ scripts }: ScriptRunner, { args, out }: Call): void {
  out.array(args.count - 2);
  for (let i = 2; i < args.count; i++) out.integer(scripts.has(args.lower(i)) ? 1 : 0);
}

function runFlush({ scripts }: ScriptRunner, call: Call): void {
  const { args } = call;
  if (args.count > 3) return call.fail(wrongArity("script|flush"));
  if (args.count === 3 && !["sync", "async"].includes(args.lower(2))) {
    return call.fail("ERR SCRIPT FLUSH only support SYNC|ASYNC option");
  }
  scripts.clear();
  call.out.ok();
}

export function scriptCommands(find: FindCommand): readonly Command[] {
  const runner = new ScriptRunner(find);
  const evaluating = (form: Form, summary: string): Command => ({
    ...row(form.name, -3, form.isReadOnly ? "read" : "both", summary, (call) => runEval(runner, form, call)),
    keysCountedAt: FIRST_KEY - 1,
  });
  return [
    evaluating({ name: "eval", isBySha1: false, isReadOnly: false }, "Runs a Lua script."),
    evaluating({ name: "evalsha", isBySha1: true, isReadOnly: false }, "Runs a Lua script by its SHA-1."),
    evaluating({ name: "eval_ro", isBySha1: false, isReadOnly: true }, "Runs a Lua script that only reads."),
    evaluating(
      { name: "evalsha_ro", isBySha1: true, isReadOnly: true },
      "Runs a Lua script that only reads by its SHA-1.",
    ),
    container("script", "Manages Lua scripts.", [
      row("script|load", 3, "read", "Keeps a script.", (call) => runLoad(runner, call)),
      row("script|exists", -3, "read", "Tells which scripts are kept.", (call) => runExists(runner, call)),
      row("script|flush", -2, "admin", "Forgets all scripts.", (call) => runFlush(runner, call)),
      row("script|kill", 2, "read", "Ends the script that runs.", (call) =>
        call.fail("NOTBUSY No scripts in execution right now."),
      ),
    ]),
  ];
}
