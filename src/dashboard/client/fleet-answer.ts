// What GET /instances answers, as far as people are shown it. No code.

export interface FleetInstance {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly role: string;
  readonly startedAt: string | number;
  /** Since its last heartbeat. */
  readonly ageMs: number;
  readonly load: {
    readonly rps?: number;
    readonly hitRate?: number;
    readonly p99Us?: number;
    readonly l1Bytes?: number;
    readonly cpu?: number;
  };
}

export interface Decision {
  readonly at: string | number;
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** GET /instances. */
export interface Fleet {
  readonly instances: readonly FleetInstance[];
  readonly decisions: readonly Decision[];
  /** `none`: the instance is alone by its settings. */
  readonly registry?: "none" | "up" | "unreachable";
}
