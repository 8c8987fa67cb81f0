import type { Need } from "../pages/home/needs";
import { fleetEn } from "./fleet.en";
import { logEn } from "./log.en";
import { actsEn, needsEn } from "./needs.en";
import { liveEn } from "./live.en";
import { accessEn } from "./access.en";
import { plural } from "./plural";
import { jobsEn } from "./jobs.en";
import { recordingsEn } from "./recordings.en";
import { roomsEn } from "./rooms.en";
import { timelineEn } from "./timeline.en";

const n = (count: number, one: string, other: string): string => plural("en", count, { one, other });

/** What a need is called, what it means, and the one thing to do. */
export interface NeedWords {
  title: string;
  means: string;
  todo: string;
}

export const en = {
  units: { ms: "ms", s: "s", min: "min", h: "h", days: (count: number) => n(count, "day", "days") },
  never: "never",
  waiting: "waiting for the answer",
  justNow: "just now",
  ago: (age: string) => `${age} ago`,
  level: (text: string) => `Level ${text}`,
  verdicts: {
    confirmed: "confirmed", refused: "refused", timed_out: "no answer", ambiguous: "ambiguous", contradicted: "contradicted", superseded: "superseded",
    lost_link: "link lost", cancelled: "cancelled", simulated: "simulated, not sent", not_idle: "was not idle", not_recording: "was not recording", pending: "pending",
    failed: "failed", partly: "partly", unknown: "not known", accepted: "begun", sent: "sent", done: "done", stale: "out of date", not_sent: "did not reach the hub",
  } as Record<string, string>,
  alarms: {
    microphone_lost: { name: "microphone gone", todo: "Plug it in; `chorale devices` shows what is seen." },
    microphone_failed: { name: "microphone cannot work", todo: "Change device, sample rate or channels; its log says what it can." },
    no_frames: { name: "microphone delivers nothing", todo: "Replug it; try another port or hub." },
    digital_silence: { name: "silent microphone, every sample is zero", todo: "Look for a hardware mute switch, or the wrong input." },
    dead_microphone: { name: "dead microphone", todo: "Check cable, phantom power, gain, capsule." },
    dead_channel: { name: "dead microphone", todo: "Check cable, phantom power, gain, capsule of that channel." },
    storage_failed: { name: "disk refuses", todo: "Replace the card; what is in memory is kept as long as it fits." },
    disk_floor: { name: "disk full", todo: "Make room on it, or mend its upload." },
    disk_low: { name: "disk nearly full", todo: "Make room on it, or mend its upload." },
    upload_refused: { name: "upload refused", todo: "Give it a new token." },
    uploads_rejected: { name: "all uploads rejected", todo: "Run `chorale check` there." },
    upload_passed_over: { name: "some uploads fail", todo: "`chorale spool ls` there shows which and why." },
    upload_waiting: { name: "uploads wait", todo: "Look at its network; run `chorale check` there." },
    duplicate_id: { name: "two with one id", todo: "Give each its own id." },
    double_id: { name: "two with one id", todo: "Give each its own id." },
    module_failed: { name: "no commands by MQTT", todo: "Its log says which library or setting is missing." },
    quarantine: { name: "chunks set aside", todo: "`chorale spool ls --state Quarantined` there shows them." },
    flapping: { name: "comes and goes", todo: "Look at its power and its network." },
  } as Record<string, { name: string; todo: string }>,
  shell: {
    skip: "Skip to the content",
    pages: "Pages",
    links: "Links",
    places: { home: "Home", fleet: "Fleet", listen: "Listen", recordings: "Recordings", rooms: "Rooms", log: "Log", jobs: "Work", settings: "Settings", parts: "Parts" },
    otherLanguage: "По-русски",
    hub: "hub",
    broker: "broker",
    hubLink: { connecting: "Connecting to the hub", live: "The hub answers", gone: "The hub does not answer", refused: "The hub asks for a credential" },
    hubGone: "The hub does not answer.",
    hubSays: (text: string) => `The hub does not answer: ${text}.`,
    refused: "The hub asks who you are: log in.",
    brokerGone: "The hub has lost its broker",
    brokerGoneMeans: "Modules and nodes cannot be heard or commanded; what is shown of them is old.",
    nothingYet: "Nothing has come yet.",
    shownIsOld: (age: string) => `What you see is ${age} old.`,
  },
  home: {
    title: "Home",
    needsTitle: "What needs a person",
    wellTitle: "Nothing needs you",
    well: "Every module, device and link that is known is as it should be.",
    asOf: (time: string) => `as of ${time}`,
    acts: actsEn,
    hubCard: "Hub",
    full: "Full",
    waiting: "Waiting to upload",
    runsFor: "Runs for",
    lately: "Lately",
    count: (count: number) => n(count, "thing needs a person", "things need a person"),
    todo: "Do this:",
    since: "since",
    lastSession: "Last recording",
    recording: "Recording",
    archive: "Archive",
    archiveEmpty: "No audio has arrived yet.",
    audio: "Audio",
    size: "Size",
    free: "Free on the disk",
    newest: "Newest audio",
    need: (need: Need): NeedWords => needsEn(need, alarm => en.alarms[alarm]),
  },
  fleet: fleetEn,
  listen: {
    title: "Listen",
    stats: (count: number, length: string, size: string) => `${n(count, "recorder", "recorders")} · ${length} of audio · ${size}`,
    dayAndZoom: "Day and zoom",
    earlier: "Earlier",
    later: "Later",
    day: "Day",
    now: "Now",
    show: "Show",
    legend: { audio: "audio: click plays from there", nothing: "nothing recorded", trouble: "trouble: not recorded", lost: "lost" },
    empty: "No recorder has sent a chunk yet. The first one appears here as soon as it is in the archive.",
    nothingNew: "nothing new",
    arriving: "arriving",
    lastChunkState: "State of the last chunk",
    lastChunkLevel: "Level of the last chunk (RMS, and peak as a line)",
    clipped: (count: number) => `${count} clipped`,
    endsAt: (time: string) => `Its last audio ends ${time}`,
    noChunk: "no chunk yet",
    old: (age: string) => `${age} old`,
    timelineOf: (name: string) => `Timeline of ${name}`,
    span: (from: string, to: string, length: string, chunks: number) => `${from} to ${to}, ${length} in ${n(chunks, "chunk", "chunks")}`,
    bucket: (at: string, covered: string, of: string, odd: number) => `${at}: ${covered} of ${of}${odd ? `, ${n(odd, "chunk", "chunks")} with something odd` : ""}`,
    gap: (from: string, to: string, cause: string, length: string, count: number) => `${from} to ${to}: ${cause}, ${length}${count > 1 ? ` in ${count} gaps` : ""}`,
    causes: {
      xrun: "the microphone overran", device_lost: "the microphone was gone", ring_full: "the recorder fell behind", disk_full: "no room on its disk",
      storage_failed: "its disk failed", outside_schedule: "outside the schedule", muted: "muted", not_running: "the recorder was not running",
      power_cut: "power cut", retention: "deleted by retention", damaged: "damaged", unknown: "not here (not sent yet, or never recorded)",
    } as Record<string, string>,
    time: "Time of the day",
    exportButton: "Export",
    exportTitle: "Export",
    exportOf: (name: string) => `Export of ${name}`,
    exportLength: (length: string, covered: string) => `${length}, of which ${covered} are here`,
    from: "From",
    to: "To",
    play: "Play",
    close: "Close",
    save: (format: string) => `Save ${format === "opus" ? "Opus" : format.toUpperCase()}`,
    nothingThere: "There is no audio in this stretch",
    player: "Player",
    saveHour: "Save the shown hour:",
    notes: {
      nothing: "There is no audio after this time here.", press: "Press play to listen.",
      broken: "This cannot be played: there may be no audio here, or the hub is not reachable.", end: "That is all there is so far.",
    },
  },
  recordings: recordingsEn,
  jobs: jobsEn,
  live: liveEn,
  rooms: roomsEn,
  log: logEn,
  timeline: timelineEn,
  access: accessEn,
};

export type Words = typeof en;
