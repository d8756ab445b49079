// Matches keys against Redis's glob patterns: `*`, `?`, `[a-c]`, `[^a]`, and a backslash before what is meant as such.
//
// A pattern is compiled once; matching runs over UTF-16 units instead of bytes, so `?` is one character of the BMP.

type Piece =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "char"; readonly char: string }
  | {
      readonly kind: "class";
      readonly negated: boolean;
      readonly ranges: readonly (readonly [string, string])[];
    };

export function compileGlob(pattern: string): (text: string) => boolean {
  const pieces: Piece[] = [];
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at]!;
    if (char === "*") {
      if (pieces.at(-1)?.kind !== "star") pieces.push({ kind: "star" });
      at++;
    } else if (char === "?") {
      pieces.push({ kind: "any" });
      at++;
    } else if (char === "[") {
      const [piece, next] = readClass(pattern, at + 1);
      pieces.push(piece);
      at = next;
    } else {
      const escaped = char === "\\" && at + 1 < pattern.length;
      pieces.push({ kind: "char", char: escaped ? pattern[at + 1]! : char });
      at += escaped ? 2 : 1;
    }
  }
  return (text) => matches(pieces, text);
}

/** The class whose content begins at `from`, and where the pattern goes on; an open one ends with the pattern. */
function readClass(pattern: string, from: number): [Piece, number] {
  let at = from;
  const negated = pattern[at] === "^";
  if (negated) at++;
  const ranges: [string, string][] = [];
  for (; at < pattern.length && pattern[at] !== "]"; at++) {
    if (pattern[at] === "\\" && at + 1 < pattern.length) {
      at++;
      ranges.push([pattern[at]!, pattern[at]!]);
    } else if (pattern[at + 1] === "-" && at + 2 < pattern.length) {
      const [low, high] = [pattern[at]!, pattern[at + 2]!];
      ranges.push(low <= high ? [low, high] : [high, low]);
      at += 2;
    } else {
      ranges.push([pattern[at]!, pattern[at]!]);
    }
  }
  return [{ kind: "class", negated, ranges }, at + 1];
}

/** Greedy, and back to the last star alone when it fails: no worse than the product of both lengths. */
function matches(pieces: readonly Piece[], text: string): boolean {
  let piece = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const present = pieces[piece];
    if (present?.kind === "star") {
      star = piece++;
      starAt = at;
    } else if (present !== undefined && matchesOne(present, text[at]!)) {
      piece++;
      at++;
    } else if (star >= 0) {
      piece = star + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
  while (pieces[piece]?.kind === "star") piece++;
  return piece === pieces.length;
}

function matchesOne(piece: Piece, char: string): boolean {
  switch (piece.kind) {
    case "star":
      return false;
    case "any":
      return true;
    case "char":
      return piece.char === char;
    case "class":
      return piece.ranges.some(([low, high]) => char >= low && char <= high) !== piece.negated;
  }
}
