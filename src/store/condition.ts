// Decides a conditional write against the entry that is there. Pure.

import type { Condition } from "./store.ts";
import type { RecordView } from "../record/record.ts";
import type { Version } from "../record/version.ts";

/** What is known of the entry that a condition is held against. */
export interface Present {
  readonly record: RecordView;
  readonly version: Version;
}

/** Whether `condition` holds of `present`, or of there being no entry. */
export function holds(condition: Condition, present: Present | undefined): boolean {
  switch (condition.kind) {
    case "absent":
      return present === undefined;
    case "present":
      return present !== undefined;
    case "etag":
      return present !== undefined && present.record.hasEtag(condition.etags);
    case "not_etag":
      return present === undefined || !present.record.hasEtag(condition.etags);
    case "version":
      return (
        present !== undefined &&
        present.version.n === condition.version.n &&
        present.version.epoch === condition.version.epoch
      );
    case "lease":
      return false;
  }
}
