// What every command may use, whichever connection sent it: the store, keys, limits and counts. Cold.

import type { LaneOptions } from "../../gate/lane-options.ts";
import type { OtherWorkers } from "../../store/other-workers.ts";
import type { Store } from "../../store/store.ts";
import type { KeyspaceEvents } from "./pubsub/keyspace-events.ts";
import type { Channels } from "./pubsub/channels.ts";
import type { CommandCounts } from "./command-shape.ts";
import type { ConnectionPort } from "./connection-port.ts";
import type { Pause } from "./server/pause.ts";
import type { EncodingLimits } from "./keys/encoding-limits.ts";
import type { Monitoring } from "./monitoring/monitoring.ts";

export interface RespLaneOptions extends LaneOptions {
  readonly instanceId: string;
  /** Who subscribes to what, over all lanes of the process that run commands. */
  readonly channels: Channels;
  readonly keyspaceEvents: KeyspaceEvents;
  readonly version: string;
  /** Undefined: this process is the whole instance. */
  readonly otherWorkers?: OtherWorkers | undefined;
}

export interface Services {
  readonly options: RespLaneOptions;
  readonly store: Store<unknown>;
  /** By lower-case name, subcommands included. */
  readonly commands: ReadonlyMap<string, CommandCounts>;
  /** Those that are open, by their ids. */
  readonly connections: ReadonlyMap<number, ConnectionPort>;
  /** The last read-modify-write under way of each key; over a store without L2 there are none. */
  readonly turns: Map<string, Promise<undefined>>;
  readonly monitoring: Monitoring;
  readonly pause: Pause;
  readonly encodings: EncodingLimits;
  /** Where it listens. */
  readonly port: number;
}

/** The same with another store. */
export function servicesWith(services: Services, store: Store<unknown>): Services {
  const { options, commands, connections, turns, monitoring, pause, encodings } = services;
  return {
    options,
    store,
    commands,
    connections,
    turns,
    monitoring,
    pause,
    encodings,
    get port() {
      return services.port;
    },
  };
}
