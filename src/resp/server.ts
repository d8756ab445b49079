// The listener of the RESP lane: sockets to clients, idle and stalled ones cut, drain and stop.

import type { Socket, TLSOptions } from "bun";
import {
  DRAIN_MS_MAX,
  LANE_GUEST_IDLE_MS_MAX,
  LANE_IDLE_MS_MAX,
  LANE_STALLED_MS_MAX,
  LANE_SWEEP_MS,
} from "../base/limits.ts";
import { Client } from "./connection/connection.ts";
import { RespLane, type RespLaneOptions } from "./lane.ts";

export interface RespListenOptions extends RespLaneOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TLSOptions | undefined;
  readonly reusePort: boolean;
}

export interface RespListener {
  readonly port: number;
  /** Accepts no more, lets running commands be answered for up to DRAIN_MS_MAX, closes. */
  stop(): Promise<void>;
}

const FULL = "-ERR max number of clients reached\r\n";

export function listenResp(options: RespListenOptions): RespListener {
  const lane = new RespLane(options);
  const { connections, laneTraffic } = options;
  laneTraffic.commands = () =>
    [...lane.tallies.values()]
      .filter((tally) => tally.calls > 0 || tally.failed > 0)
      .map(({ command, calls, failed }) => ({
        command: command.name,
        ok: Math.max(0, calls - failed),
        failed,
      }));
  laneTraffic.connections = () => lane.clients.size;
  const listen = {
    hostname: options.host,
    port: options.port,
    reusePort: options.reusePort,
    socket: {
      open(socket: Socket<Client | undefined>) {
        if (!connections.enter()) {
          socket.end(FULL);
          return;
        }
        socket.setNoDelay(true);
        socket.setKeepAlive(true, LANE_IDLE_MS_MAX);
        const client = new Client(lane, socket as Socket<Client>);
        socket.data = client;
        lane.clients.set(client.id, client);
      },
      data(socket: Socket<Client | undefined>, chunk: Buffer) {
        socket.data?.receive(chunk);
      },
      drain(socket: Socket<Client | undefined>) {
        socket.data?.drain();
      },
      close(socket: Socket<Client | undefined>) {
        const client = socket.data;
        if (client === undefined) return;
        socket.data = undefined;
        lane.clients.delete(client.id);
        connections.leave();
        client.closed();
        if (lane.clients.size === 0) lane.onEmpty();
      },
      error(socket: Socket<Client | undefined>, error: Error) {
        options.log.debug("resp_socket_error", { error: error.message });
        socket.terminate();
      },
    },
  };
  const listener = Bun.listen<Client | undefined>(
    options.tls === undefined ? listen : { ...listen, tls: options.tls },
  );
  lane.port = listener.port;
  const sweep = setInterval(() => sweepClients(lane), LANE_SWEEP_MS);
  return {
    port: listener.port,
    async stop() {
      clearInterval(sweep);
      listener.stop(false);
      for (const client of lane.clients.values()) client.end();
      await emptied(lane);
      listener.stop(true);
    },
  };
}

function emptied(lane: RespLane): Promise<void> {
  if (lane.clients.size === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(resolve, DRAIN_MS_MAX);
    lane.onEmpty = () => {
      clearTimeout(late);
      resolve();
    };
  });
}

/** Cuts connections that are silent, or take nothing of what waits for them, for too long. */
function sweepClients(lane: RespLane): void {
  const { clock } = lane.options;
  const nowMs = clock.nowMs();
  for (const client of lane.clients.values()) {
    const { stalledSinceMs } = client;
    if (stalledSinceMs !== undefined) {
      if (nowMs - stalledSinceMs > LANE_STALLED_MS_MAX) client.cut("stalled");
      continue;
    }
    if (client.isBusy || client.tracking.isOn) continue;
    const idleMs = nowMs - client.nowMs;
    const bound = client.session.apiKey === undefined ? LANE_GUEST_IDLE_MS_MAX : LANE_IDLE_MS_MAX;
    if (idleMs > bound) client.cut("idle");
  }
}
