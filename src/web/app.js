import { draw, outline, line, ticks, wallAt, clock, duration } from "./timeline.js";

const HOUR = 3600e6, POLL_MS = 4000, PATIENCE_MS = 10000, PLAY_MAX = 6 * HOUR, OUTLINE_MAX = HOUR / 2;
const $ = id => document.getElementById(id);
const audio = $("audio");
const cards = new Map(); // recorder id -> the parts of its card
const state = { view: null, follow: true, chosen: false, zoomUs: 24 * HOUR, answeredMs: null, offsetUs: 0, playing: null, details: "" };

const nowUs = () => Date.now() * 1000 + state.offsetUs; // the hub's time
const path = id => `/api/v2/recorders/${encodeURIComponent(id)}`;

async function get(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(answer.status === 401 ? "the hub asks for an operator credential: reload the page" : `the hub answers ${answer.status}`);
  return answer.json();
}

function dayStart(us) {
  const day = new Date(us / 1000);
  day.setHours(0, 0, 0, 0);
  return day;
}

/** Whole days begin at local midnight (a day of 23 or 25 hours is one); shorter views end a little after now, or lie where they were moved. */
function setView(anchorUs) {
  if (state.zoomUs >= 24 * HOUR) {
    const days = Math.round(state.zoomUs / (24 * HOUR));
    const to = dayStart(anchorUs);
    to.setDate(to.getDate() + 1);
    const from = new Date(to);
    from.setDate(from.getDate() - days);
    state.view = { from: from.getTime() * 1000, to: to.getTime() * 1000 };
  } else {
    const to = state.follow ? anchorUs + state.zoomUs / 30 : anchorUs + state.zoomUs / 2;
    state.view = { from: Math.floor(to - state.zoomUs), to: Math.floor(to) };
  }
  const day = new Date((state.view.from + state.view.to) / 2000);
  $("day").value = `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}-${String(day.getDate()).padStart(2, "0")}`;
}

function card(id) {
  let made = cards.get(id);
  if (made) return made;
  const make = (tag, parent, classes) => {
    const part = document.createElement(tag);
    if (classes) part.className = classes;
    parent.append(part);
    return part;
  };
  const root = make("article", $("recorders"));
  const facts = make("div", root, "facts");
  made = { id, root, name: make("h2", facts), state: make("span", facts, "state"), spans: [], cursor: null };
  const level = make("span", facts, "level quiet");
  made.meter = make("meter", level);
  Object.assign(made.meter, { min: -90, max: 0, low: -60, high: -3, optimum: -20 });
  made.levelText = make("span", level, "figures");
  made.age = make("span", facts, "age quiet figures");
  made.track = make("div", root, "track");
  made.track.tabIndex = 0;
  made.track.setAttribute("role", "slider");
  made.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.track.append(made.svg);
  made.hours = make("div", root, "hours figures");
  made.track.addEventListener("click", e => {
    const rect = made.track.getBoundingClientRect();
    play(made, state.view.from + (e.clientX - rect.left) / rect.width * (state.view.to - state.view.from));
  });
  made.track.addEventListener("keydown", e => key(made, e));
  cards.set(id, made);
  return made;
}

function key(made, e) {
  const length = state.view.to - state.view.from;
  const step = length / (e.shiftKey ? 20 : 200);
  let at = made.cursor ?? Math.min(nowUs(), state.view.from + length / 2);
  if (e.key === "ArrowLeft") at -= step;
  else if (e.key === "ArrowRight") at += step;
  else if (e.key === "Home") at = made.spans[0]?.from_us ?? state.view.from;
  else if (e.key === "End") at = (made.spans.at(-1)?.to_us ?? state.view.to) - 10e6;
  else if (e.key === "Enter") return play(made, at);
  else if (e.key === " ") { e.preventDefault(); return audio.paused ? audio.play() : audio.pause(); }
  else return;
  e.preventDefault();
  made.cursor = Math.max(state.view.from, Math.min(state.view.to, at));
  showCursor(made);
}

function showCursor(made) {
  line(made.svg, "cursor", made.cursor, state.view);
  const at = made.cursor ?? Math.min(nowUs(), state.view.to);
  for (const [name, value] of [["min", state.view.from], ["max", state.view.to], ["now", Math.round(at)]]) made.track.setAttribute("aria-value" + name, value);
  made.track.setAttribute("aria-valuetext", `${clock(at)}; Enter plays from here`);
}

