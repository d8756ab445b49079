// Checks the Host field (RFC 9112 §3.2): one, well formed; remembers the last good one for the fast lane.

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+;=%-]+)(?::\d{0,5})?$/;

export class HostCheck {
  #last = "";

  /** Whether `host` is known to be good without further ado. An absent one is: HTTP/1.0 has none. Hot. */
  isKnown(host: string | null): boolean {
    return host === this.#last || host === null;
  }

  /**
   * Whether `host` is good. Two Host fields reach here joined by a comma, and are not. Nor is one that makes no URL:
   * Bun would hand over the path as it was sent, its dot segments and backslashes still in it.
   */
  isGood(host: string | null): boolean {
    if (this.isKnown(host)) return true;
    if (host === null || !HOST.test(host) || !URL.canParse(`http://${host}`)) return false;
    this.#last = host;
    return true;
  }
}
