import { mayLook } from "../../live/me";
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/http";
import type { HealthView, StorageView } from "../../api/types";
import { locale, words } from "../../i18n";
import { Age } from "../../parts/age";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { bytes, clock, dateTime, duration, moment } from "../../time";
import { useAnswer } from "../answer";
import { Cues } from "./cues";

const POLL_MS = 2_000;

export function HealthTab() {
  const w = words.value.log.health;
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden && mayLook.peek()) setTurn(t => t + 1); }, POLL_MS);
    return () => clearInterval(timer);
  }, []);
  const { value: h, problem } = useAnswer<HealthView>(api("health"), turn);
  if (!h) return <Empty>{problem ?? words.value.log.loading}</Empty>;
  return (
    <section class="stack live" id="health" data-status={h.status} aria-label={words.value.log.tabs.health}>
      <p class="row">
        <State tone={h.status === "ok" ? "ok" : "bad"}>{h.status === "ok" ? w.hubOk : w.hubDegraded}</State>
        <span class="quiet">{w.asOf} <time>{clock(h.now_us)}</time></span>{problem && <span class="quiet">{problem}</span>}
      </p>
      <div class="grid health-grid"><Links h={h} /><Disk disk={h.disk ?? null} isWritable={h.storage_writable} /><Queues h={h} /><Process h={h} /></div>
      <Databases h={h} />
      {h.cues.map(c => <Cues key={c.room} cues={c} />)}
    </section>
  );
}

const number = (value: number): string => value.toLocaleString(locale.value);
const ms = (value: number | null): string => (value === null ? "" : duration(value * 1000));

function Links({ h }: { h: HealthView }) {
  const w = words.value.log.health;
  const b = h.broker;
  return (
    <Card title={w.links}>
      <Facts>
        <Fact name={w.broker}>{b.address === null ? w.noBroker : <><State tone={b.connected ? "ok" : "bad"}>{b.connected ? w.connected : w.lost}</State> <span class="mono">{b.address}</span></>}</Fact>
        {b.lost_us !== null && <Fact name={w.since}><time title={dateTime(b.lost_us)}>{moment(b.lost_us)}</time></Fact>}
        {b.problem && b.address !== null && <Fact name={w.lost}>{b.problem}</Fact>}
        <Fact name={w.messagesIn}>{number(b.received)}</Fact>
        <Fact name={w.messagesOut}>{number(b.published)}</Fact>
        <Fact name={w.dropped}>{number(b.dropped)}</Fact>
        <Fact name={w.reconnects}>{number(b.reconnects)}</Fact>
        <Fact name={w.listeners}>{number(h.queues.live_listeners)}</Fact>
        {h.players.map(p => <Fact key={p.room} name={`${w.players}: ${p.room}`}>{words.value.rooms.playerStates[p.state] ?? p.state}{p.problem ? `: ${p.problem}` : ""}</Fact>)}
        {h.certificate_ends_us !== null && <Fact name={w.certificate}>{dateTime(h.certificate_ends_us)}</Fact>}
      </Facts>
    </Card>
  );
}

function Disk({ disk: d, isWritable }: { disk: StorageView | null; isWritable: boolean }) {
  const w = words.value.log.health;
  return (
    <Card title={w.disk} aside={<State tone={isWritable ? "ok" : "bad"}>{w.writable}: {isWritable ? w.yes : w.no}</State>}>
      {!d ? <Empty>{w.unknown}</Empty> : (
        <>
          {d.free_bytes !== null && d.total_bytes !== null && <Bar free={d.free_bytes} total={d.total_bytes} held={d.held_bytes} />}
          <Facts>
            <Fact name={w.free}>{d.free_bytes === null ? w.freeUnknown : bytes(d.free_bytes)}{d.total_bytes !== null && ` ${w.of(bytes(d.total_bytes))}`}</Fact>
            <Fact name={w.held}>{bytes(d.held_bytes)}</Fact>
            <Fact name={w.perDay}>{d.bytes_per_day === null ? w.tooLittle : <>{bytes(d.bytes_per_day)} <span class="quiet">{w.basis(duration((d.basis_days ?? 0) * 86_400e6))}</span></>}</Fact>
            <Fact name={w.full}>{d.full_at_us !== null ? <><strong>{w.fullIn(duration(Math.max(0, d.full_at_us - d.now_us)))}</strong> <span class="quiet">{moment(d.full_at_us)}</span></> : d.bytes_per_day === null || d.free_bytes === null ? w.unknown : w.never}</Fact>
            {d.reach_us !== null && <Fact name={w.reach}>{d.reach_us <= d.now_us ? w.reachNow : w.fullIn(duration(d.reach_us - d.now_us))}</Fact>}
            <Fact name={w.floor}>{bytes(d.floor_bytes)}</Fact>
          </Facts>
        </>
      )}
    </Card>
  );
}

