// The other workers of an instance that share an L2, as a store sees them. No code.

import type { Target } from "../coherence/target.ts";
import type { Version } from "../record/version.ts";

/** A change that L2 has acknowledged. */
export interface SiblingChange {
  readonly partition: number;
  readonly target: Target;
  readonly version: Version;
}

export interface Siblings {
  /** Resolves once the others have dropped what `change` makes old; with `true` where a bound has passed before. */
  settle(change: SiblingChange): Promise<boolean>;
  /** From now on `onChange` is called with each change that another made. */
  listen(onChange: (change: SiblingChange) => void): void;
}
