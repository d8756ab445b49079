// The port to what changes the number of instances: it tells the count that is asked for, and takes a new one.

/** The desired count, or why it is unknown; `retryMs` until it may be asked again. */
export type ScalerLook =
  | {
      readonly kind: "ready";
      readonly desired: number;
      /** Another change of the fleet that is in progress, such as a deployment, in words. */
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
  /** How long a result of `look` stays valid, ms. */
  readonly lookMs: number;
  /** `healthy`: instances with a heartbeat. Never rejects. */
  look(healthy: number, signal: AbortSignal): Promise<ScalerLook>;
  /** Asks for `count` instances in all; idempotent. Never rejects. */
  ask(count: number, signal: AbortSignal): Promise<ScalerAnswer>;
}
