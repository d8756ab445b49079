// Bentocache's own tests of drivers, for ours: run by Japa, their runner.

import { test } from "@japa/runner";
import { registerCacheDriverTestSuite } from "bentocache/test_suite";
import { BentocacheDriver, cacheeDriver } from "../../../src/client/adapters/bentocache.ts";

const options = { url: process.env["CACHEE_URL"]!, apiKey: process.env["CACHEE_KEY"]! };

test.group("Cachee", (group) => {
  registerCacheDriverTestSuite({
    test,
    group,
    createDriver: (given): BentocacheDriver => cacheeDriver(options).factory({ prefix: "japa", ...given }),
  });
});
