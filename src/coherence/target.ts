// What an invalidation is aimed at. No code.

export type Target =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "all" };

/** One that names no keys: which entries it covers is not known before they are looked at. */
export type MassTarget = Exclude<Target, { kind: "keys" }>;