function describe(recorder) {
  const made = card(recorder.id);
  const name = recorder.name ?? recorder.id;
  made.name.textContent = name;
  made.root.dataset.recorder = recorder.id;
  made.track.setAttribute("aria-label", `Timeline of ${name}`);
  const age = recorder.last_chunk_end_us === null ? null : Math.max(0, nowUs() - recorder.last_chunk_end_us);
  const late = age === null || age > 15 * 60e6;
  const trouble = (recorder.state !== null && recorder.state !== "ok") || recorder.last_label !== null;
  made.state.className = "state" + (trouble ? " bad" : late ? " late" : "");
  made.state.textContent = trouble ? (recorder.last_label ?? recorder.state.replaceAll("_", " ").replaceAll(",", ", ")) : late ? "nothing new" : "arriving";
  made.state.title = "State of the last chunk";
  made.age.textContent = age === null ? "no chunk yet" : `${duration(age)} old`;
  made.age.title = age === null ? "" : `Its last audio ends ${new Date(recorder.last_chunk_end_us / 1000).toLocaleString()}`;
  const rms = recorder.rms_dbfs?.length ? Math.max(...recorder.rms_dbfs) : null;
  made.meter.hidden = rms === null;
  made.meter.value = rms ?? -90;
  made.meter.title = "Level of the last chunk (RMS)";
  made.levelText.textContent = rms === null ? "" : `${rms.toFixed(0).replace("-", "\u2212")} dBFS` + (recorder.clipped_samples ? ` · ${recorder.clipped_samples} clipped` : "");
}

function hours(made) {
  const { from, to } = state.view;
  made.hours.replaceChildren(...ticks(state.view, made.track.clientWidth / 80).map(tick => {
    const mark = document.createElement("span");
    const part = (tick.us - from) / (to - from);
    mark.textContent = tick.text;
    mark.style.left = `${part * 100}%`;
    mark.className = part < 0.03 ? "first" : part > 0.97 ? "last" : "";
    return mark;
  }));
}

/** Until somebody chooses: as much as there is, so that the first ten seconds are no hair on a whole day. */
function fitZoom(recorders) {
  if (state.chosen || !state.follow || recorders.length === 0) return;
  const ageUs = nowUs() - Math.min(...recorders.map(r => r.first_seen_us));
  const fit = [1 / 6, 1, 6, 24].find(hours => hours * HOUR >= ageUs * 1.1) ?? 24;
  state.zoomUs = fit * HOUR;
  $("zoom").value = [...$("zoom").options].find(o => Math.abs(o.value - fit) < 0.01).value;
}

