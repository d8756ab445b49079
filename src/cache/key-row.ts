// A row of keys that are about to be looked up: where each lies. Hot.

/** Keys in one row at the most. */
export const KEY_ROW_MAX = 64;

/** Where keys in ASCII lie in one array: key i from `starts[i]` to `ends[i]`. */
export interface KeyRow {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  count: number;
}

export function createKeyRow(): KeyRow {
  return { starts: new Int32Array(KEY_ROW_MAX), ends: new Int32Array(KEY_ROW_MAX), count: 0 };
}
