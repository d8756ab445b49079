// The listener of the RESP lane: sockets to connections, idle and stalled ones cut, drain and stop.

import type { Socket, SocketHandler, TLSOptions } from "bun";
import {
  DRAIN_MS_MAX,
  LANE_GUEST_IDLE_MS_MAX,
  LANE_IDLE_MS_MAX,
  LANE_STALLED_MS_MAX,
  LANE_SWEEP_MS,
} from "../base/limits.ts";
import type { RespLaneOptions } from "./commands/services.ts";
import { RespConnection } from "./connection/resp-connection.ts";
import { RespLane } from "./lane.ts";

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

/** A socket's connection; `undefined`: it was refused, or is closed. */
type Data = RespConnection | undefined;

const FULL = "-ERR max number of clients reached\r\n";

export function listenResp(options: RespListenOptions): RespListener {
  const { host, port, tls, reusePort, laneTraffic } = options;
  const server = new RespServer(options);
  laneTraffic.commands = () => server.commandCounts();
  laneTraffic.connections = () => server.connections.size;
  const listen = { hostname: host, port, reusePort, socket: server.socketHandler() };
  const listener = Bun.listen<Data>(tls === undefined ? listen : { ...listen, tls });
  server.lane.port = listener.port;
  const sweep = setInterval(() => server.sweep(), LANE_SWEEP_MS);
  return {
    port: listener.port,
    async stop() {
      clearInterval(sweep);
      listener.stop(false);
      await server.drain();
      listener.stop(true);
    },
  };
}

class RespServer {
  readonly lane: RespLane;
  readonly connections = new Map<number, RespConnection>();
  readonly #options: RespLaneOptions;
  /** Called when the last connection has gone. */
  #onEmpty: () => void = () => {};

  constructor(options: RespLaneOptions) {
    this.#options = options;
    this.lane = new RespLane(options, this.connections);
  }

  socketHandler(): SocketHandler<Data> {
    return {
      open: (socket) => this.#open(socket),
      data: (socket, chunk) => socket.data?.receive(chunk),
      drain: (socket) => socket.data?.drain(),
      close: (socket) => this.#close(socket),
      error: (socket, error) => {
        this.#options.log.debug("resp_socket_error", { error: error.message });
        socket.terminate();
      },
    };
  }

  #open(socket: Socket<Data>): void {
    if (!this.#options.connections.enter()) {
      socket.end(FULL);
      return;
    }
    socket.setNoDelay(true);
    socket.setKeepAlive(true, LANE_IDLE_MS_MAX);
    const connection = new RespConnection(this.lane, socket as Socket<RespConnection>);
    socket.data = connection;
    this.connections.set(connection.id, connection);
  }

  #close(socket: Socket<Data>): void {
    const connection = socket.data;
    if (connection === undefined) return;
    socket.data = undefined;
    this.connections.delete(connection.id);
    this.#options.connections.leave();
    connection.closed();
    if (this.connections.size === 0) this.#onEmpty();
  }

  /** Calls of each command that was called, and those of them that were answered with an error. */
  commandCounts(): { command: string; ok: number; failed: number }[] {
    return [...this.lane.commands.values()]
      .filter(({ calls, failed }) => calls > 0 || failed > 0)
      .map(({ command, calls, failed }) => ({
        command: command.name,
        ok: Math.max(0, calls - failed),
        failed,
      }));
  }

  /** Ends all connections, and waits until they are closed, DRAIN_MS_MAX at most. */
  drain(): Promise<void> {
    for (const connection of this.connections.values()) connection.end();
    if (this.connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const late = setTimeout(resolve, DRAIN_MS_MAX);
      this.#onEmpty = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  /** Cuts connections that are silent, or take nothing of what waits for them, for too long. */
  sweep(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const connection of this.connections.values()) {
      const { stalledSinceMs } = connection;
      if (stalledSinceMs !== undefined) {
        if (nowMs - stalledSinceMs > LANE_STALLED_MS_MAX) connection.cut("stalled");
        continue;
      }
      if (connection.isBusy || connection.tracking.isOn) continue;
      const isGuest = connection.session.apiKey === undefined;
      const idleMsMax = isGuest ? LANE_GUEST_IDLE_MS_MAX : LANE_IDLE_MS_MAX;
      if (nowMs - connection.activeAtMs > idleMsMax) connection.cut("idle");
    }
  }
}
