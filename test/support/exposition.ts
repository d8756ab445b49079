// Checks Prometheus text exposition as promtool would: HELP and TYPE before samples, no duplicates, sane histograms.

export interface Family {
  readonly type: string;
  /** Values by the text of the labels, braces included; names of a histogram's parts go before the braces. */
  readonly samples: Map<string, number>;
}

const SAMPLE =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/;

/** Throws on the first fault; returns the families by name. */
export function checkExposition(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("no line feed at the end");
  const families = new Map<string, Family>();
  let help = "";
  let current: { name: string; family: Family } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = "", rest = ""] = comment;
      if (kind === "HELP") {
        if (families.has(name)) throw new Error(`${name} twice`);
        help = name;
      } else {
        if (help !== name) throw new Error(`${name} has no HELP before its TYPE`);
        current = { name, family: { type: rest, samples: new Map() } };
        families.set(name, current.family);
      }
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (sample === null || current === undefined) throw new Error(`not a sample: ${line}`);
    addSample(current, sample);
  }
  for (const [name, family] of families) {
    if (family.type === "counter" && !name.endsWith("_total")) throw new Error(`${name} is a counter`);
    if (family.type === "histogram") checkHistogram(name, family);
  }
  return families;
}

function addSample(current: { name: string; family: Family }, sample: RegExpExecArray): void {
  const [, name = "", labels = "", value = ""] = sample;
  const suffix = name.slice(current.name.length);
  const allowed = current.family.type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  if (!name.startsWith(current.name) || !allowed.includes(suffix))
    throw new Error(`${name} stands under ${current.name}`);
  const key = `${suffix}${labels}`;
  if (current.family.samples.has(key)) throw new Error(`${name}${labels} twice`);
  const number = Number(value);
  if (value === "" || Number.isNaN(number)) throw new Error(`${name} has the value ${value}`);
  if (current.family.type !== "gauge" && number < 0) throw new Error(`${name} is negative`);
  current.family.samples.set(key, number);
}

/** Buckets grow with `le`, and the last is the count. */
function checkHistogram(name: string, family: Family): void {
  const last = new Map<string, { le: number; count: number }>();
  for (const [key, count] of family.samples) {
    const bucket = /^_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key);
    if (bucket === null) continue;
    const series = bucket[1]!;
    const le = bucket[2] === "+Inf" ? Number.POSITIVE_INFINITY : Number(bucket[2]);
    const before = last.get(series) ?? { le: -1, count: 0 };
    if (le <= before.le || count < before.count) throw new Error(`${name} has buckets out of order`);
    last.set(series, { le, count });
  }
  for (const [series, { le, count }] of last) {
    const total = family.samples.get(`_count${series === "" ? "" : `{${series}}`}`);
    if (le !== Number.POSITIVE_INFINITY || count !== total) throw new Error(`${name} does not add up`);
  }
}
