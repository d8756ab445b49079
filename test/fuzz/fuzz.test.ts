// Each fuzzer for a moment, with a seed of its own each time; `bun run fuzz:NAME -- --minutes 60` runs one for longer.

import { expect, test } from "bun:test";
import { join } from "node:path";
import { BUN_COMMAND } from "../support/bun-command.ts";

const RUN = join(import.meta.dir, "run.ts");
const SECONDS = 2;

// What each needs of its kind to have done anything: the outcome that it cannot do without.
const REACHED: Readonly<Record<string, RegExp>> = {
  http: /\b200 \d+/,
  redis: /PUT cache 201 \d+/,
  records: /\brecord \d+/,
  resp: /-ERR wrong number \d+/,
  websocket: /\bvalue \d+/,
};

for (const [name, reached] of Object.entries(REACHED)) {
  test(name, async () => {
    const child = Bun.spawn([...BUN_COMMAND, RUN, name, "--seconds", String(SECONDS)], {
      env: { ...process.env, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, errors, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    console.log(out.trimEnd());
    expect({ errors, code }).toEqual({ errors: "", code: 0 });
    expect(out).toMatch(reached);
    expect(out).toMatch(/code that ran: \w/);
  });
}