function Bar({ free, total, held }: { free: number; total: number; held: number }) {
  const w = words.value.log.health;
  const part = (b: number): number => Math.max(0, Math.min(100, (b / Math.max(1, total)) * 100));
  return (
    <svg class="disk-bar" viewBox="0 0 100 4" preserveAspectRatio="none" role="img" aria-label={w.diskBar(bytes(free), bytes(total))}>
      <rect class="disk-free" width="100" height="4" /><rect class="disk-other" width={part(total - free)} height="4" /><rect class="disk-held" width={Math.min(part(held), part(total - free))} height="4" />
    </svg>
  );
}

function Queues({ h }: { h: HealthView }) {
  const w = words.value.log.health;
  const q = h.queues;
  return (
    <Card title={w.queues}>
      <Facts>
        <Fact name={w.ingest}>{number(q.ingest_under_way)}</Fact>
        <Fact name={w.backlog}>{q.backlog_recorders === 0 ? w.noBacklog : `${w.chunks(q.backlog_chunks)}, ${bytes(q.backlog_bytes)}, ${w.recorders(q.backlog_recorders)}`}</Fact>
        {q.backlog_oldest_us !== null && <Fact name={w.backlogOldest}><Age us={q.backlog_oldest_us} /></Fact>}
        <Fact name={w.quarantined}>{w.chunks(q.quarantined_chunks)}</Fact>
        <Fact name={w.book}>{number(h.book.waiting)}{h.book.problem ? `: ${h.book.problem}` : ""}</Fact>
      </Facts>
    </Card>
  );
}

function Process({ h }: { h: HealthView }) {
  const w = words.value.log.health;
  const p = h.process;
  return (
    <Card title={w.process}>
      <Facts>
        <Fact name={w.version}>{p.version}</Fact>
        <Fact name={w.uptime}>{duration(Math.max(0, h.now_us - p.started_us))}</Fact>
        <Fact name={w.memory}>{bytes(p.rss_bytes)}</Fact>
        <Fact name={w.heap}>{bytes(p.heap_bytes)}</Fact>
        <Fact name={w.cpu}>{p.cpu_percent.toLocaleString(locale.value, { maximumFractionDigits: 0 })} %</Fact>
        <Fact name={w.threads}>{number(p.threads)}</Fact>
        <Fact name={w.gc}>{w.gcText(p.gc_count, ms(p.gc_pause_total_ms), ms(p.gc_pause_last_ms))}</Fact>
      </Facts>
    </Card>
  );
}

function Databases({ h }: { h: HealthView }) {
  const w = words.value.log.health;
  return (
    <Card title={w.database}>
      <Table label={w.database} head={[w.file, w.size, w.wal, w.integrity, w.writes, w.writeP50, w.writeP99]}>
        {h.database.map(d => (
          <tr key={d.name} data-database={d.name}>
            <td class="mono">{d.name}</td><td>{bytes(d.bytes)}</td><td>{bytes(d.wal_bytes)}</td>
            <td>{d.problem ? <State tone="bad">{d.problem}</State> : d.integrity === null ? <span class="quiet">{w.notChecked}</span>
              : <State tone={d.integrity === "ok" ? "ok" : "bad"} {...(d.checked_us === null ? {} : { title: `${w.checked} ${dateTime(d.checked_us)}` })}>{d.integrity === "ok" ? w.integrityOk : d.integrity}</State>}</td>
            <td>{d.writes === null ? "" : number(d.writes)}</td><td>{ms(d.write_p50_ms)}</td><td>{ms(d.write_p99_ms)}</td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
