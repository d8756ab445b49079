// What the fleet asks of the shared tier: heartbeats, the registry, the leader's lease, and what only a leader may write.

/** A lease's holder and term, and how long it lasts by the tier's own clock. */
export interface Lease {
  readonly holder: string;
  /** The fencing token: each one's is greater than all before it. */
  readonly term: number;
  readonly remainingMs: number;
  /** Given to, or renewed for, the one who asked. */
  readonly isGranted: boolean;
}

/** One entry of the registry, as it stands there. */
export interface RegistryEntry {
  readonly id: string;
  readonly record: string;
  /** The last heartbeat's load; none: it has expired. */
  readonly load: string | undefined;
  /** Until the heartbeat expires. */
  readonly remainingMs: number;
}

export interface RegistryView {
  readonly entries: readonly RegistryEntry[];
  readonly leader: string | undefined;
  /** What the leader last said of its work; none when there has been no leader for a while. */
  readonly control: string | undefined;
  /** Newest first. */
  readonly decisions: readonly string[];
}

/** Every call is bounded in time, and rejects where the tier cannot be reached. */
export interface Registry {
  beat(id: string, record: string, load: string, ttlMs: number): Promise<void>;
  /** Takes an instance out, heartbeat and all. */
  leave(id: string): Promise<void>;
  view(): Promise<RegistryView>;
  /** How many of the registered instances have a heartbeat. */
  healthy(): Promise<number>;
  /** Takes the lease if nobody holds it, renews it if `id` holds it in `term`; says who holds it now. */
  lease(id: string, term: number | undefined, leaseMs: number): Promise<Lease>;
  /** Gives the lease up, if `id` holds it in `term`. */
  release(id: string, term: number): Promise<void>;
  /** Takes dead instances out of the registry; `false` if `id` does not lead in `term`, and nothing was done. */
  reap(id: string, term: number, dead: readonly string[]): Promise<boolean>;
  /** Writes a decision down before it is acted on; `false` as with `reap`. */
  decide(id: string, term: number, decision: string): Promise<boolean>;
  /** Writes down how the leader's work goes, for `ttlMs`; `false` as with `reap`. */
  report(id: string, term: number, control: string, ttlMs: number): Promise<boolean>;
}
