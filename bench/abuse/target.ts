// What an attack of the soak is, and what it is told of the server.

export interface Target {
  readonly port: number;
  readonly respPort: number;
  /** Reads and writes below `GREEDY_PREFIX`. */
  readonly secret: string;
}

export interface Attack {
  readonly name: string;
  /** What is there before: done once, before the honest client is looked at. */
  readonly prepare?: (target: Target) => Promise<void>;
  /** Goes on until its process is killed. */
  readonly run: (target: Target) => Promise<void>;
}

export const GREEDY_PREFIX = "greedy/";
export const HONEST_PREFIX = "honest/";
export const GREEDY_SECRET = "secret-of-the-greedy-tenant";
export const HONEST_SECRET = "secret-of-the-honest-tenant";
export const ROOT_SECRET = "secret-of-the-operator-alone";

export const MIB = 1 << 20;

/** One value of `bytes` below the attacker's prefix; noise, so that no variant is smaller. */
export async function store({ port, secret }: Target, key: string, bytes: number): Promise<void> {
  const body = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 65_536) crypto.getRandomValues(body.subarray(at, at + 65_536));
  const answer = await fetch(`http://127.0.0.1:${port}/cache/${GREEDY_PREFIX}${key}`, {
    method: "PUT",
    body,
    headers: { "x-api-key": secret },
  });
  if (!answer.ok) throw new Error(`${key}: ${answer.status}`);
}
