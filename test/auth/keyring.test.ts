// The keyring: finds the key of a secret and of nothing like it, by clear text and by digest, and tells of exchanges.

import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ConfiguredKey } from "../../src/auth/api-key.ts";
import { Keyring } from "../../src/auth/keyring.ts";

const named = (name: string) => ({ name, read: true, write: false, admin: false, prefix: "" });
const clear = (text: string): ConfiguredKey => ({ key: named(text), secret: { kind: "clear", text } });
const hashed = (text: string): ConfiguredKey => ({
  key: named(text),
  secret: { kind: "sha256", digest: new Bun.CryptoHasher("sha256").update(text).digest() },
});

test("every secret finds its own key, and what differs in one character, or in length, finds none", () => {
  const secrets = Array.from({ length: 1_000 }, (_, i) => `secret-${i}-${"x".repeat(i % 40)}`);
  const keyring = new Keyring(secrets.map(clear));
  for (const secret of secrets) {
    expect(keyring.find(secret)?.name).toBe(secret);
    expect(keyring.find(secret.slice(0, -1) + "\u0178")).toBeUndefined();
    expect(keyring.find(`${secret}y`)).toBeUndefined();
  }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(keyring.find(text)?.name).toBe(secrets.includes(text) ? text : undefined);
    }),
  );
});

test("a digest is found by findHashed, and from then on by find", () => {
  const keyring = new Keyring([clear("one"), hashed("two"), hashed("three")]);
  expect(keyring.find("two")).toBeUndefined();
  expect(keyring.findHashed("two")?.name).toBe("two");
  expect([keyring.find("one")?.name, keyring.find("two")?.name, keyring.find("three")]).toEqual([
    "one",
    "two",
    undefined,
  ]);
  expect(keyring.findHashed("four")).toBeUndefined();
  expect(keyring.findHashed("x".repeat(10_000))).toBeUndefined();
});

test("an exchange is one step: the old keys are gone, and listeners are told when the new ones are there", () => {
  const keyring = new Keyring([clear("old"), hashed("older")]);
  keyring.findHashed("older");
  const seen: (string | undefined)[] = [];
  const { generation } = keyring;
  const end = keyring.onChange(() => seen.push(keyring.find("new")?.name));
  keyring.replace([clear("new")]);
  expect(seen).toEqual(["new"]);
  expect(keyring.generation).toBeGreaterThan(generation);
  expect([keyring.find("old"), keyring.findHashed("older")]).toEqual([undefined, undefined]);
  end();
  keyring.replace([]);
  expect(seen).toEqual(["new"]);
  expect(keyring.find("new")).toBeUndefined();
});
