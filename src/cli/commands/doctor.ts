// Command `doctor`: looks at what a server would need here, and says what to do about what is not well.

import type { Command } from "commander";
import type { Finding } from "../../instance/doctor/check.ts";
import { globalsOf, printJson, printLine } from "../output.ts";

const SIGNS: Readonly<Record<Finding["state"], string>> = { ok: "ok   ", warning: "warn ", fault: "FAULT" };

export function addDoctorCommand(cachee: Command): void {
  cachee
    .command("doctor")
    .description("look at settings, ports, certificates, Redis and the machine; exit code 1 on a fault")
    .action(async (_: object, command: Command) => {
      // All that a server is made of: other commands start without it.
      const { examine } = await import("../../instance/doctor/examine.ts");
      const findings = await examine();
      if (globalsOf(command).json === true) printJson(findings);
      else for (const finding of findings) print(finding);
      if (findings.some(({ state }) => state === "fault")) process.exitCode = 1;
    });
}

function print({ name, state, detail, advice }: Finding): void {
  printLine(`${SIGNS[state]}  ${name}: ${detail}`);
  if (advice !== undefined) printLine(`       ${advice}`);
}
