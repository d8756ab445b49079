// The process of an attacker: `attacker-main.ts NAME PORT RESP_PORT [prepare]` runs one attack until it is killed.

import { ATTACKS } from "./attacks.ts";
import { GREEDY_SECRET } from "./target.ts";

const [name, port, respPort, step] = process.argv.slice(2);
const attack = ATTACKS.find((one) => one.name === name)!;
const target = { port: Number(port), respPort: Number(respPort), secret: GREEDY_SECRET };
// Servers refuse, cut and reset: that is what they are meant to do.
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});
if (step === "prepare") await attack.prepare?.(target);
else await attack.run(target);
process.exit(0);
