// What one user has written and read, so that whichever instance answers next answers nothing older (read your writes).

/** Keys whose versions are remembered; past it the oldest are forgotten. */
const KEYS_MAX = 64;

export class Session {
  readonly #versions = new Map<string, string>();

  /** Takes up the token of another session, such as one kept in a user's cookie; a malformed one is none. */
  static from(token: string): Session {
    const session = new Session();
    try {
      const pairs: unknown = JSON.parse(atob(token));
      if (!Array.isArray(pairs)) return session;
      for (const pair of pairs.slice(-KEYS_MAX)) {
        if (!Array.isArray(pair)) continue;
        const [key, version] = pair as unknown[];
        if (typeof key === "string" && typeof version === "string")
          session.saw(decodeURIComponent(key), version);
      }
    } catch {
      return new Session();
    }
    return session;
  }

  /** The session in one ASCII string of up to some kilobytes. */
  get token(): string {
    return btoa(
      JSON.stringify([...this.#versions].map(([key, version]) => [encodeURIComponent(key), version])),
    );
  }

  /** The version that a read of `key` must have at the least; none: any will do. */
  minVersionOf(key: string): string | undefined {
    return this.#versions.get(key);
  }

  saw(key: string, version: string): void {
    this.#versions.delete(key);
    this.#versions.set(key, version);
    if (this.#versions.size > KEYS_MAX) this.#versions.delete(this.#versions.keys().next().value!);
  }
}
