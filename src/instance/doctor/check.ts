// One thing that the doctor looks at: what it found and, where that is not well, what to do. No code here.

export interface Finding {
  readonly name: string;
  readonly state: "ok" | "warning" | "fault";
  readonly detail: string;
  /** What to do; absent where all is well. */
  readonly advice?: string;
}
