// What held the server's event loop between two questions, as its own figures have it.

const ROW = /^cachee_event_loop_blocked_total\{.*?by="([^"]*)"\} (\d+)$/gm;

export class LoopHolders {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  #counts = new Map<string, number>();

  constructor(url: string, secret: string) {
    this.#url = url;
    this.#headers = { "x-api-key": secret };
  }

  /** Since the question before: `by count`, the most frequent first; "" where nothing did. */
  async since(): Promise<string> {
    const answer = await fetch(`${this.#url}/metrics`, { headers: this.#headers }).catch(() => undefined);
    if (answer?.ok !== true) return "?";
    const before = this.#counts;
    this.#counts = new Map([...(await answer.text()).matchAll(ROW)].map(([, by, n]) => [by!, Number(n)]));
    return [...this.#counts]
      .map(([by, count]) => [by, count - (before.get(by) ?? 0)] as const)
      .filter(([, count]) => count > 0)
      .sort(([, a], [, b]) => b - a)
      .map(([by, count]) => `${by} ${count}`)
      .join(", ");
  }
}
