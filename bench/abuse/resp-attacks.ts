// Attacks over RESP, by a tenant with `read` and `write` below a prefix and by guests.

import { encodeCommand } from "../../test/support/resp-connection.ts";
import { keep, open, openResp, repeat, write } from "./sockets.ts";
import { GREEDY_PREFIX, MIB, store, type Attack, type Target } from "./target.ts";

const BIG = "big";
const prepareBig = (target: Target) => store(target, BIG, 8 * MIB);
const key = (name: string | number) => `${GREEDY_PREFIX}${name}`;

/** Sends `bytes` for ever on `count` connections, whose answers are read. */
function flood(target: Target, count: number, bytes: () => Uint8Array): Promise<void> {
  return repeat(count, async () => {
    const socket = await openResp(target, true);
    while (!socket.destroyed) await write(socket, bytes());
    throw new Error("cut");
  });
}

export const RESP_ATTACKS: readonly Attack[] = [
  {
    name: "GETs of 8 MiB, pipelined, that nobody reads",
    prepare: prepareBig,
    run: (target) =>
      keep(200, async () => {
        const socket = await openResp(target, false);
        await write(socket, Buffer.concat(Array<Buffer>(64).fill(encodeCommand(["GET", key(BIG)]))));
        return socket;
      }),
  },
  {
    name: "MGETs of eight times 8 MiB that nobody reads",
    prepare: prepareBig,
    run: (target) =>
      keep(100, async () => {
        const socket = await openResp(target, false);
        await write(socket, encodeCommand(["MGET", ...Array<string>(7).fill(key(BIG))]));
        return socket;
      }),
  },
  {
    name: "commands of 64 MB that are refused, by clients that stay",
    run: (target) => {
      const prefixes = Array.from({ length: 8 }, () => ["PREFIX", "x".repeat(8_000_000)]).flat();
      const bytes = encodeCommand(["CLIENT", "TRACKING", "ON", "BCAST", ...prefixes]);
      return keep(40, async () => {
        const socket = await openResp(target, true);
        await write(socket, bytes);
        return socket;
      });
    },
  },
  {
    name: "messages of 1 MiB to 200 subscribers that read nothing",
    run: async (target) => {
      const subscribers = keep(200, async () => {
        const socket = await openResp(target, true);
        await write(socket, encodeCommand(["SUBSCRIBE", key("channel")]));
        await Bun.sleep(50);
        socket.pause();
        return socket;
      });
      const message = encodeCommand(["PUBLISH", key("channel"), "m".repeat(MIB)]);
      await Promise.all([subscribers, flood(target, 2, () => message)]);
    },
  },
  {
    name: "SCAN, KEYS and CONFIG GET with patterns of 400 KB",
    run: (target) => {
      const pattern = `[${"a".repeat(400_000)}]*`;
      const stars = "*a".repeat(2_000);
      const all = [
        ["SCAN", "0", "MATCH", pattern, "COUNT", "10000"],
        ["SCAN", "0", "MATCH", stars, "COUNT", "10000"],
        ["KEYS", stars],
        ["CONFIG", "GET", pattern],
      ];
      const bytes = Buffer.concat(all.map(encodeCommand));
      return flood(target, 4, () => bytes);
    },
  },
  {
    name: "commands of a million arguments",
    run: (target) => {
      const bytes = encodeCommand(["MGET", ...Array<string>(1_000_000).fill(key("a"))]);
      return flood(target, 2, () => bytes);
    },
  },
  {
    name: "commands that stop in the middle of 8 MiB",
    run: (target) =>
      keep(300, async () => {
        const socket = await openResp(target, true);
        await write(socket, `*3\r\n$3\r\nSET\r\n$8\r\ngreedy/x\r\n$${8 * MIB}\r\n`);
        await write(socket, Buffer.alloc(8 * MIB - 1));
        return socket;
      }),
  },
  {
    name: "5,000 guests that send a byte every 3 s",
    run: (target) =>
      keep(5_000, async () => {
        const socket = await open(target.respPort, true);
        const timer = setInterval(() => socket.write("*"), 3_000);
        socket.once("close", () => clearInterval(timer));
        return socket;
      }),
  },
  {
    name: "clients that track 200,000 keys each and read no pushes",
    prepare: (target) => flush(target, 200_000),
    run: (target) =>
      keep(20, async () => {
        const socket = await openResp(target, true);
        await write(socket, encodeCommand(["HELLO", "3"]));
        await write(socket, encodeCommand(["CLIENT", "TRACKING", "ON"]));
        for (let i = 0; i < 200_000 && !socket.destroyed; i += 1_000) {
          await write(
            socket,
            encodeCommand(["MGET", ...Array.from({ length: 1_000 }, (_, j) => key(i + j))]),
          );
        }
        socket.pause();
        return socket;
      }),
  },
  {
    name: "broadcasts to 500 clients that read nothing",
    run: async (target) => {
      const listeners = keep(500, async () => {
        const socket = await openResp(target, true);
        await write(socket, encodeCommand(["HELLO", "3"]));
        await write(socket, encodeCommand(["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", GREEDY_PREFIX]));
        await Bun.sleep(50);
        socket.pause();
        return socket;
      });
      let n = 0;
      const writer = flood(target, 1, () => encodeCommand(["SET", key(`${"x".repeat(400)}${n++}`), "v"]));
      await Promise.all([listeners, writer]);
    },
  },
  {
    name: "pipelines of 500,000 GETs before anything is read",
    prepare: (target) => store(target, "small", 1_024),
    run: (target) => {
      const row = Buffer.concat(Array<Buffer>(10_000).fill(encodeCommand(["GET", key("small")])));
      return repeat(4, async () => {
        const socket = await openResp(target, false);
        for (let i = 0; i < 50 && !socket.destroyed; i++) socket.write(row);
        await Bun.sleep(1_000);
        socket.destroy();
      });
    },
  },
  {
    name: "COMMAND DOCS and INFO as fast as they go",
    run: (target) => {
      const row = Buffer.concat(
        [["COMMAND", "DOCS"], ["COMMAND"], ["INFO", "everything"]].map(encodeCommand),
      );
      const bytes = Buffer.concat(Array<Buffer>(100).fill(row));
      return flood(target, 4, () => bytes);
    },
  },
];

/** Writes `count` small keys. */
async function flush(target: Target, count: number): Promise<void> {
  const socket = await openResp(target, true);
  for (let i = 0; i < count; i += 1_000) {
    const pairs = Array.from({ length: 1_000 }, (_, j) => [key(i + j), "v"]).flat();
    await write(socket, encodeCommand(["MSET", ...pairs]));
  }
  const last = new Promise((resolve) => socket.once("close", resolve));
  socket.write(encodeCommand(["QUIT"]));
  await last;
}
