// A thread that writes one key again and again, each time with another byte all through. Cold.

import { VALUE_BYTES } from "../../load/value.ts";
import { keyOf } from "../fill-table.ts";
import { SharedTable } from "../shared-table.ts";

declare const self: {
  onmessage: (event: MessageEvent<SharedArrayBuffer>) => void;
  postMessage(message: string, transfer: []): void;
};

/** Turns between two writes, so that readers find the slot at rest, too. */
const PAUSE = 200;

self.onmessage = ({ data }) => {
  const table = new SharedTable(data, 2, () => true);
  const value = new Uint8Array(VALUE_BYTES);
  self.postMessage("begins", []);
  for (let i = 0; ; i++) {
    if (i % PAUSE !== 0) continue;
    value.fill(i / PAUSE);
    table.set(keyOf(0), value);
  }
};
