// The Redis helper itself: it starts real servers on free ports, and leaves nothing behind.

import { expect, test } from "bun:test";
import { startRedis } from "./redis.ts";

test("a redis-server starts on a free port, restarts on the same one, and stops", async () => {
  const redis = await startRedis();
  const ping = async () => {
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: redis.port,
      socket: { data: (from, chunk) => reply.resolve(`${from.remotePort}:${String(chunk)}`) },
    });
    const reply = Promise.withResolvers<string>();
    socket.write("PING\r\n");
    const answer = await reply.promise;
    socket.end();
    return answer;
  };
  expect(await ping()).toBe(`${redis.port}:+PONG\r\n`);
  const first = redis.pid;
  await redis.kill();
  await redis.restart();
  expect(redis.pid).not.toBe(first);
  expect(await ping()).toBe(`${redis.port}:+PONG\r\n`);
  await redis.stop();
  expect(ping()).rejects.toThrow();
});
