// The API key of this tab: in sessionStorage and nowhere else.

const NAME = "cachee-api-key";

/** Storage may be forbidden; then the key lasts as long as the page. */
function storage(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

export function storedKey(): string | undefined {
  return storage()?.getItem(NAME) ?? undefined;
}

export function keepKey(key: string): void {
  storage()?.setItem(NAME, key);
}

export function forgetKey(): void {
  storage()?.removeItem(NAME);
}

/** Whether a header field can carry `key` as it stands. */
export function isSendable(key: string): boolean {
  return /^[\x21-\x7e\xa1-\xff]+$/.test(key);
}
