// The result of a write that was done at once. Hot.

import { etagOf } from "../../record/etag.ts";
import { IDENTITY } from "../../record/coding.ts";
import type { Version } from "../../record/version.ts";

/** Its ETag is spelt out for those who ask. */
export class Written {
  readonly kind = "written";
  readonly created: boolean;
  readonly version: Version;
  readonly #hash: bigint;

  constructor(created: boolean, hash: bigint, version: Version) {
    this.created = created;
    this.version = version;
    this.#hash = hash;
  }

  get etag(): string {
    return etagOf(this.#hash, IDENTITY);
  }
}
