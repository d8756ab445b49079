// A glob pattern over keys: as text, and byte by byte over those that are stored in an escaped form. Cold.

import type { Arguments } from "../../wire/arguments.ts";
import { isEscaped, keyBytesOf, storedPrefixOf } from "../../wire/stored-key.ts";
import { compileGlob } from "./glob.ts";

export interface KeyPattern {
  /** What every key that matches begins with, as it is stored. */
  readonly prefix: string;
  /** Whether the key that is stored as `stored` matches. */
  matches(stored: string): boolean;
}

/** The pattern that argument `index` is; `undefined`: it is too long. */
export function keyPatternOf(args: Arguments, index: number): KeyPattern | undefined {
  const text = compileGlob(args.text(index));
  const bytes = compileGlob(args.latin1(index));
  if (text === undefined || bytes === undefined) return undefined;
  return {
    prefix: storedPrefixOf(text.prefix),
    matches: (stored) =>
      isEscaped(stored) ? bytes.matches(keyBytesOf(stored).latin1Slice()) : text.matches(stored),
  };
}
