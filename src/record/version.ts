// The version of a write, `EPOCH.N`: what x-cache-version carries and x-min-version asks for.

/** One write's place in its partition's single order. */
export interface Version {
  /** Names one life of the sequence (a UUID); after a loss of Redis's data there is another. */
  readonly epoch: string;
  /** Sequence number within the epoch, from 1. */
  readonly n: number;
}

const VERSION = /^([0-9A-Za-z-]{1,64})\.([0-9]{1,16})$/;

export function formatVersion(version: Version): string {
  return `${version.epoch}.${version.n}`;
}

/** The version in `text`, or nothing when it is not of the form `EPOCH.N`. */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (match === null) return undefined;
  const n = Number(match[2]);
  return Number.isSafeInteger(n) ? { epoch: match[1]!, n } : undefined;
}
