// A process of its own that writes many times its budget in mixed sizes and prints its highest resident bytes.
import { createEngine } from "../../../src/cache/l1.ts";
import { seededRandom } from "./random.ts";

const [bytesMax = NaN, times = NaN, seed = NaN] = process.argv.slice(2).map(Number);
const SAMPLE_EVERY = 512;
const LARGE_BYTES = 4 * 2 ** 20;
const MEMO_BYTES = 200;

const random = seededRandom(seed);
const engine = createEngine<{ version: number }>({ bytesMax, random });
const source = new Uint8Array(LARGE_BYTES).fill(1);
let written = 0;
let highest = 0;
for (let i = 0; written < times * bytesMax; i++) {
  const dice = random();
  const bytes = Math.floor(
    dice < 0.9 ? random() * 2000 : dice < 0.999 ? random() * 100_000 : random() * LARGE_BYTES,
  );
  engine.set(`key:${i}`, source.subarray(0, bytes), i, i % 3 === 0 ? i + 50_000 : Infinity, i);
  written += bytes;
  for (let read = 0; read < 4; read++) {
    const entry = engine.get(`key:${i - Math.floor(random() ** 2 * 5000)}`, i);
    if (entry !== undefined && entry.memo === undefined)
      engine.keep(entry, { version: entry.version }, MEMO_BYTES);
  }
  if (i % SAMPLE_EVERY !== 0) continue;
  engine.tick(i, SAMPLE_EVERY);
  highest = Math.max(highest, process.memoryUsage.rss());
  if (engine.stats().bytes > bytesMax || engine.allocatedBytes > bytesMax)
    throw new Error("the budget is exceeded");
}
console.log(highest);
