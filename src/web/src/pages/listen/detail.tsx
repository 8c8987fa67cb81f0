import { useEffect, useRef, useState } from "preact/hooks";
import { api, getJson } from "../../api/http";
import type { LevelsAnswer } from "../../api/timeline";
import type { PeaksView, RecorderView } from "../../api/types";
import { locale, words } from "../../i18n";
import { later } from "../../later";
import { Button } from "../../parts/button";
import { head, play, playing } from "./playing";
import type { LevelCurve, Plot } from "./plots";
import { HOUR, lengthOf, type View } from "./scale";
import { keepAddress, nameOf, opened, showView, view } from "./state";

const OUTLINE_MAX = 2 * HOUR;
/** A hand that still moves makes no question. */
const REST_MS = 150;

interface Data {
  view: View;
  levels: LevelCurve;
  outline: PeaksView | null;
}

async function ask(id: string, v: View): Promise<Data> {
  const period = `from=${Math.floor(v.from)}&to=${Math.ceil(v.to)}`;
  const [levels, outline] = await Promise.all([
    getJson<LevelsAnswer>(`${api("levels")}?recorder=${encodeURIComponent(id)}&${period}&steps=1500`),
    lengthOf(v) <= OUTLINE_MAX ? getJson<PeaksView>(`${api("recorders", id, "peaks")}?${period}&points=4000${lengthOf(v) <= 60e6 ? "&fine=1" : ""}`) : null,
  ]);
  const of = levels.recorders[0]!;
  return { view: v, levels: { from: levels.from_us, step: levels.step_us, peak: of.peak_dbfs, rms: of.rms_dbfs, quietest: of.quietest_dbfs }, outline };
}

/** One recorder larger: its levels over what is shown, and its waveform where that is short enough to see one. */
export function Detail({ recorder }: { recorder: RecorderView }) {
  const [w, t] = [words.value.listen, words.value.timeline];
  const curve = useRef<HTMLDivElement>(null);
  const wave = useRef<HTMLDivElement>(null);
  const plots = useRef<{ levels: Plot<LevelCurve>; wave: Plot<PeaksView> } | null>(null);
  const [data, setData] = useState<Data | null>(null);
  const [ready, setReady] = useState(false);
  const shown = view.value;
  const id = recorder.id;
  const language = locale.value;

  useEffect(() => {
    let isGone = false;
    later(() => import("./plots")).then(lib => {
      if (isGone || !curve.current || !wave.current) return;
      const start = (us: number): void => play(id, nameOf(id), us);
      plots.current = {
        levels: lib.levelPlot(curve.current, [t.time, t.peak, t.rms, t.quietest], { zoom: showView, play: start }),
        wave: lib.wavePlot(wave.current, { play: part => start(view.peek().from + part * lengthOf(view.peek())) }),
      };
      setReady(true);
    }, () => {}); // the rows and their sound need nothing of it
    return () => {
      isGone = true;
      plots.current?.levels.end();
      plots.current?.wave.end();
      plots.current = null;
      setReady(false);
    };
  }, [id, language]);

  useEffect(() => {
    let isGone = false;
    const timer = setTimeout(() => void ask(id, shown).then(found => { if (!isGone) setData(found); }, () => {}), REST_MS); // what is wrong with the hub stands above
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, [id, shown, recorder.chunks]);

  useEffect(() => {
    if (!data || !plots.current) return;
    plots.current.levels.show(data.levels, data.view);
    if (data.outline) plots.current.wave.show(data.outline, data.view);
  }, [data, ready]);

  const known = data?.levels.peak.some(db => db !== null) ?? true;
  const far = lengthOf(shown) > OUTLINE_MAX;
  const at = playing.value?.id === id ? head.value : null;
  const part = at === null ? -1 : (at - shown.from) / lengthOf(shown) * 100;
  return (
    <section class="detail live" id="detail" aria-label={t.lookCloser(nameOf(id))} data-state={ready && data ? "ready" : "loading"} data-known={known}>
      <div class="row">
        <h3 class="grow">{t.levels}</h3>
        <Button small kind="bare" onPress={() => { opened.value = null; keepAddress("step"); }}>{w.close}</Button>
      </div>
      <div class="curve" ref={curve} aria-hidden="true" />
      {!known && <p class="quiet">{t.levelsNone}</p>}
      <h3>{t.waveform}</h3>
      <div class="big-wave" hidden={far}><div ref={wave} aria-hidden="true" />{part >= 0 && part <= 100 && <span class="mark" style={{ left: `${part}%` }} />}</div>
      {far && <p class="quiet">{t.waveformFar}</p>}
      <p class="quiet">{t.plotPress}</p>
    </section>
  );
}
