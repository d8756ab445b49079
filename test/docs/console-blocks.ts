// The console blocks of a page: commands behind `$ `, each with the output that the page promises below it.

export interface ConsoleStep {
  readonly command: string;
  /** What it prints; `…` stands for any text, on a line of its own for any lines. */
  readonly output: string;
}

export function consoleBlocks(markdown: string): ConsoleStep[][] {
  return [...markdown.matchAll(/^```console\n([^]*?)^```$/gm)].map(([, block]) => stepsIn(block!));
}

function stepsIn(block: string): ConsoleStep[] {
  return block
    .split(/^\$ /m)
    .slice(1)
    .map((step) => {
      const end = step.indexOf("\n");
      return { command: step.slice(0, end), output: step.slice(end + 1).trimEnd() };
    });
}

/** Whether `printed` is what the page promises. */
export function isPromised(output: string, printed: string): boolean {
  const pattern = output
    .split("\n")
    .map((line) => (line === "…" ? "[^]*?" : RegExp.escape(line).replaceAll("…", ".*?")))
    .join("\n");
  return new RegExp(`^${pattern}$`).test(printed.replaceAll("\r", "").trimEnd());
}
