// The application behind the cache: what it knows of each key is what a fill may bring, and what it has invalidated may
// never be read again once that is acknowledged and the bound has passed.

interface Floor {
  readonly version: number;
  /** When its invalidation was asked for, and acknowledged. */
  readonly invokedMs: number;
  readonly atMs: number;
}

export class SimOrigin {
  readonly #versions = new Map<string, number>();
  readonly #floors = new Map<string, Floor[]>();
  /** Fills that were refused. */
  readonly #refused = new Set<string>();
  #fills = 0;
  #losses = 0;

  /** The application changes `keys` and asks for their invalidation at `invokedMs`; gives what is to be called once that
   *  is acknowledged. */
  change(keys: readonly string[], invokedMs: number): (atMs: number) => void {
    const changed = keys.map((key) => [key, this.#versionOf(key) + 1] as const);
    for (const [key, version] of changed) this.#versions.set(key, version);
    const losses = this.#losses;
    return (atMs) => {
      if (losses !== this.#losses) return;
      for (const [key, version] of changed) {
        const floors = this.#floors.get(key);
        if (floors === undefined) this.#floors.set(key, [{ version, invokedMs, atMs }]);
        else floors.push({ version, invokedMs, atMs });
      }
    };
  }

  /** What a reader of the application's own store would put into the cache now. */
  read(key: string): string {
    return `o${this.#versionOf(key)}#${++this.#fills}`;
  }

  refuse(value: string): void {
    this.#refused.add(value);
  }

  /** Redis has lost something at this moment: an invalidation may be among it. */
  forget(): void {
    this.#losses += 1;
    this.#floors.clear();
  }

  /** What is wrong with `value`, read by one who may be told of nothing that was invalidated before `sinceMs`, but for
   *  what `isLost` excuses. */
  fault(
    key: string,
    value: string,
    sinceMs: number,
    isLost: (invalidation: { readonly invokedMs: number }) => boolean = () => false,
  ): string | undefined {
    if (this.#refused.has(value)) return "was refused";
    const version = Number(/^o(\d+)#/.exec(value)?.[1]);
    const floor = (this.#floors.get(key) ?? []).find(
      (one) => one.atMs <= sinceMs && one.version > version && !isLost(one),
    );
    return floor === undefined ? undefined : `was invalidated, acknowledged at ${floor.atMs.toFixed(2)}`;
  }

  #versionOf(key: string): number {
    return this.#versions.get(key) ?? 0;
  }
}
