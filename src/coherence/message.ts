// The invalidation message: JSON on the channel, as instances send it and as people publish it by hand.

import { BATCH_ITEMS_MAX, MESSAGE_CHARS_MAX } from "../base/limits.ts";
import type { Version } from "../record/version.ts";
import type { Target } from "./target.ts";

/** One invalidation. What a Cachee instance sent has an origin and, but for `variants`, a place in the sequence. */
export interface Message {
  readonly target: Target;
  /** Instance that made the change; none in a message published by hand. */
  readonly origin: string | undefined;
  /** The change's version; none in a message published by hand. */
  readonly version: Version | undefined;
  /** Redis's clock in ms when the change was made. */
  readonly sentAtMs: number | undefined;
  /** Sequence number of the entry that variants were added to: its content is what it was. */
  readonly variantsOf: number | undefined;
}

/** The JSON text of a target and its sender, without the closing brace: a script adds the place in the sequence. */
export function openMessage(target: Target, origin: string): string {
  const { kind: _, ...body } = target.kind === "all" ? { kind: "", all: true } : target;
  return JSON.stringify({ ...body, origin }).slice(0, -1);
}

/** The message that variants were added to the entry of `key`, which keeps its version. */
export function variantsMessage(key: string, origin: string, epoch: string, n: number): string {
  return JSON.stringify({ keys: [key], origin, epoch, version: `${epoch}.${n}`, variants: n });
}

/** The message that the right to fill `key` was given back: readers who wait for it, on whatever instance, look again.
 *  It has no number: nothing was changed. */
export function releasedMessage(key: string): string {
  return JSON.stringify({ keys: [key] });
}

/** The message in `text`, or nothing when it is malformed. Never throws. */
export function parseMessage(text: string): Message | undefined {
  if (text.length > MESSAGE_CHARS_MAX) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const target = targetOf(fields);
  if (target === undefined) return undefined;
  const { origin, epoch, seq, at, variants } = fields;
  if (origin !== undefined && typeof origin !== "string") return undefined;
  if ((epoch !== undefined && typeof epoch !== "string") || !isNumberOrNone(at)) return undefined;
  if (!isCountOrNone(seq) || !isCountOrNone(variants)) return undefined;
  if (seq !== undefined && epoch === undefined) return undefined;
  const version = seq === undefined || epoch === undefined ? undefined : { epoch, n: seq };
  return { target, origin, version, sentAtMs: at, variantsOf: variants };
}

function targetOf(fields: Readonly<Record<string, unknown>>): Target | undefined {
  const { keys, prefix, tags, all } = fields;
  if ([keys, prefix, tags, all].filter((part) => part !== undefined).length !== 1) return undefined;
  if (all !== undefined) return all === true ? { kind: "all" } : undefined;
  if (prefix !== undefined) {
    return typeof prefix === "string" && prefix !== "" ? { kind: "prefix", prefix } : undefined;
  }
  if (keys !== undefined) return isTexts(keys) ? { kind: "keys", keys } : undefined;
  return isTexts(tags) ? { kind: "tags", tags } : undefined;
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.length <= BATCH_ITEMS_MAX && value.every((item) => typeof item === "string")
  );
}

function isCountOrNone(value: unknown): value is number | undefined {
  return value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0);
}

function isNumberOrNone(value: unknown): value is number | undefined {
  return value === undefined || (typeof value === "number" && Number.isFinite(value));
}
