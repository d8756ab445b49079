// Which parts of src/ ran in this process, block by block, as JavaScriptCore counts them.

import { Session } from "node:inspector";

/** Bytes of code in a folder, and how many of them ran. */
export interface FolderCoverage {
  readonly folder: string;
  readonly bytes: number;
  readonly ran: number;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

const session = new Session();

/** To be called before what is to be counted is imported. */
export function startCoverage(): void {
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
}

export async function takeCoverage(): Promise<FolderCoverage[]> {
  const scripts = await new Promise<readonly ScriptCoverage[]>((resolve, reject) => {
    session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error === null) resolve(taken.result);
      else reject(error);
    });
  });
  const folders = new Map<string, { bytes: number; ran: number }>();
  for (const script of scripts) {
    const folder = /\/src\/(.*)\/[^/]+\.ts$/.exec(script.url)?.[1];
    if (folder === undefined) continue;
    const sum = folders.get(folder) ?? { bytes: 0, ran: 0 };
    const { bytes, ran } = bytesOf(script);
    folders.set(folder, { bytes: sum.bytes + bytes, ran: sum.ran + ran });
  }
  return [...folders].map(([folder, { bytes, ran }]) => ({ folder, bytes, ran }));
}

/** Ranges nest, and the innermost one says whether a byte ran. */
function bytesOf(script: ScriptCoverage): { bytes: number; ran: number } {
  const ranges = script.functions.flatMap((one) => one.ranges);
  const size = Math.max(0, ...ranges.map((range) => range.endOffset));
  const isRun = new Uint8Array(size);
  ranges.sort((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset));
  for (const { startOffset, endOffset, count } of ranges)
    isRun.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  return { bytes: size, ran: isRun.reduce((sum, one) => sum + one, 0) };
}

/** One line: `resp/wire 91 %, …` for the folders that `wanted` names. */
export function coverageLine(coverage: readonly FolderCoverage[], wanted: readonly string[]): string {
  const parts = coverage
    .filter(({ folder }) => wanted.includes(folder))
    .map(({ folder, bytes, ran }) => `${folder} ${Math.round((100 * ran) / bytes)} %`);
  return `code that ran: ${parts.join(", ")}`;
}
