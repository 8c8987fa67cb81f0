// The two drawing libraries, loaded when somebody looks closer: uPlot for levels over time, wavesurfer for the waveform. Both are given what
// the hub has worked out; neither loads audio.
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import WaveSurfer from "wavesurfer.js";
import type { PeaksView } from "../../api/types";
import { locale } from "../../i18n";
import { clock, moment } from "../../time";
import { DAY, lengthOf, SECOND, type View } from "./scale";

const colour = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The policy knows wavesurfer's one style element by its content, which has this height in it (Chorale.Hub/Api/PageApi.cs). */
const WAVE_HEIGHT = 96;
const WAVE_POINTS = 2000;
const PLOT_HEIGHT = 170;

export interface LevelCurve {
  from: number;
  step: number;
  peak: (number | null)[];
  rms: (number | null)[];
  quietest: (number | null)[];
}

export interface Plot<T> {
  show(data: T, view: View): void;
  end(): void;
}

const seconds = (us: number): number => us / SECOND;

/** Pressing plays, dragging zooms. */
export function levelPlot(frame: HTMLElement, names: [string, string, string, string], on: { zoom: (view: View) => void; play: (us: number) => void }): Plot<LevelCurve> {
  const stroke = (name: string, width: number, label: string): uPlot.Series => ({
    label, stroke: colour(name), width, points: { show: false }, value: (_, db) => (db === null || db === undefined ? "\u2013" : `${String(db).replace("-", "\u2212")} dB`),
  });
  let shown: View = { from: 0, to: SECOND };
  const axis = { stroke: colour("--quiet"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line") }, font: "12px system-ui, sans-serif" };
  const plot = new uPlot({
    width: frame.clientWidth, height: PLOT_HEIGHT, padding: [8, 0, 0, 0],
    scales: { x: { time: true, auto: false, range: () => [seconds(shown.from), seconds(shown.to)] }, y: { range: [-90, 0] } },
    axes: [
      { ...axis, space: 90, values: (_, all) => all.map(s => new Date(s * 1000).toLocaleString(locale.value, lengthOf(shown) > 3 * DAY ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit", ...(lengthOf(shown) < 600e6 ? { second: "2-digit" } : {}) })) },
      { ...axis, size: 44 },
    ],
    series: [{ label: names[0], value: (_, s) => (s === null || s === undefined ? "" : lengthOf(shown) > DAY ? moment(s * SECOND) : clock(s * SECOND)) }, stroke("--now", 1, names[1]), stroke("--accent", 2, names[2]), stroke("--line-2", 1, names[3])],
    cursor: { drag: { x: true, y: false, setScale: false }, y: false },
    hooks: {
      setSelect: [u => {
        if (u.select.width < 6) return;
        const view = { from: Math.round(u.posToVal(u.select.left, "x") * SECOND), to: Math.round(u.posToVal(u.select.left + u.select.width, "x") * SECOND) };
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        on.zoom(view);
      }],
    },
  }, [[], [], [], []], frame);
  let pressedAt = 0;
  plot.over.addEventListener("mousedown", e => { pressedAt = e.clientX; });
  plot.over.addEventListener("click", e => { if (Math.abs(e.clientX - pressedAt) < 6) on.play(plot.posToVal(e.offsetX, "x") * SECOND); });
  const watch = new ResizeObserver(() => plot.setSize({ width: frame.clientWidth, height: PLOT_HEIGHT }));
  watch.observe(frame);
  return {
    show(data, view) {
      shown = view;
      plot.setData([data.peak.map((_, n) => seconds(data.from + (n + 0.5) * data.step)), data.peak, data.rms, data.quietest]);
    },
    end() {
      watch.disconnect();
      plot.destroy();
    },
  };
}

export function wavePlot(frame: HTMLElement, on: { play: (part: number) => void }): Plot<PeaksView> {
  const wave = WaveSurfer.create({
    container: frame, height: WAVE_HEIGHT, waveColor: colour("--accent"), progressColor: colour("--accent"), cursorWidth: 0, hideScrollbar: true, interact: true, normalize: false,
  });
  wave.on("click", part => on.play(part));
  return {
    show(data, view) { void wave.load("", heights(data, view), seconds(lengthOf(view))); },
    end() { wave.destroy(); },
  };
}

/** Highest and lowest of each of so many equal parts of a view; where nothing is known, nothing. */
function heights(peaks: PeaksView, view: View): [Float32Array, Float32Array] {
  const above = new Float32Array(WAVE_POINTS), below = new Float32Array(WAVE_POINTS);
  const step = SECOND / peaks.per_second;
  for (const chunk of peaks.chunks) {
    for (let i = 0; i + 1 < chunk.points.length; i += 2) {
      const at = chunk.start_us + (i / 2) * step;
      const first = Math.floor((at - view.from) / lengthOf(view) * WAVE_POINTS), last = Math.max(first, Math.ceil((at + step - view.from) / lengthOf(view) * WAVE_POINTS) - 1);
      for (let n = Math.max(0, first); n <= Math.min(WAVE_POINTS - 1, last); n++) {
        above[n] = Math.max(above[n]!, chunk.points[i + 1]! / 127);
        below[n] = Math.max(below[n]!, -chunk.points[i]! / 127);
      }
    }
  }
  return [above, below];
}
