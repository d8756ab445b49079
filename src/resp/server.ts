// The listener of the RESP lane: sockets to connections, idle and stalled ones cut, drain and stop.

import type { Socket, SocketHandler, TLSOptions } from "bun";
import { reportBug } from "../base/bug.ts";
import type { Clock } from "../base/clock.ts";
import {
  DRAIN_MS_MAX,
  LANE_GUEST_MS_MAX,
  LANE_IDLE_MS_MAX,
  LANE_STALLED_MS_MAX,
  LANE_SWEEP_MS,
} from "../base/limits.ts";
import { loopWork } from "../base/loop/loop-work.ts";
import type { CutReason } from "../gate/connections.ts";
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
  /** New connections get this certificate: with `reusePort` alone, since it listens anew. */
  exchangeTls(tls: TLSOptions): void;
  /** Accepts no more, lets running commands be answered for up to DRAIN_MS_MAX, closes. */
  stop(): Promise<void>;
}

/** A socket's connection; `undefined`: it was refused, or is closed. */
type Data = RespConnection | undefined;

const SWEEP = loopWork.kind("resp sweep");
const FULL = "-ERR max number of clients reached\r\n";

export function listenResp(options: RespListenOptions): RespListener {
  const { host, port, tls, reusePort, laneTraffic } = options;
  const server = new RespServer(options);
  laneTraffic.commands = () => server.commandCounts();
  laneTraffic.connections = () => server.connections.size;
  const listen = { hostname: host, reusePort, allowHalfOpen: true, socket: server.socketHandler() };
  let listener = Bun.listen<Data>(tls === undefined ? { ...listen, port } : { ...listen, port, tls });
  server.lane.port = listener.port;
  const sweep = setInterval(() => {
    loopWork.begin(SWEEP, options.clock.nowNs());
    server.sweep();
  }, LANE_SWEEP_MS);
  const unlisten = options.keyring.onChange(() => server.eachConnection((it) => it.recheckKey()));
  return {
    port: listener.port,
    exchangeTls(next) {
      const old = listener;
      listener = Bun.listen<Data>({ ...listen, port: old.port, tls: next });
      old.stop(false);
    },
    async stop() {
      clearInterval(sweep);
      unlisten();
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

  /** Nothing that a callback throws leaves it: it is logged, counted, and ends that connection. */
  socketHandler(): SocketHandler<Data> {
    return {
      open: (socket) => this.#guarded(socket, () => this.#open(socket)),
      // With it, `open` is called before the handshake: a client that never ends one is a guest like others.
      handshake: () => {},
      data: (socket, chunk) => {
        try {
          this.lane.monitoring.inputBytes += chunk.length;
          socket.data?.receive(chunk);
        } catch (thrown) {
          socket.data?.fault(thrown);
        }
      },
      drain: (socket) => this.#guarded(socket, () => socket.data?.drain()),
      end: (socket) => this.#guarded(socket, () => socket.data?.inputEnded()),
      close: (socket) => this.#guarded(socket, () => this.#close(socket)),
      error: (socket, error) => {
        this.#options.log.debug("resp_socket_error", { error: error.message });
        socket.terminate();
      },
    };
  }

  #guarded(socket: Socket<Data>, run: () => void): void {
    try {
      run();
    } catch (thrown) {
      if (socket.data !== undefined) return socket.data.fault(thrown);
      reportBug(this.#options.log, thrown, { lane: "resp" });
      socket.terminate();
    }
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

  /** Cuts those who have had their time, and takes up how many commands were run. */
  sweep(): void {
    const { clock } = this.#options;
    this.eachConnection(cutIfTooLong(clock));
    let calls = 0;
    for (const counts of this.lane.commands.values()) calls += counts.calls;
    this.lane.monitoring.sample(calls, clock.nowMs());
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

  /** Does `run` to every connection; what it throws ends that connection alone. */
  eachConnection(run: (connection: RespConnection) => void): void {
    for (const connection of this.connections.values()) {
      try {
        run(connection);
      } catch (thrown) {
        connection.fault(thrown);
      }
    }
  }
}

/** Cuts a connection that is silent, shows no key, or takes nothing of what waits for it, for too long. */
function cutIfTooLong(clock: Clock): (connection: RespConnection) => void {
  return (connection) => {
    const reason = tooLong(connection, clock.nowMs());
    if (reason !== undefined) connection.cut(reason);
  };
}

/** Why `connection` has had its time, if it has. */
function tooLong(connection: RespConnection, nowMs: number): CutReason | undefined {
  const { stalledSinceMs, guestSinceMs } = connection;
  if (stalledSinceMs !== undefined)
    return nowMs - stalledSinceMs > LANE_STALLED_MS_MAX ? "stalled" : undefined;
  if (guestSinceMs !== undefined) return nowMs - guestSinceMs > LANE_GUEST_MS_MAX ? "guests" : undefined;
  if (connection.isBusy || connection.tracking.isOn || connection.subscriptions.count > 0) return undefined;
  return nowMs - connection.activeAtMs > LANE_IDLE_MS_MAX ? "idle" : undefined;
}
