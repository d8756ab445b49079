// What an invalidation is aimed at. No code.

export type Target =
  | { readonly kind: "keys"; readonly keys: readonly string[] }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "tags"; readonly tags: readonly string[] }
  | { readonly kind: "all" };
