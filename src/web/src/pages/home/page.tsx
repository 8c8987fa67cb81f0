import { useEffect } from "preact/hooks";
import { words } from "../../i18n";
import { modules, rooms, sessions, snapshotAt } from "../../live/store";
import { Age } from "../../parts/age";
import { Card, Empty, Fact, Facts } from "../../parts/card";
import { Icon } from "../../parts/icon";
import { bytes, duration, moment } from "../../time";
import { Title } from "../title";
import { FirstUser } from "../access/who";
import { needs, type Need } from "./needs";
import { stats, watchStats } from "./stats";

export function HomePage() {
  const w = words.value.home;
  useEffect(watchStats, []);
  const all = needs.value;
  return (
    <div class="stack">
      <Title text={w.title} />
      <FirstUser />
      <section class="stack live" id="needs" aria-label={w.needsTitle} data-count={all.length}>
        {all.map(need => <NeedCard key={need.key} need={need} />)}
        {snapshotAt.value !== null && all.length === 0 && (
          <div class="card all-well" data-state="all-well"><Icon shape="ok" size={28} /><div><h2>{w.wellTitle}</h2><p class="quiet">{w.well}</p></div></div>
        )}
      </section>
      <div class="grid live"><FleetCard /><RoomCards /><ArchiveCard /></div>
    </div>
  );
}

function NeedCard({ need }: { need: Need }) {
  const w = words.value.home;
  const { title, means, todo } = w.need(need.kind, need.who, need.detail);
  return (
    <article class={`card need ${need.tone}`} data-need={need.key}>
      <Icon shape={need.tone} size={20} />
      <div class="need-text">
        <h2>{need.href ? <a href={need.href}>{title}</a> : title}</h2>
        <p>{means}</p>
        <p class="todo"><strong>{w.todo}</strong> {todo}</p>
      </div>
      {need.since_us !== null && <p class="need-since quiet">{w.since} <Age us={need.since_us} /></p>}
    </article>
  );
}

function FleetCard() {
  const w = words.value;
  const all = [...modules.all.values()].map(m => m.value);
  if (all.length === 0) return null;
  const count = (test: (m: (typeof all)[number]) => boolean): number => all.filter(test).length;
  const last = [...sessions.all.values()].map(s => s.value).sort((a, b) => b.created_us - a.created_us)[0];
  return (
    <Card title={<a href="#/fleet">{w.shell.places.fleet}</a>}>
      <Facts>
        <Fact name={w.fleet.online}>{count(m => m.presence === "online")} / {all.length}</Fact>
        <Fact name={w.fleet.recording}>{count(m => m.presence === "online" && m.state === "recording")}</Fact>
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
        <Card key={r.room} title={<a href={"#/rooms/" + encodeURIComponent(r.room)}>{r.title || r.room}</a>}>
          <Facts>
            <Fact name={w.rooms.scene}>{r.run ? `${r.run.scene}: ${r.run.state}` : w.rooms.none}</Fact>
            <Fact name={w.rooms.nodes}>{r.nodes.filter(n => n.presence === "online").length} / {r.nodes.length}</Fact>
          </Facts>
        </Card>
      ))}
    </>
  );
}

function ArchiveCard() {
  const w = words.value.home;
  const s = stats.value;
  if (!s) return null;
  return (
    <Card title={<a href="#/listen">{w.archive}</a>}>
      {s.chunks === 0 ? <Empty>{w.archiveEmpty}</Empty> : (
        <Facts>
          <Fact name={w.audio}>{duration(s.covered_us)}</Fact>
          <Fact name={w.size}>{bytes(s.bytes)}</Fact>
          {s.free_bytes !== null && <Fact name={w.free}>{bytes(s.free_bytes)}</Fact>}
          {s.newest_us !== null && <Fact name={w.newest}><Age us={s.newest_us} /></Fact>}
        </Facts>
      )}
    </Card>
  );
}
