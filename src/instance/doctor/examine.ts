// Looks at all that a server would need here: settings, ports, certificates, Redis, the machine. Cold.

import type { Finding } from "./check.ts";
import { machineFindings } from "./machine.ts";
import { redisFindings } from "./redis.ts";
import { certificateFindings, portFindings, settingsFinding } from "./server.ts";

/** With settings that are wrong, those and the machine are all there is to look at. */
export async function examine(): Promise<Finding[]> {
  const { finding, settings } = settingsFinding();
  if (settings === undefined) return [finding, ...machineFindings()];
  return [
    finding,
    ...portFindings(settings),
    ...certificateFindings(settings),
    ...(await redisFindings(settings.redisUrls)),
    ...machineFindings(),
  ];
}
