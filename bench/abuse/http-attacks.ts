// Attacks over HTTP by a tenant with `read` and `write` below a prefix.

import { gzipSync } from "node:zlib";
import { keep, open, repeat, request, write } from "./sockets.ts";
import { GREEDY_PREFIX, MIB, store, type Attack, type Target } from "./target.ts";

const BIG = "big";
const BIG_BYTES = 8 * MIB;

async function post(
  target: Target,
  path: string,
  body: string | Uint8Array,
  fields: Record<string, string> = {},
): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${target.port}${path}`, {
    method: path.startsWith("/cache/") ? "PUT" : "POST",
    body: body as Uint8Array<ArrayBuffer>,
    headers: { "x-api-key": target.secret, ...fields },
  });
  await answer.arrayBuffer();
}

const prepareBig = (target: Target) => store(target, BIG, BIG_BYTES);
const names = (count: number, stem: string) => Array.from({ length: count }, (_, i) => `${stem}${i}`);

export const HTTP_ATTACKS: readonly Attack[] = [
  {
    name: "batches that name one 8 MiB key 1,000 times",
    prepare: prepareBig,
    run: (target) =>
      repeat(8, () =>
        post(target, "/batch", JSON.stringify({ get: Array(1_000).fill(`${GREEDY_PREFIX}${BIG}`) })),
      ),
  },
  {
    name: "batches of JSON 200,000 brackets deep, and of a million strings",
    run: (target) =>
      repeat(4, async () => {
        await post(target, "/batch", `{"get":${"[".repeat(200_000)}`);
        await post(target, "/batch", JSON.stringify({ get: Array(1_000_000).fill("a") }));
      }),
  },
  {
    name: "12,000 readers that wait for a lease",
    run: (target) =>
      keep(12_000, async () => {
        const socket = await open(target.port, true);
        socket.write(request(target, "GET", `/cache/${GREEDY_PREFIX}missing`, "x-lease-wait: 10000\r\n"));
        return socket;
      }),
  },
  {
    name: "invalidations of 1,000 tags, and of thousands of prefixes",
    run: (target) => {
      let round = 0;
      return repeat(4, async () => {
        round += 1;
        await post(target, "/invalidate", JSON.stringify({ tags: names(1_000, `t${round}-`) }));
        for (const name of names(500, `${GREEDY_PREFIX}p${round}-`))
          await post(target, "/invalidate", JSON.stringify({ prefix: name }));
      });
    },
  },
  {
    name: "readers of 8 MiB that take nothing",
    prepare: prepareBig,
    run: (target) =>
      keep(300, async () => {
        const socket = await open(target.port, false);
        socket.write(request(target, "GET", `/cache/${GREEDY_PREFIX}${BIG}`).repeat(4));
        return socket;
      }),
  },
  {
    name: "uploads of 8 MiB that end before their end",
    run: (target) =>
      keep(300, async () => {
        const socket = await open(target.port, true);
        const path = `/cache/${GREEDY_PREFIX}slow${Math.random()}`;
        await write(socket, request(target, "PUT", path, `Content-Length: ${BIG_BYTES}\r\n`));
        await write(socket, Buffer.alloc(BIG_BYTES - 1));
        return socket;
      }),
  },
  {
    name: "bodies that unpack to a thousand times their size",
    run: (target) => {
      const bomb = gzipSync(Buffer.alloc(64 * MIB), { level: 9 });
      return repeat(16, () =>
        post(target, `/cache/${GREEDY_PREFIX}bomb`, bomb, { "content-encoding": "gzip" }),
      );
    },
  },
  {
    name: "writes of new keys as fast as they go",
    run: (target) => {
      let n = 0;
      return repeat(16, () => post(target, `/cache/${GREEDY_PREFIX}n${n++}`, Buffer.alloc(20_000, n)));
    },
  },
  {
    name: "heads of requests that never end",
    run: (target) =>
      keep(2_000, async () => {
        const socket = await open(target.port, true);
        socket.write(`GET /cache/${GREEDY_PREFIX}a HTTP/1.1\r\nHost: 127.0.0.1\r\nx-a: `);
        return socket;
      }),
  },
  {
    name: "wrong keys as fast as they go",
    run: (target) =>
      repeat(32, () => post({ ...target, secret: `wrong-${Math.random()}` }, "/batch", '{"get":["a"]}')),
  },
  {
    name: "Redis commands over HTTP, 1,000 GETs of 8 MiB in one request",
    prepare: prepareBig,
    run: (target) =>
      repeat(4, () =>
        post(
          target,
          "/pipeline",
          JSON.stringify(Array.from({ length: 1_000 }, () => ["GET", `${GREEDY_PREFIX}${BIG}`])),
        ),
      ),
  },
];
