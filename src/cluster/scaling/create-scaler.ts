// Makes the scaler that the settings ask for; the AWS SDK is loaded only for `ecs`.

import type { Settings } from "../../base/settings/settings.ts";
import { logScaler } from "./log-scaler.ts";
import type { Scaler } from "./scaler.ts";

export async function createScaler(settings: Settings): Promise<Scaler> {
  if (settings.scaler === "log") return logScaler;
  const { EcsScaler } = await import("./ecs-scaler.ts");
  return new EcsScaler({ cluster: settings.ecsCluster!, service: settings.ecsService! });
}
