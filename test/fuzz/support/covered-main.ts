// A server in this process whose coverage is counted; written to the file COVERAGE_FILE when it is told to stop.

import { writeFileSync } from "node:fs";
import { startCoverage, takeCoverage } from "./coverage.ts";

startCoverage();
const { createLog } = await import("../../../src/base/log.ts");
const { systemClock } = await import("../../../src/base/clock.ts");
const { readSettings } = await import("../../../src/base/settings/settings.ts");
const { startInstance } = await import("../../../src/instance/instance.ts");

const { COVERAGE_FILE = "", ...env } = process.env;
const settings = readSettings(env);
const output = { dropped: 0, write: (line: string) => void process.stderr.write(line) };
const log = createLog({ level: "warn", isPretty: false, output, wallMs: systemClock.wallMs });
const instance = await startInstance(settings, log);
const stop = async () => {
  writeFileSync(COVERAGE_FILE, JSON.stringify(await takeCoverage()));
  await instance.stop();
  process.exit(0);
};
process.on("SIGTERM", () => void stop());
process.stdout.write(
  `listening on ${instance.url}\nlistening for Redis clients on port ${instance.respPort}\n`,
);
