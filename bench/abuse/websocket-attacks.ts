// Attacks over WebSocket by a tenant with `read` and `write` below a prefix.

import { encodeRequest } from "../../src/websocket/client/frames.ts";
import { GET, PUT, TRACK } from "../../src/websocket/frames.ts";
import { BINARY, CONTINUATION, frame } from "../../test/fuzz/support/websocket-wire.ts";
import { keep, openWebsocket, write } from "./sockets.ts";
import { GREEDY_PREFIX, MIB, store, type Attack } from "./target.ts";

const MASK = [1, 2, 3, 4];
const get = (name: string, flags = 0) =>
  encodeRequest({ operation: GET, id: 1, key: `${GREEDY_PREFIX}${name}`, flags });
const message = (bytes: Uint8Array) => frame(BINARY, bytes, true, MASK);

export const WEBSOCKET_ATTACKS: readonly Attack[] = [
  {
    name: "one message of 9 MB of GETs of 4 KiB",
    prepare: (target) => store(target, "page", 4_096),
    run: (target) => {
      const one = get("page");
      const bytes = message(Buffer.concat(Array<Uint8Array>(Math.floor((9 * MIB) / one.length)).fill(one)));
      return keep(2, async () => {
        const socket = await openWebsocket(target, true);
        await write(socket, bytes);
        return socket;
      });
    },
  },
  {
    name: "messages of 4 KB that ask for 8 MiB each time, unread",
    prepare: (target) => store(target, "big", 8 * MIB),
    run: (target) => {
      const bytes = message(Buffer.concat(Array<Uint8Array>(200).fill(get("big"))));
      return keep(50, async () => {
        const socket = await openWebsocket(target, false);
        await write(socket, bytes);
        return socket;
      });
    },
  },
  {
    name: "fragments that never become a message",
    run: (target) =>
      keep(200, async () => {
        const socket = await openWebsocket(target, true);
        await write(socket, frame(BINARY, Buffer.alloc(MIB), false, MASK));
        for (let i = 0; i < 7 && !socket.destroyed; i++)
          await write(socket, frame(CONTINUATION, Buffer.alloc(MIB), false, MASK));
        return socket;
      }),
  },
  {
    name: "changes of what 100 clients track, that read nothing",
    prepare: (target) => store(target, "page", 4_096),
    run: async (target) => {
      const names = Array.from({ length: 2_000 }, (_, i) => `${"k".repeat(300)}${i}`);
      const tracked = message(Buffer.concat(names.map((name) => get(name, TRACK))));
      const listeners = keep(100, async () => {
        const socket = await openWebsocket(target, true);
        for (let i = 0; i < 1_000 && !socket.destroyed; i++) {
          await write(socket, tracked);
          if (i === 10) socket.pause();
          await Bun.sleep(50);
        }
        return socket;
      });
      const put = (name: string) =>
        encodeRequest({
          operation: PUT,
          id: 1,
          key: `${GREEDY_PREFIX}${name}`,
          value: Buffer.of(1),
          contentType: "text/plain",
        });
      const changes = message(Buffer.concat(names.map(put)));
      const writer = keep(1, async () => {
        const socket = await openWebsocket(target, true);
        while (!socket.destroyed) {
          await write(socket, changes);
          await Bun.sleep(20);
        }
        return socket;
      });
      await Promise.all([listeners, writer]);
    },
  },
  {
    name: "tracking of a million keys that are not there",
    run: (target) => {
      let n = 0;
      return keep(20, async () => {
        const socket = await openWebsocket(target, true);
        for (let i = 0; i < 50 && !socket.destroyed; i++) {
          const rows = Array.from({ length: 1_000 }, () => get(`${"k".repeat(300)}${n++}`, TRACK));
          await write(socket, message(Buffer.concat(rows)));
        }
        return socket;
      });
    },
  },
];
