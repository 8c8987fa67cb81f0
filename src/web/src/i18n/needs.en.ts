import type { NeedKind } from "../pages/home/needs";
import type { NeedWords } from "./en";

type Alarms = (id: string) => { name: string; todo: string } | undefined;

export function needsEn(kind: NeedKind, who: string, detail: string | null, alarms: Alarms, bytes: (count: number) => string): NeedWords {
  const because = detail ? `: ${detail}` : "";
  switch (kind) {
    case "module_lost": return { title: `${who} is gone`, means: "The recorder is not heard any more. It may go on recording without us, or have no power.", todo: "Look at its power and its network." };
    case "module_late": return { title: `${who} is late`, means: "It has missed more than two of its beats.", todo: "Wait a moment; if it stays, look at its network." };
    case "module_error": return { title: `${who} has an error${because}`, means: "It cannot record now.", todo: "Look at its microphone and its disk." };
    case "alarm": {
      const alarm = alarms(detail ?? "");
      return { title: `${who}: ${alarm?.name ?? (detail ?? "").replaceAll("_", " ")}`, means: "The recorder itself raised this alarm.", todo: alarm?.todo ?? "Look at its log." };
    }
    case "broker": return { title: "The broker is gone", means: `Nothing can be heard from modules and nodes, and nothing commanded${because}.`, todo: `Start the broker at ${who}.` };
    case "room_simulated": return { title: `${who} is simulated`, means: `The room has no broker${because}. Cues are logged, not sent; sound and video go on.`, todo: "Start the broker; the room returns by itself." };
    case "room_link": return { title: `${who} has no link`, means: `The room's devices cannot be reached${because}.`, todo: "Look at the broker." };
    case "command": return { title: `${who} did not obey`, means: `The last command failed${because}.`, todo: "Look at the device, then send it again from the room's page." };
    case "node": return { title: `${who} is offline`, means: `A device of ${detail ?? "a room"} is not there; its outputs are not known.`, todo: "Look at its power and its network." };
    case "stop": return { title: `STOP of ${who} is not confirmed`, means: `Only ${detail?.replace("/", " of ") ?? "some"} nodes said that they stopped.`, todo: "Go and look; press STOP again." };
    case "player": return { title: `The player of ${who} has a problem`, means: detail ?? "", todo: "Check the file and the sound or picture device." };
    case "scene": return { title: `Scene ${who} cannot run`, means: `The file has errors (${detail ?? ""}).`, todo: "Open it and mend what the check names." };
    case "room_files": return { title: `The files of ${who} have problems`, means: detail ?? "", todo: "Open the room's page: it names them all." };
    case "disk": return { title: "The archive's disk is nearly full", means: `${bytes(Number(detail))} are free.`, todo: "Make room, or set how long audio is kept." };
    case "refused": return { title: "Chunks were refused", means: "Something that arrived could not be taken.", todo: "Look at the log of the hub." };
    case "output_differs": return { title: `${who} is not as it should be`, means: `In ${detail ?? "its room"} the confirmed state differs from the wanted one.`, todo: "Send it again from the room's page." };
  }
}
