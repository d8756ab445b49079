// The load generator of `cachee bench`: what it counts, and that it leaves nothing open.

import { expect, test } from "bun:test";
import { runLoad } from "../../src/cli/load/load.ts";
import { findHttpReply } from "../../src/cli/load/replies.ts";

const REPLY = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

test("every connection has answers, and all are closed at the end", async () => {
  const open = new Set<object>();
  let served = 0;
  const allClosed = Promise.withResolvers<void>();
  using listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => void open.add(socket),
      data(socket) {
        served += 1;
        socket.write(REPLY);
      },
      close(socket) {
        open.delete(socket);
        if (open.size === 0) allClosed.resolve();
      },
    },
  });
  const result = await runLoad({
    hostname: "127.0.0.1",
    port: listener.port,
    isTls: false,
    connections: 5,
    durationMs: 20,
    rate: undefined,
    request: () => Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    findReply: findHttpReply,
  });
  expect(result.failed).toBe(0);
  expect(result.answers).toBe(served);
  expect(served).toBeGreaterThanOrEqual(5);
  await allClosed.promise;
});
