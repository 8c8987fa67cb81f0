import { signal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { words } from "../../../i18n";
import { commandFleet, lastOf } from "../../../live/commands";
import { Button } from "../../../parts/button";
import { TARGET } from "../bar";
import { address, targets, whyNobody } from "../chosen";
import { codecs, configKeys, configOf, dtypes, faults, seenOf, valuesOf, type ConfigKey, type Fault, type Typed, type Value } from "../values";
import { Field } from "./field";
import { Seen, Stale } from "./stale";

const typed = Object.fromEntries(configKeys.map(k => [k, signal("")])) as Record<ConfigKey, Signal<string>>;
const toDefault = signal(false); // an empty field leaves a device as it is; the default one is a choice of its own
const save = signal(true);
const seen = new Seen(seenOf);
const rates = ["8000", "16000", "22050", "32000", "44100", "48000", "96000", "192000"];

export function ConfigForm() {
  const w = words.value.fleet;
  const all = targets.value.all;
  useEffect(() => seen.look(all));
  useEffect(() => () => { if (filled().length === 0) seen.forget(); }, []);
  const last = lastOf(TARGET);
  const wanted = filled();
  const wrong = faults(wanted, all);
  const stale = seen.changes(all);
  const text = (f: Fault): string => ("min" in f ? w.faultRange(w.settings[f.key] ?? f.key, f.min, f.max) : "opus" in f ? w.faultOpus : w.faultDevice);
  const fault = (key: ConfigKey): string | null => (f => (f ? text(f) : null))(wrong.find(f => f.key === key));
  const why = whyNobody("configure") ?? (stale.length > 0 ? w.staleWhy : null) ?? (wanted.length === 0 ? w.nothingTyped : wrong.length > 0 ? text(wrong[0]!) : null);
  const send = (): void => {
    if (why) return;
    const expect = seen.expect(all);
    void commandFleet(TARGET, w.words["config"]!, { command: "config", ...address(), config: configOf(wanted), save: save.value, expect })
      .then(() => { for (const t of wanted) typed[t.key].value = ""; toDefault.value = false; seen.forget(); });
  };
  return (
    <form class="panel" id="config-form" onSubmit={e => { e.preventDefault(); send(); }}>
      <Stale found={stale} onTake={() => seen.again(all)} />
      <div class="fields">
        <Field name="samplerate" label={w.settings["samplerate"]!} value={typed.samplerate} list={rates} max={6} placeholder={w.leave} hint={<Now values={valuesOf(all, "samplerate")} />} wrong={fault("samplerate")} />
        <Field name="channels" label={w.settings["channels"]!} value={typed.channels} max={1} placeholder={w.leave} hint={<Now values={valuesOf(all, "channels")} />} wrong={fault("channels")} />
        <Choice k="codec" options={codecs} values={valuesOf(all, "codec")} />
        <Choice k="dtype" options={dtypes} values={valuesOf(all, "dtype")} />
        <div>
          <Field name="device" label={w.settings["device"]!} value={typed.device} max={200} mono placeholder={w.leave} hint={<Now values={valuesOf(all, "device")} none={w.defaultDevice} />} wrong={fault("device")} onFirst={() => { toDefault.value = false; }} />
          <label class="check"><input type="checkbox" name="device-default" checked={toDefault.value} onChange={e => { toDefault.value = e.currentTarget.checked; typed.device.value = ""; }} /> {w.defaultDevice}</label>
        </div>
      </div>
      <div class="row">
        <Button name="send-config" kind="primary" why={why} busy={last !== undefined && last.state !== "ended"} onPress={send}>{w.apply(all.length)}</Button>
        <label class="check"><input type="checkbox" name="save" checked={save.value} onChange={e => { save.value = e.currentTarget.checked; }} /> {w.save}</label>
      </div>
    </form>
  );
}

function filled(): Typed[] {
  return configKeys.flatMap(key => (typed[key].value.trim() !== "" || (key === "device" && toDefault.value) ? [{ key, text: typed[key].value }] : []));
}

/** What each has now: one value, or that they differ and how many have which. */
export function Now({ values, none }: { values: readonly Value[]; none?: string }) {
  const w = words.value.fleet;
  if (values.length === 0) return <>{w.nowHas}: {w.notSaid}</>;
  const text = (v: Value): string => v.text ?? none ?? w.notSaid;
  if (values.length === 1) return <span data-mixed="false">{w.nowHas}: {text(values[0]!)}</span>;
  return <span data-mixed="true">{w.nowHas} <strong>{w.mixed}</strong>: {values.slice(0, 4).map(v => w.ofSo(text(v), v.count)).join(", ")}{values.length > 4 ? ` ${w.more(values.length - 4)}` : ""}</span>;
}

function Choice({ k, options, values }: { k: ConfigKey; options: readonly string[]; values: readonly Value[] }) {
  const w = words.value.fleet;
  return (
    <div class="labelled">
      <label for={`config-${k}`}>{w.settings[k]}</label>
      <select id={`config-${k}`} name={k} value={typed[k].value} onChange={e => { typed[k].value = e.currentTarget.value; }}>
        <option value="">{w.leave}</option>{options.map(o => <option key={o} value={o}>{o}</option>)}
      </select>
      <p class="quiet"><Now values={values} /></p>
    </div>
  );
}
