// The WebSocket lane's client on Node, with the `ws` package, as it is.

import { expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../support/server.ts";

const node = Bun.which("node");

test.if(node !== null)("Node with ws: put, a hundred reads in flight, own copies, invalidation", async () => {
  const directory = await mkdtemp(join(tmpdir(), "cachee-node-"));
  const server = await startServer();
  try {
    const built = await Bun.build({
      entrypoints: [join(import.meta.dir, "node-client.ts")],
      target: "node",
      outdir: directory,
      naming: "client.mjs",
    });
    expect(built.success).toBe(true);
    const child = Bun.spawn(
      [node!, join(directory, "client.mjs"), server.url.replace("http", "ws"), server.key],
      {
        stdout: "pipe",
        stderr: "pipe",
      },
    );
    const [out, errors] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    expect(errors).toBe("");
    expect(out).toBe("created true\nread 100\nown 1\ncopies 0\ndeleted true\n");
  } finally {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  }
});
