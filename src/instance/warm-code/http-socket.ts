// Hits over a real socket: Bun's own requests and responses are other objects than those made in the program. Cold.

import type { Socket } from "bun";
import { silentLog } from "../../base/log.ts";
import { WARM_CODE_HITS, WARM_CODE_MS_MAX } from "../../base/limits.ts";
import type { App } from "../../http/app.ts";
import { listen } from "../listening/listener.ts";
import { SECRET } from "./throwaway.ts";

const PIPELINED = 16;
const HOST = "127.0.0.1";
const STATUS_LINE = "HTTP/1.1 ";

/**
 * Asks the application for the entry `key` over a listener and a connection of its own on loopback, WARM_CODE_HITS times
 * or for WARM_CODE_MS_MAX. Throws where no port can be had.
 */
export async function hitsOverSocket(app: App, key: string): Promise<void> {
  const listener = listen({
    app,
    host: HOST,
    port: 0,
    tls: undefined,
    unix: undefined,
    reusePort: false,
    log: silentLog,
  });
  try {
    const requests = ["identity", "gzip, deflate, br, zstd"].map((codings) =>
      `GET /cache/${key} HTTP/1.1\r\nHost: ${HOST}:${listener.port}\r\nx-api-key: ${SECRET}\r\nAccept-Encoding: ${codings}\r\n\r\n`.repeat(
        PIPELINED / 2,
      ),
    );
    await drive(listener.port, Buffer.from(requests.join("")));
  } finally {
    await listener.stop();
  }
}

/** Writes a pipeline of PIPELINED requests whenever the one before is answered. */
async function drive(port: number, pipeline: Buffer): Promise<void> {
  const finished = Promise.withResolvers<void>();
  let pipelinesLeft = WARM_CODE_HITS / PIPELINED;
  let answered = 0;
  const next = (socket: Socket) => {
    if (pipelinesLeft-- > 0) socket.write(pipeline);
    else finished.resolve();
  };
  const timer = setTimeout(() => finished.resolve(), WARM_CODE_MS_MAX);
  const connection = await Bun.connect({
    hostname: HOST,
    port,
    socket: {
      open: next,
      data(socket, chunk) {
        // Every answer has one status line; where one comes in two chunks, the deadline ends this.
        for (let at = chunk.indexOf(STATUS_LINE); at >= 0; at = chunk.indexOf(STATUS_LINE, at + 1))
          answered++;
        if (answered < PIPELINED) return;
        answered -= PIPELINED;
        next(socket);
      },
      close: () => finished.resolve(),
      error: () => finished.resolve(),
    },
  });
  await finished.promise;
  clearTimeout(timer);
  connection.terminate();
}
