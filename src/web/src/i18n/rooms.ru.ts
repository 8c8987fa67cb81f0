import { plural } from "./plural";
import type { roomsEn } from "./rooms.en";

const n = (count: number, one: string, few: string, many: string): string => plural("ru", count, { one, few, many, other: many });

export const roomsRu: typeof roomsEn = {
  title: "Залы",
  empty: "У этого хаба нет залов. Укажите в hub.yaml `rooms`: папку, где у каждого зала своя папка.",
  scene: "Сцена",
  none: "не идёт",
  nodes: "Устройства на связи",
  stop: "STOP",
  stopRoom: (title: string) => `STOP ${title}`,
  stopAll: (count: number) => `STOP: ${n(count, "зал", "зала", "залов")}`,
  holdEscape: "или держите Esc",
};
