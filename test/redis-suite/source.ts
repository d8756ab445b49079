// Brings in Redis's own test suite: Debian's source package, verified by apt, kept in a cache folder outside the project.

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

const CACHE = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "cachee-redis-suite");

/** The folder with Redis's `runtest`. The first time takes some seconds and 40 MB. Rejects where apt can't bring it. */
export async function bringSuite(): Promise<string> {
  if (!existsSync(CACHE)) {
    const folder = `${CACHE}.${process.pid}`;
    try {
      await fill(folder);
      await rename(folder, CACHE);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  const [runner] = new Bun.Glob("redis-*/runtest").scanSync({ cwd: CACHE, onlyFiles: true });
  if (runner === undefined)
    throw new Error(`there is no runtest in ${CACHE}: remove that folder, and run again`);
  return join(CACHE, runner, "..");
}

/** By a list of sources and a folder of lists of its own: the machine's package manager is not told of them. */
async function fill(folder: string): Promise<void> {
  await mkdir(join(folder, "lists/partial"), { recursive: true });
  const sources = join(folder, "sources.list");
  await Bun.write(sources, await sourceRepositories(folder));
  const own = [
    `Dir::Etc::sourcelist=${sources}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${join(folder, "lists")}`,
    "APT::Sandbox::User=",
  ].map((option) => `-o${option}`);
  await run(folder, "apt-get", "update", "-qq", ...own);
  await run(folder, "apt-get", "source", "-qq", "--download-only", ...own, "redis");
  const [archive] = new Bun.Glob("redis_*.orig.tar.*").scanSync(folder);
  if (archive === undefined) throw new Error("Debian's source package of redis has no archive");
  await run(folder, "tar", "xf", archive);
  await rm(join(folder, "lists"), { recursive: true });
  await runScriptsByEvalAlone(folder);
}

/** The unit on scripts does all by functions first, which are no part of the product, and waits for ever for the answer of one. */
async function runScriptsByEvalAlone(folder: string): Promise<void> {
  for (const path of new Bun.Glob("redis-*/tests/unit/scripting.tcl").scanSync({
    cwd: folder,
    absolute: true,
  })) {
    const text = await Bun.file(path).text();
    await Bun.write(path, text.replace("foreach is_eval {0 1} {", "foreach is_eval {1} {"));
  }
}

/** The repositories of Debian or Ubuntu that this machine has its packages from, as those of their sources. */
async function sourceRepositories(folder: string): Promise<string> {
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const text = await run(folder, "apt-get", "indextargets", "--format", format, "Created-By: Packages");
  const lines = text.split("\n").filter((line) => /\/(debian|ubuntu)\/? /.test(line));
  if (lines.length === 0) throw new Error("apt-get knows no repository of Debian's");
  return lines.map((line) => `deb-src ${line}\n`).join("");
}

async function run(cwd: string, ...command: readonly string[]): Promise<string> {
  const child = Bun.spawn([...command], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (code !== 0) throw new Error(`${command[0]} ${command[1]} failed: ${err.trim().split("\n").at(-1)}`);
  return out;
}
