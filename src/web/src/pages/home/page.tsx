import { useEffect } from "preact/hooks";
import { words } from "../../i18n";
import { link } from "../../live/connection";
import { modules, rooms, sessions, snapshotAt } from "../../live/store";
import { Age } from "../../parts/age";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { Icon } from "../../parts/icon";
import { Said } from "../../parts/said";
import { to } from "../../router";
import { bytes, clock, duration, moment, nowUs, second } from "../../time";
import { Title } from "../title";
import { health, stats, statsAt, watchHub } from "./hub";
import { FirstUser } from "../access/who";
import { reasonOf } from "../../i18n/say";
import { needs, type Need, type NeedKind } from "./needs";

export function HomePage() {
  const w = words.value.home;
  useEffect(watchHub, []);
  const all = needs.value;
  return (
    <div class="stack">
      <Title text={w.title} />
      <FirstUser />
      <section class="stack live" id="needs" aria-label={w.needsTitle} data-count={all.length}>
        {all.length > 0 && <h2 class="need-count">{w.count(all.length)}</h2>}
        <ul class="needs">{all.map(need => <NeedCard key={need.key} need={need} />)}</ul>
        {snapshotAt.value !== null && all.length === 0 && (
          <div class="card all-well" data-state="all-well"><Icon shape="ok" size={28} /><div><h2>{w.wellTitle}<AsOf /></h2><p class="quiet">{w.well}</p></div></div>
        )}
      </section>
      <div class="grid live"><FleetCard /><RoomCards /><ArchiveCard /><HubCard /></div>
    </div>
  );
}

/** Goes on while the hub is heard: what is said is true now. */
function AsOf() {
  second.value;
  return link.value === "live" ? <span class="quiet as-of">{words.value.home.asOf(clock(nowUs()))}</span> : null;
}

/** Whose detail is a reason in words of the hub. */
const REASONED: ReadonlySet<NeedKind> = new Set<NeedKind>(["command", "run_failed", "refused", "hub_error", "broker", "room_link", "room_simulated"]);

function NeedCard({ need }: { need: Need }) {
  const w = words.value.home;
  const { title, means, todo } = w.need(need.detail !== null && REASONED.has(need.kind) ? { ...need, detail: reasonOf(need.detail) } : need);
  return (
    <li class={`card need ${need.tone}`} data-need={need.key} data-kind={need.kind}>
      <Icon shape={need.tone} size={20} />
      <div class="need-text">
        <h3><span class="unseen">{words.value.log.levelNames[need.tone === "bad" ? "error" : "warn"]}: </span>{title}</h3>
        {means && <p>{means}</p>}
        <p class="todo"><strong>{w.todo}</strong> <Said text={todo} /></p>
      </div>
      <div class="need-side">
        {need.since_us !== null && <p class="need-since quiet">{w.since} {moment(need.since_us)}, <Age us={need.since_us} /></p>}
        {need.href && need.act && <a class="button small" href={need.href} aria-label={`${w.acts[need.act]}: ${title}`}>{w.acts[need.act]}</a>}
      </div>
    </li>
  );
}

function FleetCard() {
  const w = words.value;
  const all = [...modules.all.values()].map(m => m.value);
  if (all.length === 0) return null;
  const count = (test: (m: (typeof all)[number]) => boolean): number => all.filter(test).length;
  const last = [...sessions.all.values()].map(s => s.value).sort((a, b) => b.created_us - a.created_us)[0];
  const waiting = all.reduce((sum, m) => sum + (m.queue_bytes ?? 0), 0);
  return (
    <Card title={<a href="#/fleet">{w.shell.places.fleet}</a>}>
      <Facts>
        <Fact name={w.fleet.online}><span class="figures" id="home-online">{count(m => m.presence === "online")} / {all.length}</span></Fact>
        <Fact name={w.home.recording}>{count(m => m.presence === "online" && m.state === "recording")}</Fact>
        {waiting > 0 && <Fact name={w.home.waiting}>{bytes(waiting)}</Fact>}
        {last && <Fact name={w.home.lastSession}>{moment(last.created_us)}, {w.fleet.sessionStates[last.state] ?? last.state}</Fact>}
      </Facts>
    </Card>
  );
}

function RoomCards() {
  const w = words.value;
  return (
    <>
      {[...rooms.all.values()].map(({ value: r }) => (
        <Card key={r.room} title={<a href={to("rooms", r.room)}>{r.title || r.room}</a>}>
          <Facts>
            <Fact name={w.rooms.scene}>{r.run ? `${r.run.scene}: ${r.run.state}` : w.rooms.none}</Fact>
            <Fact name={w.rooms.nodes}>{r.nodes.filter(n => n.presence === "online").length} / {r.nodes.length}</Fact>
          </Facts>
        </Card>
      ))}
    </>
  );
}

/** What is asked for now and then says how old it is. */
const ToldAt = ({ us }: { us: number | null }) => <span class="quiet small"><Age us={us} /></span>;

function ArchiveCard() {
  const w = words.value.home;
  const s = stats.value;
  if (!s) return null;
  return (
    <Card id="home-archive" title={<a href="#/listen">{w.archive}</a>} aside={<ToldAt us={statsAt.value} />}>
      {s.chunks === 0 ? <Empty>{w.archiveEmpty}</Empty> : (
        <Facts>
          <Fact name={w.audio}>{duration(s.covered_us)}</Fact>
          <Fact name={w.size}>{bytes(s.bytes)}</Fact>
          {s.newest_us !== null && <Fact name={w.newest}><Age us={s.newest_us} /></Fact>}
        </Facts>
      )}
    </Card>
  );
}

function HubCard() {
  const w = words.value;
  const h = health.value;
  if (!h) return null;
  const full = h.disk?.full_at_us ?? null;
  return (
    <Card id="home-hub" title={<a href={to("log", "health")}>{w.home.hubCard}</a>} aside={<ToldAt us={h.now_us} />}>
      <Facts>
        <Fact name={w.home.free}>{h.disk?.free_bytes == null ? w.log.health.freeUnknown : bytes(h.disk.free_bytes)}</Fact>
        {full !== null && <Fact name={w.home.full}>{w.log.health.fullIn(duration(Math.max(0, full - nowUs())))}</Fact>}
        <Fact name={w.home.runsFor}>{duration(Math.max(0, nowUs() - h.process.started_us))}</Fact>
      </Facts>
    </Card>
  );
}
