import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { api, getJson } from "../../api/http";
import type { RoomLogEvent } from "../../api/types";
import { words } from "../../i18n";
import { linesOf, snapshotAt, takeLines } from "../../live/store";
import { Button } from "../../parts/button";
import { Empty } from "../../parts/card";
import { clock, dateTime } from "../../time";

const filter = signal("");
const follow = signal(true);
const from = signal("all");

const rank: Record<string, number> = { debug: 0, info: 1, information: 1, warning: 2, error: 3, critical: 3 };

/** The room's story as it happens. What happened before this page was opened is in the past runs. */
export function RoomLog({ room }: { room: string }) {
  const w = words.value.rooms;
  const frame = useRef<HTMLDivElement>(null);
  const live = snapshotAt.value;
  useEffect(() => {
    getJson<{ lines: RoomLogEvent[] }>(api("rooms", room, "log")).then(told => takeLines(room, told.lines), () => {}); // what comes from now on is shown anyway
  }, [room, live]);
  const wanted = filter.value.toLowerCase();
  const least = rank[from.value] ?? 0;
  const lines = linesOf(room).value.filter(l => (rank[l.level.toLowerCase()] ?? 1) >= least && (wanted === "" || `${l.logger} ${l.text}`.toLowerCase().includes(wanted)));
  useLayoutEffect(() => {
    if (follow.value && frame.current) frame.current.scrollTop = frame.current.scrollHeight;
  }, [lines.length, lines.at(-1)?.n, follow.value]);
  const save = (): void => {
    const text = lines.map(l => `${new Date(l.ts_us / 1000).toISOString()} ${l.level} ${l.logger} ${l.text}`).join("\n") + "\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = `${room}.log`;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return (
    <section class="stack" aria-label={w.tabs.log}>
      <div class="row">
        <input type="search" placeholder={w.filterLog} aria-label={w.filterLog} value={filter.value} onInput={e => { filter.value = e.currentTarget.value; }} />
        <select aria-label={w.level} value={from.value} onChange={e => { from.value = e.currentTarget.value; }}>
          <option value="all">{w.levels.all}</option><option value="warning">{w.levels.warning}</option><option value="error">{w.levels.error}</option>
        </select>
        <Button pressed={follow.value} onPress={() => { follow.value = !follow.value; }}>{w.follow}</Button>
        <Button why={lines.length === 0 ? w.noLines : null} onPress={save}>{w.save}</Button>
      </div>
      <div class="log live" id="room-log" ref={frame} tabIndex={0} role="log" aria-label={w.tabs.log} data-lines={lines.length}
        onWheel={e => { if (e.deltaY < 0) follow.value = false; }}>
        {lines.length === 0 && <Empty>{w.noLines}</Empty>}
        {lines.map(l => (
          <p key={l.n} class={`line ${l.level.toLowerCase()}`}><time title={dateTime(l.ts_us)}>{clock(l.ts_us)}</time> {(rank[l.level.toLowerCase()] ?? 1) > 1 && <span class="line-level">{w.lineLevels[l.level.toLowerCase()] ?? l.level}</span>} <span class="quiet">{l.logger}</span> {l.text}</p>
        ))}
      </div>
    </section>
  );
}
