// The whole of a terminal, taken for a while: frames in place of one another, keys, its size, and all as it was afterwards.

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const REST_OF_LINE = "\x1b[K";
const REST_OF_SCREEN = "\x1b[J";
const CTRL_C = "\x03";

export class Screen {
  readonly #quit: () => void;
  readonly #stdout = process.stdout;
  readonly #stdin = process.stdin;
  #lines: readonly string[] = [];
  #isOpen = false;

  /** `quit` is called for q, Ctrl-C, and a signal to end. */
  constructor(quit: () => void) {
    this.#quit = quit;
  }

  open(): void {
    this.#isOpen = true;
    this.#stdout.write(ENTER);
    this.#stdout.on("resize", this.#draw);
    process.on("SIGTERM", this.#quit);
    process.on("SIGINT", this.#quit);
    process.on("exit", this.close);
    if (!this.#stdin.isTTY) return;
    this.#stdin.setRawMode(true);
    this.#stdin.on("data", this.#pressed);
  }

  show(lines: readonly string[]): void {
    this.#lines = lines;
    this.#draw();
  }

  /** More than once is harmless. */
  readonly close = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#stdout.off("resize", this.#draw);
    if (this.#stdin.isTTY) {
      this.#stdin.setRawMode(false);
      this.#stdin.off("data", this.#pressed);
      this.#stdin.pause();
    }
    this.#stdout.write(LEAVE);
  };

  readonly #pressed = (bytes: Buffer): void => {
    const text = bytes.toString("utf8");
    if (text.includes("q") || text.includes(CTRL_C)) this.#quit();
  };

  /** The terminal itself cuts lines that are too long: it does not wrap meanwhile. */
  readonly #draw = (): void => {
    if (!this.#isOpen) return;
    const rows = this.#stdout.rows || 24;
    const shown = this.#lines.slice(0, rows).map((line) => `${line}${REST_OF_LINE}`);
    this.#stdout.write(`${HOME}${shown.join("\r\n")}${shown.length < rows ? `\r\n${REST_OF_SCREEN}` : ""}`);
  };
}
