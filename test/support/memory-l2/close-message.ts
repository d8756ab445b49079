// Ends a message as Redis's scripts do.

/** What a script adds to `openMessage`. */
export function closeMessage(open: string, epoch: string, n: number, sentAtMs: number): string {
  return `${open},"epoch":"${epoch}","seq":${n},"version":"${epoch}.${n}","at":${sentAtMs.toFixed(3)}}`;
}
