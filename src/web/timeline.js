// Draws one recorder's timeline and finds wall times in it. All times are microseconds since 1970 UTC.

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 10000; // units of the drawing; the browser scales it
const HEIGHT = 100;

const CAUSES = {
  xrun: "the microphone overran", device_lost: "the microphone was gone", ring_full: "the recorder fell behind", disk_full: "no room on its disk",
  storage_failed: "its disk failed", outside_schedule: "outside the schedule", muted: "muted", not_running: "the recorder was not running",
  power_cut: "power cut", retention: "deleted by retention", damaged: "damaged", unknown: "not here (not sent yet, or never recorded)",
};
const TROUBLE = new Set(["xrun", "device_lost", "ring_full", "power_cut", "not_running"]);
const LOST = new Set(["disk_full", "storage_failed", "damaged"]);

export function element(name, classes, attributes = {}) {
  const made = document.createElementNS(SVG, name);
  if (classes) made.setAttribute("class", classes);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

export const clock = us => new Date(us / 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit" });

export function duration(us) {
  const s = us / 1e6;
  if (s < 1) return `${Math.round(s * 1000)} ms`;
  if (s < 120) return `${Math.round(s)} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172800 ? `${(s / 3600).toFixed(1)} h` : `${Math.round(s / 86400)} days`;
}

function box(view, from, to, classes, text) {
  const scale = WIDTH / (view.to - view.from);
  const x = Math.max(0, (from - view.from) * scale);
  const width = Math.max(6, Math.min(WIDTH, (to - view.from) * scale) - x); // never invisible
  const rect = element("rect", classes, { x, width, y: 0, height: HEIGHT });
  rect.append(element("title"));
  rect.firstChild.textContent = text;
  return rect;
}

const MINUTE = 60e6;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080].map(minutes => minutes * MINUTE);

/** Round local times in a view, at most so many. */
export function ticks(view, most) {
  const step = STEPS.find(s => (view.to - view.from) / s <= most) ?? STEPS.at(-1);
  const zone = us => new Date(us / 1000).getTimezoneOffset() * MINUTE;
  const days = step >= 24 * 60 * MINUTE;
  const found = [];
  for (let local = Math.ceil((view.from - zone(view.from)) / step) * step; ; local += step) {
    const us = local + zone(local + zone(local)); // the day the clocks change has its ticks at whole hours too
    if (us > view.to) return found;
    const time = new Date(us / 1000);
    found.push({ us, text: days ? time.toLocaleDateString([], { day: "numeric", month: "short" }) : time.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) });
  }
}

/** Fills an svg with what a timeline answer says of one recorder. */
export function draw(svg, told, bucketUs, view, nowUs) {
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const boxes = [];
  for (const span of told.spans) {
    boxes.push(box(view, span.from_us, span.to_us, "sound", `${clock(span.from_us)} to ${clock(span.to_us)}, ${duration(span.to_us - span.from_us)} in ${span.chunks} chunk${span.chunks === 1 ? "" : "s"}`));
  }
  for (const bucket of told.buckets) {
    const part = Math.min(1, bucket.covered_us / bucketUs);
    const rect = box(view, bucket.from_us, bucket.from_us + bucketUs, "bucket",
      `${new Date(bucket.from_us / 1000).toLocaleString()}: ${duration(bucket.covered_us)} of ${duration(bucketUs)}` + (bucket.labelled ? `, ${bucket.labelled} chunks with something odd` : ""));
    rect.setAttribute("y", HEIGHT * (1 - part));
    rect.setAttribute("height", HEIGHT * part);
    boxes.push(rect);
  }
  for (const gap of told.gaps) {
    if (told.buckets.length && !TROUBLE.has(gap.cause) && !LOST.has(gap.cause)) continue;
    const kind = LOST.has(gap.cause) ? "gap lost" : TROUBLE.has(gap.cause) ? "gap trouble" : "gap";
    const rect = box(view, gap.from_us, gap.to_us, kind,
      `${clock(gap.from_us)} to ${clock(gap.to_us)}: ${CAUSES[gap.cause] ?? gap.cause}, ${duration(gap.duration_us)}` + (gap.count > 1 ? ` in ${gap.count} gaps` : ""));
    if (told.buckets.length) rect.setAttribute("height", 12);
    boxes.push(rect);
  }
  if (nowUs < view.to) {
    const future = box(view, Math.max(nowUs, view.from), view.to, "future", "not yet");
    boxes.unshift(future);
  }
  for (const tick of ticks(view, 12)) {
    const x = (tick.us - view.from) * WIDTH / (view.to - view.from);
    boxes.push(element("line", "tick", { x1: x, x2: x, y1: 0, y2: HEIGHT }));
  }
  svg.replaceChildren(...boxes);
}

/** Draws the outline of chunks over their spans. */
export function outline(svg, peaks, view) {
  svg.querySelector(".wave")?.remove();
  const scale = WIDTH / (view.to - view.from);
  const parts = [];
  for (const chunk of peaks.chunks) {
    const step = 1e6 / peaks.per_second;
    for (let i = 0; i + 1 < chunk.points.length; i += 2) {
      const x = (chunk.start_us + (i / 2) * step - view.from) * scale;
      if (x < 0 || x > WIDTH) continue;
      const y = value => (HEIGHT / 2 - Math.sign(value) * Math.sqrt(Math.abs(value) / 127) * HEIGHT * 0.46).toFixed(1); // the root shows quiet rooms
      parts.push(`M${x.toFixed(1)} ${y(chunk.points[i])}V${y(chunk.points[i + 1])}`);
    }
  }
  if (parts.length) svg.append(element("path", "wave", { d: parts.join("") }));
}

export function line(svg, classes, us, view) {
  svg.querySelector("." + classes)?.remove();
  if (us === null || us < view.from || us > view.to) return;
  const x = (us - view.from) * WIDTH / (view.to - view.from);
  svg.append(element("line", classes, { x1: x, x2: x, y1: 0, y2: HEIGHT }));
}

/** Wall time of a position in a stream that began at a wall time and skips what is missing. */
export function wallAt(spans, fromUs, playedUs) {
  for (const span of spans) {
    const begin = Math.max(span.from_us, fromUs);
    if (span.to_us <= begin) continue;
    if (playedUs <= span.to_us - begin) return begin + playedUs;
    playedUs -= span.to_us - begin;
  }
  return spans.length ? spans[spans.length - 1].to_us : fromUs;
}
