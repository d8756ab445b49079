// What changes the number of instances: asked how many there are to be, and told how many there should be.

/** A count, or why there is none; `failed` says when it is worth another try. */
export type ScalerLook =
  | {
      readonly kind: "ready";
      readonly desired: number;
      /** Something else is changing the fleet, such as a deployment; in words. */
      readonly busy: string | undefined;
    }
  | ScalerFailure;

export interface ScalerFailure {
  readonly kind: "failed";
  readonly reason: string;
  readonly retryMs: number;
}

export type ScalerAnswer = { readonly kind: "accepted" } | ScalerFailure;

export interface Scaler {
  readonly name: "log" | "ecs";
  /** How long what `look` says may be gone by, ms. */
  readonly lookMs: number;
  /** `healthy`: instances with a heartbeat. Never rejects. */
  look(healthy: number, signal: AbortSignal): Promise<ScalerLook>;
  /** Asks for `count` instances, an absolute number: again is harmless. Never rejects. */
  ask(count: number, signal: AbortSignal): Promise<ScalerAnswer>;
}
