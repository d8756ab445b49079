// Members and fields as answers.

import type { Output } from "../../wire/output.ts";
import { bytesOf } from "./codec.ts";

export function writeName(out: Output, name: string): void {
  const bytes = bytesOf(name);
  out.bulk(bytes, 0, bytes.length);
}

/** As a set where the protocol has such. */
export function writeNames(out: Output, names: ReadonlySet<string>): void {
  out.set(names.size);
  for (const name of names) writeName(out, name);
}
