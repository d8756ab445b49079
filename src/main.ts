// The command: reads settings, starts an instance, and hands it the process's signals. Nothing imports this.

import { messageOf } from "./base/bug.ts";
import { writeSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../package.json";
import { systemClock } from "./base/clock.ts";
import { LOG_FLUSH_MS_MAX } from "./base/limits.ts";
import { createLog } from "./base/log.ts";
import { LogOutput, writeTo } from "./base/log-output.ts";
import { helpText } from "./base/settings/table.ts";
import { readSettings, SettingError, workersOf, type Settings } from "./base/settings/settings.ts";
import { applyGcSettings } from "./instance/gc-settings.ts";
import { startInstance, type RunningInstance } from "./instance/instance.ts";
import { guardProcess, ignoreLostReaders } from "./instance/process-guard.ts";
import { WORKER_ARGUMENT } from "./workers/messages.ts";
import { startWorkers } from "./workers/supervisor.ts";

/** What a shell expects of a usage error (sysexits.h, EX_CONFIG). */
const EXIT_CONFIG = 78;
const STDERR = 2;

/** What the command is called where it runs: the single binary, the npm package, a checkout. */
function commandName(): string {
  if (Bun.main.startsWith("/$bunfs/")) return basename(process.execPath);
  return Bun.main.includes("/node_modules/") ? "cachee serve" : "bun run start";
}

function fail(sentence: string): never {
  writeError(`cachee: ${sentence}\n`);
  process.exit(EXIT_CONFIG);
}

/** Writes at once: the process is about to end. */
function writeError(text: string): void {
  try {
    writeSync(STDERR, text);
  } catch {
    // Nobody reads it.
  }
}

function readArguments(): { help: boolean; version: boolean } {
  try {
    const { values } = parseArgs({ options: { help: { type: "boolean" }, version: { type: "boolean" } } });
    return { help: values.help === true, version: values.version === true };
  } catch (thrown) {
    return fail(messageOf(thrown));
  }
}

function announce(instance: RunningInstance, { unix, tlsCert }: Settings): void {
  const { url, respPort, generatedKey: key } = instance;
  const lines = [`listening on ${url}`];
  if (unix !== undefined) lines.push(`listening on the unix socket ${unix}`);
  if (respPort !== undefined) lines.push(`listening for Redis clients on port ${respPort}`);
  lines.push(`dashboard: ${url}/dashboard`);
  if (key !== undefined) {
    const curl = `curl${tlsCert === undefined ? "" : ` --cacert ${tlsCert}`} -H 'x-api-key: ${key}'`;
    const put = `${curl} -X PUT -H 'content-type: text/plain' -d hello ${url}/cache/greeting`;
    lines.push(`API key of this run: ${key}`, `try: ${put} && ${curl} -i ${url}/cache/greeting`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** `gcFailure`: why the garbage collector has not the settings that it should, if so. */
async function start(settings: Settings, gcFailure: string | undefined): Promise<void> {
  const output = new LogOutput(writeTo(STDERR));
  const log = createLog({ ...settings.logging, output, wallMs: systemClock.wallMs });
  guardProcess(log);
  if (gcFailure !== undefined) log.warn("gc_settings_unavailable", { reason: gcFailure });
  const startAll = workersOf(settings) > 1 ? startWorkers : startInstance;
  const instance = await startAll(settings, log);
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info("draining", { signal });
    await instance.stop();
    log.info("stopped");
    await output.flush(LOG_FLUSH_MS_MAX);
    process.exit(0);
  };
  process.on("SIGTERM", () => void stop("SIGTERM"));
  process.on("SIGINT", () => void stop("SIGINT"));
  process.on("SIGHUP", () => instance.reload());
  announce(instance, settings);
  log.info("started", { instance: settings.instanceId, version, readyMs: Math.round(systemClock.nowMs()) });
}

async function run(): Promise<void> {
  const args = readArguments();
  if (args.help) process.stdout.write(helpText(commandName()));
  else if (args.version) process.stdout.write(`${version}\n`);
  else {
    const gcFailure = applyGcSettings();
    ignoreLostReaders();
    try {
      await start(readSettings(process.env), gcFailure);
    } catch (thrown) {
      if (thrown instanceof SettingError) fail(thrown.message);
      writeError(`${thrown instanceof Error ? thrown.stack : String(thrown)}\n`);
      process.exit(1);
    }
  }
}

if (process.argv[2] === WORKER_ARGUMENT && process.send !== undefined)
  await import("./workers/worker-main.ts");
else await run();
