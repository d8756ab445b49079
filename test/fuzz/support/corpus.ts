// The kept inputs of a fuzzer: test/corpus/NAME.json, a list of texts with a character for each byte.

import { readFileSync } from "node:fs";
import { join } from "node:path";

export function corpusOf(name: string): readonly Buffer[] {
  const path = join(import.meta.dir, "../../corpus", `${name}.json`);
  const texts = JSON.parse(readFileSync(path, "utf8")) as readonly string[];
  return texts.map((text) => Buffer.from(text, "latin1"));
}
