// Reads an access trace: gzip'd or plain lines of `KEY SIZE`, keys being dense ids in order of appearance.

export interface Trace {
  readonly name: string;
  /** The key asked for, line by line. */
  readonly ids: Uint32Array;
  /** Bytes of each key's object. */
  readonly sizes: readonly number[];
  /** The keys as strings. */
  readonly keys: readonly string[];
}

const NEWLINE = 10;
const SPACE = 32;
const ZERO = 48;

export async function readTrace(file: string, name: string): Promise<Trace> {
  const raw = await Bun.file(file).bytes();
  const text = raw[0] === 0x1f && raw[1] === 0x8b ? Bun.gunzipSync(raw) : raw;
  let lines = 0;
  for (const byte of text) if (byte === NEWLINE) lines++;
  if (text.at(-1) !== NEWLINE) lines++;
  const ids = new Uint32Array(lines);
  const sizes: number[] = [];
  let line = 0;
  let id = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const byte = text[i] ?? NEWLINE;
    if (byte === SPACE) {
      id = value;
      value = 0;
    } else if (byte === NEWLINE) {
      if (i === text.length && text.at(-1) === NEWLINE) break;
      ids[line++] = id;
      sizes[id] = value;
      value = 0;
    } else if (byte >= ZERO && byte < ZERO + 10) {
      value = value * 10 + byte - ZERO;
    }
  }
  return { name, ids, sizes, keys: sizes.map((_, key) => `key:${key}`) };
}
