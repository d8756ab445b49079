// The port to the fleet's registry: heartbeats, entries, the leader's lease, and what only a leader may write.

/** A lease's holder and term, and how long it lasts by the registry's own clock. */
export interface Lease {
  readonly holder: string;
  /** The fencing token: greater than that of every earlier lease. */
  readonly term: number;
  readonly remainingMs: number;
  /** Given to, or renewed for, the one who asked. */
  readonly isGranted: boolean;
}

/** One entry of the registry, as stored. */
export interface RegistryEntry {
  readonly id: string;
  readonly record: string;
  /** JSON of the last heartbeat's load; none: the heartbeat has expired. */
  readonly load: string | undefined;
  /** Ms until the heartbeat expires. */
  readonly remainingMs: number;
}

export interface RegistryView {
  readonly entries: readonly RegistryEntry[];
  readonly leader: string | undefined;
  /** The leader's last report as JSON; none when there has been no leader for a while. */
  readonly control: string | undefined;
  /** Newest first. */
  readonly decisions: readonly string[];
}

/** Every call is bounded in time, and rejects where the registry cannot be reached. */
export interface Registry {
  beat(id: string, record: string, load: string, ttlMs: number): Promise<void>;
  /** Removes an instance and its heartbeat. */
  leave(id: string): Promise<void>;
  view(): Promise<RegistryView>;
  /** How many of the registered instances have a heartbeat. */
  healthy(): Promise<number>;
  /** Takes the lease if nobody holds it, renews it if `id` holds it in `term`; tells who holds it now. */
  lease(id: string, term: number | undefined, leaseMs: number): Promise<Lease>;
  /** Gives the lease up, if `id` holds it in `term`. */
  release(id: string, term: number): Promise<void>;
  /** Removes dead instances from the registry; `false` if `id` does not lead in `term`, and nothing was done. */
  reap(id: string, term: number, dead: readonly string[]): Promise<boolean>;
  /** Records a decision, before it is acted on; `false` as with `reap`. */
  decide(id: string, term: number, decision: string): Promise<boolean>;
  /** Records the leader's report for `ttlMs`; `false` as with `reap`. */
  report(id: string, term: number, control: string, ttlMs: number): Promise<boolean>;
}
