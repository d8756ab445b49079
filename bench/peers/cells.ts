// What is measured of each peer: sizes, connections, closed loop or fixed rate, reads alone or with writes.

export interface Cell {
  readonly bytes: number;
  /** How many values there are. */
  readonly keys: number;
  readonly connections: number;
  /** `closed`: each connection sends as soon as it is answered. `fixed`: half of what this server did so. */
  readonly load: "closed" | "fixed";
  /** Writes in 1,000 requests. */
  readonly writes: number;
}

/** All of them are kept: few keys where values are large. */
const VALUES_BYTES_MAX = 32 << 20;
const KEYS_MAX = 1_000;

export const FULL_CELLS: readonly Cell[] = [64, 1_024, 16_384, 262_144].flatMap((bytes) =>
  [1, 16, 64, 256].flatMap((connections) =>
    [0, 50].flatMap((writes) =>
      (["closed", "fixed"] as const).map((load): Cell => ({
        bytes,
        keys: keysOf(bytes),
        connections,
        load,
        writes,
      })),
    ),
  ),
);

const QUICK = { bytes: 1_024, keys: KEYS_MAX, connections: 16, load: "closed", writes: 0 } as const;

/** What fits into three minutes. */
export const QUICK_CELLS: readonly Cell[] = [
  QUICK,
  { ...QUICK, load: "fixed" },
  { ...QUICK, writes: 50 },
  { ...QUICK, connections: 64 },
];

function keysOf(bytes: number): number {
  return Math.min(KEYS_MAX, Math.floor(VALUES_BYTES_MAX / bytes));
}

/** The cell, but for its kind of load. */
export function shapeOf({ bytes, keys, connections, writes }: Cell): string {
  return `${keys} keys of ${bytes} bytes, ${connections} connections, ${writes / 10} % writes`;
}

export function nameOf(cell: Cell): string {
  return `${shapeOf(cell)}, ${cell.load === "closed" ? "as many as go" : "fixed rate"}`;
}
