// The one failure of the shared tier, with what is known of its cause.

/** `timeout`: no answer in time. `closed`: no connection, or it broke. `refused`: L2 answered that it will not. */
export type L2ErrorCause = "timeout" | "closed" | "refused";

export class L2Error extends Error {
  override readonly name = "L2Error";
  readonly reason: L2ErrorCause;

  constructor(reason: L2ErrorCause, message: string) {
    super(message);
    this.reason = reason;
  }
}
