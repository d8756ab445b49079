// Whether an API key may run what asks for a right. Hot.

import type { ApiKey } from "../../auth/api-key.ts";
import type { Right } from "./command-shape.ts";

export function allows(apiKey: ApiKey, right: Right): boolean {
  switch (right) {
    case "nothing":
    case "key":
      return true;
    case "both":
      return apiKey.read && apiKey.write;
    default:
      return apiKey[right];
  }
}
