// The client over fetch and over the WebSocket lane: the same cases on Bun.

import { expect, test } from "bun:test";
import * as client from "../../src/client/client.ts";
import { startServer } from "../support/server.ts";
import { CASE_COUNTS, conformance } from "./conformance.ts";
import { CONFORMANCE_ENV, READER_SECRET, SECRET } from "./conformance-server.ts";

for (const transport of ["fetch", "websocket"] as const) {
  test(`over ${transport}, on Bun`, async () => {
    const server = await startServer(CONFORMANCE_ENV);
    try {
      const options = { url: server.url, apiKey: SECRET, readerKey: READER_SECRET };
      const near = transport === "fetch" ? {} : { nearCache: {} };
      const results = await conformance(client, { ...options, ...near });
      expect(results.filter(({ fault }) => fault !== "")).toEqual([]);
      expect(results.length).toBe(CASE_COUNTS[transport]);
    } finally {
      await server.stop();
    }
  });
}
