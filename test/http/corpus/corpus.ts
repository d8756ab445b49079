// The whole corpus of odd and malformed HTTP.

import type { Case } from "./case.ts";
import { ENCODINGS } from "./encodings.ts";
import { FIELDS } from "./fields.ts";
import { FRAMING } from "./framing.ts";
import { TARGETS } from "./targets.ts";

export const CORPUS: readonly Case[] = [...FRAMING, ...FIELDS, ...TARGETS, ...ENCODINGS];

/** What the servers that cases are sent to are told, besides the key. */
export const CORPUS_ENV = { CACHEE_VALUE_BYTES_MAX: "64kb" } as const;
