// An event as the charts show it: a line, and its words where the cursor is near. No code.

export interface Mark {
  /** Seconds since 1970. */
  readonly at: number;
  readonly words: string;
  readonly isTrouble: boolean;
}
