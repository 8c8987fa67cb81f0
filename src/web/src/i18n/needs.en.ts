import type { Act, Need } from "../pages/home/needs";
import { bytes, duration } from "../time";
import type { NeedWords } from "./en";
import { plural } from "./plural";

type Alarms = (id: string) => { name: string; todo: string } | undefined;

const NAMED = 8;
const list = (all: readonly string[]): string => all.slice(0, NAMED).join(", ") + (all.length > NAMED ? ` and ${all.length - NAMED} more` : "");
const times = (count: number | undefined): string => ((count ?? 1) > 1 ? ` ${count} times` : "");

export const actsEn: Record<Act, string> = {
  module: "Show the module", modules: "Show the fleet", room: "Open the room", runs: "Open its past runs", sceneFile: "Open the file", log: "Show it in the log",
  health: "Show the hub's health", settings: "Open the settings", listen: "Show the timeline",
};

export function needsEn(n: Need, alarms: Alarms): NeedWords {
  const many = n.all ? n.all.length : 0;
  const who = n.all ? list(n.all) : n.who;
  const because = n.detail ? `: ${n.detail}` : "";
  switch (n.kind) {
    case "microphone": {
      const alarm = alarms(n.detail ?? "");
      const name = alarm?.name ?? (n.detail ?? "").replaceAll("_", " ");
      const where = n.channels?.length ? ` (channel ${n.channels.join(", ")})` : "";
      return { title: many ? `${many} modules: ${name}` : `${n.who}: ${name}${where}`, means: many ? `What these record now is worth nothing: ${who}.` : where ? "What it records there is worth nothing." : "What it records now is worth nothing.", todo: alarm?.todo ?? "Look at its log." };
    }
    case "alarm": {
      const alarm = alarms(n.detail ?? "");
      const name = alarm?.name ?? (n.detail ?? "").replaceAll("_", " ");
      return { title: many ? `${many} modules: ${name}` : `${n.who}: ${name}`, means: many ? `These raised the alarm themselves: ${who}.` : "The recorder itself raised this alarm.", todo: alarm?.todo ?? "Look at its log." };
    }
    case "module_lost": return {
      title: many ? `${many} modules are gone` : `${n.who} is gone`,
      means: many ? `${who}: none is heard any more. A switch, a router or a fuse that they share?` : n.detail === "offline" ? "It said that it ends, or the broker saw its connection end." : "It is not heard any more. It may go on recording without us, or have no power.",
      todo: many ? "Look at what they have in common." : "Look at its power and its network.",
    };
    case "module_late": return { title: many ? `${many} modules are late` : `${n.who} is late`, means: many ? `${who}: they have missed more than two of their beats.` : "It has missed more than two of its beats.", todo: "Wait a moment; if it stays, look at the network." };
    case "module_error": return { title: `${who} has an error${many ? "" : because}`, means: "It cannot record now.", todo: "Look at its microphone and its disk." };
    case "backlog": {
      const trend = n.trend === undefined ? "" : n.trend > 100 ? ` It grows by ${bytes(n.trend * 3600)} an hour.` : n.trend < -100 ? ` It shrinks by ${bytes(-n.trend * 3600)} an hour.` : " It neither grows nor shrinks.";
      return {
        title: many ? `Uploads wait on ${many} modules` : `${n.who}: uploads wait`,
        means: many ? `${bytes(n.bytes ?? 0)} are on ${who}. Nothing is lost as long as their disks have room.` : `${plural("en", n.count ?? 0, { one: "chunk", other: "chunks" })}, ${bytes(n.bytes ?? 0)}, on its disk and not here.${trend}`,
        todo: "Look at the network between it and the hub; `chorale check` there names what is wrong.",
      };
    }
    case "quarantine": return { title: `${who}: ${n.count ? plural("en", n.count, { one: "chunk", other: "chunks" }) : "chunks"} set aside`, means: "They were refused for good or found damaged. They are kept on the recorder until somebody decides.", todo: "`chorale spool ls --state Quarantined` there says why; `chorale spool retry` sends them again." };
    case "lag": return { title: many ? `${many} modules write to their disks too late` : `${n.who} writes to its disk too late`, means: `Without power now, the last ${n.count ?? 0} s would be lost${many ? ` (worst of ${who})` : ""}.`, todo: "Look at its card: a slow or dying one shows itself like this." };
    case "clock": return { title: many ? `${many} modules have no good clock` : `${n.who} has no good clock`, means: `Its time is known to ${n.count ?? 0} ms only${many ? ` (worst of ${who})` : ""}; recordings line up no better.`, todo: "Let it run chrony or systemd-timesyncd." };
    case "broker": return { title: "The broker is gone", means: `Nothing can be heard from modules and devices, and nothing commanded${because}.`, todo: `Start the broker at ${n.who}; everything returns by itself.` };
    case "room_simulated": return { title: `${who} is simulated`, means: `The room has no broker${because}. Cues are logged, not sent; sound and video go on.`, todo: "Start the broker; the room returns by itself." };
    case "room_link": return { title: `${who} has no link`, means: `The room's devices cannot be reached${because}.`, todo: "Look at the broker." };
    case "command": return { title: `${who} did not obey`, means: many ? "The last command to each of them failed." : `It failed${times(n.count)} within a day, the last time with: ${n.detail ?? ""}`, todo: "Look at the device, then send the command again. This goes when one is confirmed." };
    case "node": return { title: many ? `${many} devices are offline` : `${n.who} is offline`, means: many ? `${who} are not there; their outputs are not known.` : `A device of ${n.detail ?? "a room"} is not there; its outputs are not known.`, todo: "Look at its power and its network." };
    case "stop": return { title: `STOP of ${who} is not confirmed`, means: `Only ${n.detail?.replace("/", " of ") ?? "some"} devices said that they stopped.`, todo: "Go and look; press STOP again." };
    case "player": return { title: `The player of ${who} has a problem`, means: n.detail ?? "", todo: "Check the file and the sound or picture device." };
    case "scene": return { title: `Scene ${who} cannot run`, means: many ? "Their files have errors." : `Its file in ${n.detail ?? "the room"} has ${plural("en", n.count ?? 1, { one: "error", other: "errors" })}.`, todo: "Open it and mend what the check names." };
    case "run_failed": return { title: `${who}: a scene was stopped by a failure`, means: n.detail ?? "", todo: "Its trace names the cue; mend the device, then run it again." };
    case "room_files": return { title: `The files of ${who} have problems`, means: n.detail ?? "", todo: "Open the room's page: it names them all." };
    case "output_differs": return { title: `${who} ${many ? "are not as they" : "is not as it"} should be`, means: many ? "What they confirmed differs from what is wanted." : `In ${n.detail ?? "its room"} the confirmed state differs from the wanted one.`, todo: "Send it again from the room's page." };
    case "disk": return {
      title: n.count === 0 ? "The archive's disk is full" : `The archive's disk is full in ${n.count} ${n.count === 1 ? "day" : "days"}`,
      means: `${bytes(n.bytes ?? 0)} are free. Below the floor the oldest audio is deleted to make room.`, todo: "Make room, or set how long audio is kept (`keep_days`, `keep_size`).",
    };
    case "disk_unknown": return { title: "The archive's disk does not say how much is free", means: "Nothing is deleted and nothing can be foretold until it does.", todo: "Look at the disk of the data folder." };
    case "database": return { title: `${who} is damaged or cannot be read`, means: n.detail ?? "", todo: "Look at the disk; `chorale archive check` says what is left, and the guide on restoring what to do." };
    case "hub_disk": return { title: "The hub cannot write to its disk", means: "No chunk is taken; recorders keep theirs and try again.", todo: "Look whether it is full, read-only or failing (`dmesg`)." };
    case "hub_book": return { title: "The log cannot be written", means: `The newest events are kept in memory${because}.`, todo: "Look whether the hub's disk is full or failing." };
    case "hub_error": return { title: `The hub had an error${times(n.count)}`, means: n.detail ?? "", todo: "Read what it says; recorders keep what was not taken." };
    case "certificate": return { title: (n.count ?? 0) < 0 ? "The hub's certificate has ended" : `The hub's certificate ends in ${duration((n.count ?? 0) * 86_400e6)}`, means: "After that browsers warn and recorders do not connect.", todo: "Replace the file named by `certificate`, then restart the hub." };
    case "refused": return { title: `${who}: chunks were refused${many ? "" : times(n.count)}`, means: many ? "Something they sent could not be taken." : `The last because of: ${n.detail ?? ""}`, todo: "Look at what sends them; a recorder of ours keeps them in quarantine." };
    case "uploads_stopped": return { title: `${who}: nothing arrives any more`, means: "Uploads came at their pace and have ceased. It may be outside its schedule.", todo: "If it should record now, look at its power and its network." };
  }
}
