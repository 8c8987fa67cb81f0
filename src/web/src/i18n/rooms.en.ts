import { plural } from "./plural";

const n = (count: number, one: string, other: string): string => plural("en", count, { one, other });

export const roomsEn = {
  title: "Rooms",
  empty: "This hub has no rooms. Set `rooms` in hub.yaml to a folder with one folder per room.",
  scene: "Scene",
  none: "none runs",
  nodes: "Devices online",
  stop: "STOP",
  stopRoom: (title: string) => `STOP ${title}`,
  stopAll: (count: number) => `STOP all ${n(count, "room", "rooms")}`,
  holdEscape: "or hold Esc",
};
