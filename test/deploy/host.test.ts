// The systemd unit and the kernel settings: verified by systemd and against the running kernel, where there are any.

import { expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DRAIN_MS_MAX } from "../../src/base/limits.ts";
import { ROOT, runToEnd } from "./support/commands.ts";

const UNIT = readFileSync(join(ROOT, "deploy/systemd/cachee.service"), "utf8");
const SYSCTL = readFileSync(join(ROOT, "deploy/sysctl/90-cachee.conf"), "utf8");
/** systemd's own scale goes from 0, locked down, to 10. */
const EXPOSURE_MAX = 2;

test("the unit has sections and settings only, and restarts on what a restart can help with", () => {
  for (const line of UNIT.split("\n")) expect(line).toMatch(/^(?:|#.*|\[\w+\]|[A-Z]\w+=.*)$/);
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(UNIT)?.[1];
  expect(value("RestartPreventExitStatus")).toBe("78");
  expect(Number(value("TimeoutStopSec")) * 1_000).toBeGreaterThan(DRAIN_MS_MAX);
});

test.skipIf(Bun.which("systemd-analyze") === null)(
  "systemd finds no fault, and little exposure",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "cachee-unit-"));
    try {
      const file = join(folder, "cachee.service");
      // It looks for the program, which is not installed here.
      writeFileSync(file, UNIT.replace("ExecStart=/usr/local/bin/cachee", `ExecStart=${process.execPath}`));
      const verified = await runToEnd([
        "systemd-analyze",
        "verify",
        "--man=no",
        "--recursive-errors=no",
        file,
      ]);
      expect(verified.err).toBe("");
      expect(verified.code).toBe(0);
      const security = await runToEnd(["systemd-analyze", "security", "--offline=yes", "--no-pager", file]);
      const exposure = /exposure level for [^:]+: ([\d.]+)/.exec(security.out)?.[1];
      expect(Number(exposure)).toBeLessThan(EXPOSURE_MAX);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("every kernel setting has a reason, and a kernel that knows it", () => {
  const blocks = SYSCTL.trim().split(/\n(?=#)/);
  const settings = SYSCTL.split("\n").filter((line) => /^[^#\s]/.test(line));
  expect(settings.length).toBeGreaterThan(5);
  const reasoned = blocks.filter((block) => block.startsWith("#")).join("\n");
  const network = existsSync("/proc/sys/net/core/somaxconn");
  for (const line of settings) {
    const [, name = ""] = /^([a-z0-9_.]+) = [0-9 ]+$/.exec(line) ?? [];
    expect(name).not.toBe("");
    expect(reasoned).toContain(line);
    if (network) expect(existsSync(`/proc/sys/${name.replaceAll(".", "/")}`)).toBe(true);
  }
});
