// Keyv over Cachee: a function memoised for a minute, in a namespace that is cleared on its own. An application imports
// `cachee/keyv`.

import { Keyv } from "keyv";
import { KeyvCachee } from "../src/client/adapters/keyv.ts";
import { key, url } from "./address.ts";

const weather = new Keyv<string>({
  store: new KeyvCachee({ url, apiKey: key }),
  namespace: "weather",
});
const others = new Keyv<string>({ store: new KeyvCachee({ url, apiKey: key }), namespace: "others" });
await others.set("Oslo", "a capital");

let asked = 0;
async function weatherIn(city: string): Promise<string> {
  const known = await weather.get(city);
  if (known !== undefined) return known;
  asked++;
  const made = `sunny in ${city}`;
  await weather.set(city, made, 60_000);
  return made;
}

await weather.clear();
await weatherIn("Oslo");
console.log(await weatherIn("Oslo"), `(asked ${asked} times)`);
await weather.clear();
console.log(await weather.get("Oslo"), await others.get("Oslo"));
