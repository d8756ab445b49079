// How long a request's body may take. No code here.

import { BODY_MS_MAX, BODY_SILENCE_MS_MAX } from "../../base/limits.ts";

/** How long a body may take: from first to last, and from one piece of it to the next. */
export interface BodyBounds {
  readonly wholeMsMax: number;
  readonly silenceMsMax: number;
}

export const BODY_BOUNDS: BodyBounds = { wholeMsMax: BODY_MS_MAX, silenceMsMax: BODY_SILENCE_MS_MAX };
