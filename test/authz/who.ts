// Who asks in the table of rights: a key for each set of scopes, with a prefix and without, a stranger, and a guest.

import type { Scope } from "../../src/auth/api-key.ts";

export interface Who {
  readonly name: string;
  /** None: a guest, who shows no key. */
  readonly secret: string | undefined;
  /** The key is configured. */
  readonly isKnown: boolean;
  readonly scopes: ReadonlySet<Scope>;
  readonly prefix: string;
}

export const PREFIX = "shop/";
const SCOPE_SETS: readonly (readonly Scope[])[] = [
  ["read"],
  ["write"],
  ["admin"],
  ["read", "write"],
  ["read", "admin"],
  ["write", "admin"],
  ["read", "write", "admin"],
];

const KNOWN: readonly Who[] = ["", PREFIX].flatMap((prefix) =>
  SCOPE_SETS.map((scopes) => ({
    name: `${scopes.join("+")}${prefix === "" ? "" : ` below ${prefix}`}`,
    secret: `secret-of-${scopes.join("-")}-${prefix === "" ? "everywhere" : "the-shop"}`,
    isKnown: true,
    scopes: new Set(scopes),
    prefix,
  })),
);

const UNKNOWN = { isKnown: false, scopes: new Set<Scope>(), prefix: "" };

export const EVERYBODY: readonly Who[] = [
  ...KNOWN,
  { ...UNKNOWN, name: "a stranger", secret: "secret-of-a-stranger" },
  { ...UNKNOWN, name: "a guest", secret: undefined },
];

/** CACHEE_API_KEYS for all of them. */
export const API_KEYS = KNOWN.map(
  ({ scopes, prefix, secret }, i) =>
    `k${i}:${[...scopes].join("+")}${prefix === "" ? "" : `:${prefix}`}=${secret}`,
).join(",");

/** May do everything everywhere. */
export const ROOT = KNOWN.find(({ scopes, prefix }) => scopes.size === 3 && prefix === "")!;

/** Where an operation reaches: below a key or prefix, everywhere at once, or at no entry. */
export type Reach = { readonly below: string } | "everywhere" | "nowhere";

/** What an operation takes: these scopes, any key that is known, or nothing. */
export type Need = readonly Scope[] | "any key" | "nothing";

export type Outcome = "done" | "forbidden" | "unauthorized";

/** What must become of an operation. */
export function due(who: Who, need: Need, reach: Reach): Outcome {
  if (need === "nothing") return "done";
  if (!who.isKnown) return "unauthorized";
  if (need === "any key") return "done";
  if (!need.every((scope) => who.scopes.has(scope))) return "forbidden";
  if (reach === "nowhere" || who.prefix === "") return "done";
  return reach !== "everywhere" && reach.below.startsWith(who.prefix) ? "done" : "forbidden";
}

/** Entries of the test: one that a confined key may touch, and those that only look so. */
export const INSIDE = "shop/a";
export const OUTSIDE = ["other/a", "shop", "sho", "shoq/a", "Shop/a", "a"] as const;
export const TARGETS = [INSIDE, ...OUTSIDE] as const;