async function refresh() {
  try {
    const list = await get("/api/v2/recorders");
    state.offsetUs = list.now_us - Date.now() * 1000;
    fitZoom(list.recorders);
    if (state.follow) setView(nowUs());
    const view = state.view;
    const detail = view.to - view.from > 2 * 24 * HOUR ? "buckets" : "spans";
    const told = await get(`/api/v2/timeline?from=${view.from}&to=${view.to}&detail=${detail}`);
    if (view.from !== state.view.from || view.to !== state.view.to) return; // moved on meanwhile
    for (const recorder of list.recorders) describe(recorder);
    for (const recorder of told.recorders) {
      const made = card(recorder.id);
      made.spans = recorder.spans;
      draw(made.svg, recorder, told.bucket_us, view, nowUs());
      hours(made);
      showCursor(made);
    }
    outlines(view, list.recorders);
    state.answeredMs = Date.now();
    $("recorders").setAttribute("aria-busy", "false");
    $("empty").hidden = list.recorders.length > 0;
    $("legend").hidden = list.recorders.length === 0;
    const bytes = list.recorders.reduce((sum, r) => sum + r.bytes, 0), covered = list.recorders.reduce((sum, r) => sum + r.covered_us, 0);
    $("stats").textContent = `${list.recorders.length} recorder${list.recorders.length === 1 ? "" : "s"} · ${duration(covered)} of audio · ${bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`}`;
    state.trouble = null;
  } catch (e) {
    state.trouble = e instanceof Error && e.message.startsWith("the hub") ? e.message : "the hub does not answer";
  }
  stale();
  progress();
}

/** Outlines are asked for where the view or the recorder's chunks have changed, and drawn again from what is there until the answer comes. */
function outlines(view, recorders) {
  const wanted = view.to - view.from <= OUTLINE_MAX;
  for (const { id, chunks } of recorders) {
    const made = card(id);
    const has = made.peaks;
    if (!wanted || !has) outline(made.svg, { chunks: [] }, view);
    else outline(made.svg, has, view);
    if (!wanted || (has && has.total === chunks && has.from <= view.from && has.to >= view.to)) continue;
    const to = view.to > nowUs() ? Infinity : view.to; // there is nothing beyond now until another chunk comes
    get(`${path(id)}/peaks?from=${view.from}&to=${view.to}`).then(peaks => {
      made.peaks = { ...peaks, total: chunks, from: view.from, to };
      outline(made.svg, made.peaks, state.view);
    }).catch(() => {}); // the timeline is complete without it
  }
}

function stale() {
  const silentMs = state.answeredMs === null ? null : Date.now() - state.answeredMs;
  const bad = Boolean(state.trouble) || (silentMs !== null && silentMs > 3 * PATIENCE_MS);
  $("stale").hidden = !bad;
  document.body.classList.toggle("stale", bad);
  if (bad) $("stale").textContent = `What you see is ${silentMs === null ? "not there yet" : duration(silentMs * 1000) + " old"}: ${state.trouble ?? "the hub does not answer"}.`;
}

function play(made, us) {
  const from = Math.floor(us);
  const next = made.spans.find(s => s.to_us > from);
  $("player").hidden = false;
  $("playing-who").textContent = made.name.textContent;
  if (!next && made.spans.length) {
    $("playing-note").textContent = "There is no audio after this time here.";
    return;
  }
  const begin = next ? Math.max(from, next.from_us) : from;
  const end = Math.max(begin + 1e6, Math.min(begin + PLAY_MAX, Math.ceil(nowUs())));
  state.playing = { made, from: begin, end, spans: made.spans };
  $("playing-note").textContent = "";
  audio.src = `${path(made.id)}/range?from=${begin}&to=${end}&format=opus&gaps=skip&inline=1`;
  audio.play().catch(e => { if (e.name !== "AbortError") $("playing-note").textContent = "Press play to listen."; });
  const hour = Math.floor(begin / HOUR) * HOUR;
  for (const format of ["opus", "flac", "wav"]) $("save-" + format).href = `${path(made.id)}/range?from=${hour}&to=${hour + HOUR}&format=${format}`;
}

function playedUs() {
  const { made, from } = state.playing;
  return wallAt(made.spans.length ? made.spans : state.playing.spans, from, audio.currentTime * 1e6);
}

function progress() {
  for (const made of cards.values()) {
    line(made.svg, "mark", state.playing?.made === made ? playedUs() : null, state.view);
  }
  if (state.playing) $("playing-when").textContent = new Date(playedUs() / 1000).toLocaleString();
}

audio.addEventListener("timeupdate", progress);
audio.addEventListener("error", () => {
  if (state.playing) $("playing-note").textContent = "This cannot be played: there may be no audio here, or the hub is not reachable.";
});
audio.addEventListener("ended", async () => {
  // Chunks that arrived meanwhile go on where the stream ended.
  const { made } = state.playing;
  const reached = playedUs();
  await refresh();
  if (made.spans.some(s => s.to_us > reached + 1e6)) play(made, reached);
  else $("playing-note").textContent = "That is all there is so far.";
});

function move(by) {
  state.follow = false;
  state.chosen = true;
  const length = state.view.to - state.view.from;
  setView((state.view.from + state.view.to) / 2 + (state.zoomUs >= 24 * HOUR ? Math.sign(by) * length : by * length));
  refresh();
}

$("earlier").addEventListener("click", () => move(-0.5));
$("later").addEventListener("click", () => move(0.5));
$("today").addEventListener("click", () => { state.follow = true; setView(nowUs()); refresh(); });
$("day").addEventListener("change", e => {
  const [year, month, day] = e.target.value.split("-").map(Number);
  if (!year) return;
  state.follow = false;
  if (!state.chosen) {
    state.zoomUs = 24 * HOUR; // who picks a day wants to see the day
    $("zoom").value = "24";
    state.chosen = true;
  }
  setView(new Date(year, month - 1, day, 12).getTime() * 1000);
  refresh();
});
$("zoom").addEventListener("change", e => {
  const middle = state.playing ? playedUs() : (state.view.from + state.view.to) / 2;
  state.chosen = true;
  state.zoomUs = Number(e.target.value) * HOUR;
  setView(state.follow ? nowUs() : middle);
  refresh();
});

setView(nowUs());
await refresh();
setInterval(() => { if (!document.hidden) refresh(); }, POLL_MS);
setInterval(stale, 1000);
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
