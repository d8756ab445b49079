// What makes an instance one of several workers: its number, what it hears of all, and what it shares with the others.

import type { ChannelBus } from "../store/channel-bus.ts";
import type { Overview } from "../dashboard/overview.ts";
import type { LogLevel } from "../base/log.ts";
import type { OtherWorkers } from "../store/other-workers.ts";
import type { RateLimit } from "../gate/rate-limit.ts";
import type { InstanceEvent } from "../observe/events.ts";
import type { Siblings } from "../store/siblings.ts";
import type { MemoryAssignment } from "./worker-memory.ts";

export interface WorkerLinks {
  readonly index: number;
  /** What the workers share instead of Redis. */
  readonly memory: MemoryAssignment | undefined;
  readonly siblings: Siblings;
  /** Carries what clients publish to one another; none where Redis does. */
  readonly channels: ChannelBus | undefined;
  /** The other workers' lanes. */
  readonly lanes: OtherWorkers;
  /** What the whole instance tells of itself. */
  readonly overview: Overview;
  /** This worker is ready; resolves once all are, since a client that is told so may be answered by any. */
  allReady(): Promise<void>;
  /** From now on what clients take of their rates here is told to the other workers, and the other way about. */
  shareRate(rateLimit: RateLimit): void;
  /** The logs of the instance's other processes are to write this level. */
  tellLogLevel(level: LogLevel): void;
  /** Tells the whole instance of an event in this worker. */
  tell(event: InstanceEvent): void;
}
