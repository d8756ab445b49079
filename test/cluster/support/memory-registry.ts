// The registry in memory, on a clock in the test's hand: what Redis does, for simulations.

import type { Lease, Registry, RegistryView } from "../../../src/cluster/registry.ts";
import { DECISIONS_MAX } from "../../../src/base/fleet-limits.ts";

export class MemoryRegistry implements Registry {
  readonly records = new Map<string, string>();
  readonly beats = new Map<string, { readonly load: string; readonly endsMs: number }>();
  readonly decisions: string[] = [];
  #lease: { readonly holder: string; readonly term: number; readonly endsMs: number } | undefined;
  #control: { readonly text: string; readonly endsMs: number } | undefined;
  #lastTerm = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  beat(id: string, record: string, load: string, ttlMs: number): Promise<void> {
    this.records.set(id, record);
    this.beats.set(id, { load, endsMs: this.#nowMs() + ttlMs });
    return Promise.resolve();
  }

  leave(id: string): Promise<void> {
    this.records.delete(id);
    this.beats.delete(id);
    return Promise.resolve();
  }

  view(): Promise<RegistryView> {
    const nowMs = this.#nowMs();
    const entries = [...this.records].map(([id, record]) => {
      const beat = this.beats.get(id);
      const remainingMs = Math.max(0, (beat?.endsMs ?? 0) - nowMs);
      return { id, record, load: remainingMs > 0 ? beat!.load : undefined, remainingMs };
    });
    const control = this.#control;
    return Promise.resolve({
      entries,
      leader: this.#held()?.holder,
      control: control !== undefined && control.endsMs > nowMs ? control.text : undefined,
      decisions: [...this.decisions],
    });
  }

  healthy(): Promise<number> {
    const alive = [...this.records.keys()].filter((id) => (this.beats.get(id)?.endsMs ?? 0) > this.#nowMs());
    return Promise.resolve(alive.length);
  }

  lease(id: string, term: number | undefined, leaseMs: number): Promise<Lease> {
    const nowMs = this.#nowMs();
    const held = this.#held();
    if (held !== undefined && (held.holder !== id || held.term !== term)) {
      const { holder, term: other, endsMs } = held;
      return Promise.resolve({ holder, term: other, remainingMs: endsMs - nowMs, isGranted: false });
    }
    if (held === undefined) this.#lastTerm = Math.max(this.#lastTerm + 1, Math.floor(nowMs));
    const given = { holder: id, term: held?.term ?? this.#lastTerm, endsMs: nowMs + leaseMs };
    this.#lease = given;
    return Promise.resolve({ holder: id, term: given.term, remainingMs: leaseMs, isGranted: true });
  }

  release(id: string, term: number): Promise<void> {
    if (this.#leads(id, term)) this.#lease = undefined;
    return Promise.resolve();
  }

  reap(id: string, term: number, dead: readonly string[]): Promise<boolean> {
    if (!this.#leads(id, term)) return Promise.resolve(false);
    for (const one of dead) this.records.delete(one);
    return Promise.resolve(true);
  }

  decide(id: string, term: number, decision: string): Promise<boolean> {
    if (!this.#leads(id, term)) return Promise.resolve(false);
    this.decisions.unshift(decision);
    this.decisions.splice(DECISIONS_MAX);
    return Promise.resolve(true);
  }

  report(id: string, term: number, control: string, ttlMs: number): Promise<boolean> {
    if (!this.#leads(id, term)) return Promise.resolve(false);
    this.#control = { text: control, endsMs: this.#nowMs() + ttlMs };
    return Promise.resolve(true);
  }

  #held() {
    return this.#lease !== undefined && this.#lease.endsMs > this.#nowMs() ? this.#lease : undefined;
  }

  #leads(id: string, term: number): boolean {
    const held = this.#held();
    return held?.holder === id && held.term === term;
  }
}
