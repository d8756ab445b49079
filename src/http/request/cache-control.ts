// Reads Cache-Control (RFC 9111 §5.2): what a writer says of how long its value is fresh. Cold.

/** The argument of the directive `wanted`, `""` where it has none; nothing where the field does not have it. */
export function directiveOf(cacheControl: string | null, wanted: string): string | undefined {
  for (const directive of (cacheControl ?? "").split(",")) {
    const [name = "", ...values] = directive.split("=");
    if (trimmed(name).toLowerCase() !== wanted) continue;
    return trimmed(values.join("=")).replace(/^"(.*)"$/, "$1");
  }
  return undefined;
}

/** Directives that were meant to be max-age or s-maxage. */
const LIKE_MAX_AGE = /^s?[-_ ]?max[-_ ]?age/;

/** The first directive that was meant to say how long a value is fresh, but is misspelt. */
export function misspeltFreshness(cacheControl: string): string | undefined {
  const names = cacheControl.split(",").map((directive) => trimmed(directive.split("=")[0]!).toLowerCase());
  return names.find((name) => LIKE_MAX_AGE.test(name) && name !== "max-age" && name !== "s-maxage");
}

/** The seconds that it gives a shared cache, as they are written: s-maxage goes before max-age (RFC 9111 §5.2.2.10). */
export function freshnessOf(cacheControl: string | null): string | undefined {
  return directiveOf(cacheControl, "s-maxage") ?? directiveOf(cacheControl, "max-age");
}

/**
 * What stands behind a stored Cache-Control whose entry expires at another time than it ceases to be fresh: its TTL in
 * seconds, from which its age follows. It is taken off again before anybody is told.
 */
const TTL_MARK = ", cachee-ttl=";

/** `cacheControl` as it is stored for an entry with `ttlMs`, so that its age can be told. */
export function markedWithTtl(cacheControl: string, ttlMs: number | undefined): string {
  const freshness = freshnessOf(cacheControl);
  if (freshness === undefined || ttlMs === undefined || Number(freshness) * 1_000 === ttlMs)
    return cacheControl;
  return `${cacheControl}${TTL_MARK}${ttlMs / 1_000}`;
}

/** The writer's own Cache-Control in a stored one. */
export function unmarked(stored: string): string {
  const at = stored.lastIndexOf(TTL_MARK);
  return at < 0 ? stored : stored.slice(0, at);
}

/** Seconds from the write to the expiry of an entry that is fresh for a time by its own word; else nothing. */
export function lifetimeOf(stored: string): number | undefined {
  if (freshnessOf(stored) === undefined) return undefined;
  const seconds = Number(directiveOf(stored, "cachee-ttl") ?? freshnessOf(stored));
  return seconds > 0 ? seconds : undefined;
}

/** `text` without the spaces and tabs around it, in linear time; other white space is a part of it. */
export function trimmed(text: string): string {
  const isBlank = (at: number) => text[at] === " " || text[at] === "\t";
  let from = 0;
  let to = text.length;
  while (from < to && isBlank(from)) from++;
  while (to > from && isBlank(to - 1)) to--;
  return text.slice(from, to);
}
