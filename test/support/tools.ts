// Brings in the programs that tests drive for real, by the system's package manager where it may.

/** Debian's package of each program. */
const PACKAGES: Readonly<Record<string, string>> = {
  "redis-server": "redis-server",
  openssl: "openssl",
  chromium: "chromium",
  wrk: "wrk",
  tclsh: "tcl",
};

/** Installs those of `programs` that are missing. Ends the process with one clear line where it cannot. */
export async function ensureTools(programs: readonly string[]): Promise<void> {
  const missing = programs.filter((program) => Bun.which(program) === null);
  if (missing.length === 0) return;
  const packages = missing.map((program) => PACKAGES[program] ?? program);
  const sentence = `the tests need ${missing.join(", ")}: install with \`apt-get install ${packages.join(" ")}\``;
  if (Bun.which("apt-get") === null || process.getuid?.() !== 0) return fail(sentence);
  process.stdout.write(`installing ${packages.join(" ")}\n`);
  // Packages of servers would start them: in run level 1 they do not.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const run = (...command: string[]) =>
    Bun.spawn(command, { stdio: ["ignore", "ignore", "inherit"], env }).exited;
  await run("apt-get", "update", "-qq");
  const code = await run("apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages);
  if (code !== 0 || programs.some((program) => Bun.which(program) === null)) fail(sentence);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
