// Runs an attack in a process of its own, on another core than the server's and behind the honest tenant in line.

import { join } from "node:path";
import { pinned } from "../load/child.ts";
import type { Attack } from "./target.ts";

const MAIN = join(import.meta.dir, "attacker-main.ts");
const PREPARE_MS_MAX = 30_000;

export interface AttackOptions {
  readonly port: number;
  readonly respPort: number;
  readonly cpu: number;
}

export class Attacker {
  readonly #attack: Attack;
  readonly #options: AttackOptions;

  constructor(attack: Attack, options: AttackOptions) {
    this.#attack = attack;
    this.#options = options;
  }

  async prepare(): Promise<void> {
    if (this.#attack.prepare === undefined) return;
    const child = this.#spawn("prepare");
    const timer = setTimeout(() => child.kill("SIGKILL"), PREPARE_MS_MAX);
    await child.exited;
    clearTimeout(timer);
  }

  async run(ms: number): Promise<void> {
    const child = this.#spawn("run");
    await Promise.race([Bun.sleep(ms), child.exited]);
    child.kill("SIGKILL");
    await child.exited;
  }

  #spawn(step: string): Bun.Subprocess {
    const { port, respPort, cpu } = this.#options;
    const command = [process.execPath, MAIN, this.#attack.name, String(port), String(respPort), step];
    // The generator must not take the honest tenant's time on the core that they share.
    return Bun.spawn(["nice", "-n", "19", ...pinned(command, cpu)], {
      stdio: ["ignore", "ignore", "ignore"],
    });
  }
}
