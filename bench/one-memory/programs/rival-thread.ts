// A thread that looks keys up while another is timed at the same; says when it begins and when it has done.

import { timeLookUps, type RivalTurn } from "../look-ups.ts";
import { SharedTable } from "../shared-table.ts";

declare const self: {
  onmessage: (event: MessageEvent<RivalTurn>) => void;
  postMessage(message: string, transfer: []): void;
};

self.onmessage = ({ data: { memory, way, keys } }) => {
  self.postMessage("begins", []);
  // A little longer than the other, which has to start after it.
  for (let time = 0; time < 2; time++) timeLookUps(new SharedTable(memory, 2, () => true), way, keys);
  self.postMessage("done", []);
};
