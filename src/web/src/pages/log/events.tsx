import { useEffect, useRef } from "preact/hooks";
import type { LogEvent } from "../../api/types";
import { words } from "../../i18n";
import { link } from "../../live/connection";
import { modules, rooms } from "../../live/store";
import { Button } from "../../parts/button";
import { Download } from "../../parts/download";
import { Empty } from "../../parts/card";
import { State, type Tone } from "../../parts/state";
import { to } from "../../router";
import { dateTime, moment } from "../../time";
import { events, filter, follows, followAgain, next, older, open, problem, saveAddress, state, unseen } from "./book";
import { isEmpty, type Filter } from "./filter";
import { byOf, reasonOf, textOf } from "../../i18n/say";

/** Scrolled further than this, one reads: new events wait. */
const AWAY_PX = 24;

const tones: Record<LogEvent["level"], Tone> = { info: "quiet", warn: "warn", error: "bad" };
const none: Filter = { level: "info", area: "", subject: "", q: "", from: "", to: "" };

export function Events() {
  const w = words.value.log;
  const frame = useRef<HTMLDivElement>(null);
  useEffect(open, []);
  const shown = events.value;
  const top = (): void => {
    frame.current?.scrollTo({ top: 0 });
    followAgain();
  };
  return (
    <section class="stack" aria-label={w.events}>
      <Filters />
      <div class="row">
        <p class="grow quiet" role="status" id="follow" data-follows={follows.value} data-unseen={unseen.value}>{follows.value ? w.following : w.paused}</p>
        {!follows.value && <Button name="fresh" shape="left" kind={unseen.value > 0 ? "primary" : "plain"} small onPress={top}>{unseen.value > 0 ? w.fresh(unseen.value) : w.follow}</Button>}
        <Save format="csv" /><Save format="jsonl" />
      </div>
      {problem.value && <p class="banner warn">{problem.value}</p>}
      <div class="table-frame events-frame live" ref={frame} tabIndex={0} role="region" aria-label={w.events} id="events" data-state={state.value} data-count={shown.length}
        onScroll={e => {
          const away = e.currentTarget.scrollTop > AWAY_PX;
          if (away) follows.value = false;
          else if (!follows.peek() && unseen.peek() === 0) follows.value = true;
        }}>
        <table class="events">
          <thead><tr>{(["time", "level", "area", "subject", "text", "by"] as const).map(c => <th key={c} scope="col">{w.columns[c]}</th>)}</tr></thead>
          <tbody>{shown.map(e => <Row key={e.id} event={e} />)}</tbody>
        </table>
        {shown.length === 0 && <div class="events-foot"><Empty>{state.value === "loading" ? w.loading : next.value === null ? w.none : w.searchedTo}</Empty></div>}
        <div class="events-foot">
          {next.value !== null
            ? <Button name="older" small busy={state.value === "loading"} why={link.value === "live" ? null : words.value.shell.hubGone} onPress={older}>{isEmpty(filter.value) ? w.older : w.searchOn}</Button>
            : shown.length > 0 && <p class="quiet small">{w.noMore}</p>}
        </div>
      </div>
    </section>
  );
}

function Row({ event: e }: { event: LogEvent }) {
  const w = words.value.log;
  return (
    <tr data-event={e.event} data-level={e.level}>
      <td class="when"><time title={dateTime(e.ts_us)}>{moment(e.ts_us)}</time></td>
      <td><State tone={tones[e.level]}>{w.levelNames[e.level] ?? e.level}</State></td>
      <td class="quiet">{w.areas[e.area] ?? e.area}</td>
      <td>{e.subject !== null && <Subject area={e.area} subject={e.subject} />}</td>
      <td class="what">{textOf(e)}{e.reason !== null && !e.text.includes(e.reason) && <span class="quiet block">{reasonOf(e.reason)}</span>}{e.count > 1 && <span class="quiet block">{w.times(e.count)}</span>}</td>
      <td>{e.by && byOf(e.by)}</td>
    </tr>
  );
}

/** To the thing itself where there is one, and the filter for all that happened to it. */
function Subject({ area, subject }: { area: string; subject: string }) {
  const w = words.value.log;
  const href = area === "fleet" && modules.all.has(subject) ? to("fleet", subject) : area === "rooms" && rooms.all.has(subject) ? to("rooms", subject) : null;
  return (
    <span class="subject">
      {href ? <a href={href}>{subject}</a> : subject}
      {filter.value.subject !== subject && <Button kind="bare" small label={w.onlySubject(subject)} onPress={() => { filter.value = { ...filter.peek(), subject }; }}>=</Button>}
    </span>
  );
}

function Save({ format }: { format: "csv" | "jsonl" }) {
  const w = words.value.log;
  const text = w.save(format === "csv" ? "CSV" : "JSON");
  return link.value === "live"
    ? <Download kind="button small" id={`save-${format}`} href={saveAddress(format)}>{text}</Download>
    : <Button small why={words.value.shell.hubGone} onPress={() => {}}>{text}</Button>;
}

function Filters() {
  const w = words.value.log;
  const f = filter.value;
  const set = (change: Partial<Filter>): void => { filter.value = { ...filter.peek(), ...change }; };
  return (
    <fieldset class="card filters" aria-label={w.filters}>
      <label class="field"><span>{w.level}</span>
        <select id="log-level" value={f.level} onChange={e => set({ level: e.currentTarget.value as Filter["level"] })}>{Object.entries(w.levels).map(([k, text]) => <option key={k} value={k}>{text}</option>)}</select>
      </label>
      <label class="field"><span>{w.area}</span>
        <select id="log-area" value={f.area} onChange={e => set({ area: e.currentTarget.value })}><option value="">{w.anyArea}</option>{Object.entries(w.areas).map(([k, text]) => <option key={k} value={k}>{text}</option>)}</select>
      </label>
      <label class="field grow"><span>{w.subject}</span><input id="log-subject" type="search" maxLength={64} value={f.subject} onInput={e => set({ subject: e.currentTarget.value.trim() })} /></label>
      <label class="field grow"><span>{w.text}</span><input id="log-text" type="search" maxLength={200} value={f.q} onInput={e => set({ q: e.currentTarget.value })} /></label>
      <label class="field"><span>{w.from}</span><input id="log-from" type="datetime-local" step={1} value={f.from} onChange={e => set({ from: e.currentTarget.value })} /></label>
      <label class="field"><span>{w.to}</span><input id="log-to" type="datetime-local" step={1} value={f.to} onChange={e => set({ to: e.currentTarget.value })} /></label>
      <Button small why={isEmpty(f) ? w.clearNothing : null} onPress={() => { filter.value = none; }}>{w.clear}</Button>
    </fieldset>
  );
}
