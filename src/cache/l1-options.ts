// What an L1 engine is made with, beyond what every engine is. No code here.
import type { EvictionPolicy } from "../base/settings/eviction.ts";
import type { EngineOptions } from "./engine.ts";
import type { Allocator } from "./memory/allocator.ts";

export interface L1Options<M> extends EngineOptions<M> {
  /** `adaptive` unless said otherwise. */
  readonly policy?: EvictionPolicy;
  /** Where slabs come from; the runtime's own memory unless said otherwise. */
  readonly allocator?: Allocator;
}
