// Runs Bentocache's tests of drivers in a process of their own, and exits with 1 where one fails.

import { assert } from "@japa/assert";
import { configure, processCLIArgs, run } from "@japa/runner";

processCLIArgs([]);
configure({ files: () => [new URL("cases.ts", import.meta.url)], plugins: [assert()], forceExit: true });
await run();
