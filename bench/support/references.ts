// Reads the hit ratios of known policies that lie beside a trace, if they do.

export interface Reference {
  readonly trace: string;
  readonly policy: string;
  readonly unit: string;
  readonly capacity: number;
  readonly hitRatio: number;
  /** NaN where it was not measured. */
  readonly byteHitRatio: number;
}

/** Rows of `trace,set,policy,capacity,requests,hit_ratio,byte_hit_ratio,unit,…`; none if there is no such file. */
export async function readReferences(file: string): Promise<readonly Reference[]> {
  if (!(await Bun.file(file).exists())) return [];
  const [, ...lines] = (await Bun.file(file).text()).trim().split("\n");
  return lines.map((line) => {
    const [trace = "", , policy = "", capacity, , hitRatio, byteHitRatio, unit = ""] = line.split(",");
    return {
      trace,
      policy,
      unit,
      capacity: Number(capacity),
      hitRatio: Number(hitRatio),
      byteHitRatio: byteHitRatio === "" ? NaN : Number(byteHitRatio),
    };
  });
}
