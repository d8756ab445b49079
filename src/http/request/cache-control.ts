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

/** The seconds that it gives a shared cache, as they are written: s-maxage goes before max-age (RFC 9111 §5.2.2.10). */
export function freshnessOf(cacheControl: string | null): string | undefined {
  return directiveOf(cacheControl, "s-maxage") ?? directiveOf(cacheControl, "max-age");
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
