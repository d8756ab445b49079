// A process of its own that writes often and hits often, between two marks in its log of collections.
import { createEngine } from "../../../src/cache/l1.ts";

const KEYS = 1_000;
const KEY_BYTES = 20;
const RECORD_BYTES = 100;
const WARM_UP = 200_000;
const [times = NaN] = process.argv.slice(2).map(Number);

const engine = createEngine<never>({ bytesMax: 16 * 2 ** 20 });
const source = Buffer.alloc(KEYS * KEY_BYTES);
for (let i = 0; i < KEYS; i++) source.write(`key:${i}`.padEnd(KEY_BYTES, "x"), i * KEY_BYTES);
const request = {
  source,
  keyStart: 0,
  keyEnd: 0,
  recordBytes: RECORD_BYTES,
  nextVersion: () => written + 2 ** 33,
  version: 0,
  expiresAtMs: 0,
};
let written = 0;

function writeMany(count: number): void {
  for (let i = 0; i < count; i++) {
    const start = (i % KEYS) * KEY_BYTES;
    written++;
    request.keyStart = start;
    request.keyEnd = start + KEY_BYTES;
    request.expiresAtMs = written + 1e6 + 0.25;
    const span = engine.put(request, written + 0.5);
    if (span === undefined || engine.seek(source, start, start + KEY_BYTES, written + 0.5) === undefined) {
      throw new Error("a write is lost");
    }
    span.bytes[span.start] = written;
  }
}

writeMany(WARM_UP);
console.error("BEGIN");
writeMany(times);
console.error("END");
