// Splits an inline command into words by the quoting rules of Redis (sds.c, sdssplitargs). Cold.

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\u0007" };
const SPACE = /[ \t\n\v\f\r\0]/;

/** The words of `line`, a character for each byte; nothing when quotes are unbalanced. */
export function splitInline(line: Buffer): string[] | undefined {
  const text = line.latin1Slice(0, line.length);
  const nul = text.indexOf("\0");
  const scanner = new Scanner(nul < 0 ? text : text.slice(0, nul));
  const words: string[] = [];
  for (;;) {
    scanner.skipSpace();
    if (scanner.isDone) return words;
    const word = scanner.word();
    if (word === undefined) return undefined;
    words.push(word);
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isDone(): boolean {
    return this.#at >= this.#text.length;
  }

  skipSpace(): void {
    while (!this.isDone && SPACE.test(this.#text[this.#at]!)) this.#at++;
  }

  word(): string | undefined {
    let word = "";
    while (!this.isDone) {
      const char = this.#text[this.#at]!;
      if (SPACE.test(char)) break;
      if (char === '"' || char === "'") {
        const quoted = char === '"' ? this.#doubleQuoted() : this.#singleQuoted();
        if (quoted === undefined) return undefined;
        word += quoted;
        continue;
      }
      word += char;
      this.#at++;
    }
    return word;
  }

  #doubleQuoted(): string | undefined {
    let word = "";
    for (this.#at++; !this.isDone; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === '"') return this.#closed() ? word : undefined;
      if (char !== "\\" || this.#at + 1 >= this.#text.length) {
        word += char;
        continue;
      }
      const hex = /^\\x[0-9a-fA-F]{2}/.exec(this.#text.slice(this.#at, this.#at + 4));
      if (hex !== null) {
        word += String.fromCharCode(Number.parseInt(hex[0].slice(2), 16));
        this.#at += 3;
        continue;
      }
      this.#at++;
      const escaped = this.#text[this.#at]!;
      word += ESCAPES[escaped] ?? escaped;
    }
    return undefined;
  }

  #singleQuoted(): string | undefined {
    let word = "";
    for (this.#at++; !this.isDone; this.#at++) {
      const char = this.#text[this.#at]!;
      if (char === "'") return this.#closed() ? word : undefined;
      if (char === "\\" && this.#text[this.#at + 1] === "'") this.#at++;
      word += this.#text[this.#at]!;
    }
    return undefined;
  }

  /** Moves past a closing quote, which only space or the end may follow. */
  #closed(): boolean {
    this.#at++;
    return this.isDone || SPACE.test(this.#text[this.#at]!);
  }
}
