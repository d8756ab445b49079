// Readings of Accept-Encoding: those that mean the same are one object, whatever the text.

import { expect, test } from "bun:test";
import { Preferences } from "../../src/http/request/accept-encoding.ts";

test("texts of one meaning have one reading, also after the memory of texts was full", () => {
  const preferences = new Preferences();
  const first = preferences.of("gzip, br");
  expect(preferences.of("br, gzip")).toBe(first);
  expect(preferences.of("BR;q=0.5, x-gzip;q=0.5")).toBe(first);
  expect(preferences.of("identity")).toBe(preferences.of(null));
  expect(preferences.of("br")).not.toBe(first);
  for (let i = 0; i < 2_000; i++) preferences.of(`br, gzip, coding${i}`);
  expect(preferences.of("gzip, br")).toBe(first);
});
