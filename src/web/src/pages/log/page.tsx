import { mayNot, me } from "../../live/me";
import { Empty } from "../../parts/card";
import { words } from "../../i18n";
import { parts, to } from "../../router";
import { Title } from "../title";
import { AuditTable } from "./audit";
import { Events } from "./events";
import { HealthTab } from "./health";

type Tab = "events" | "health" | "audit";
const tabs: readonly Tab[] = ["events", "health", "audit"];

export function LogPage() {
  const w = words.value.log;
  const tab = tabs.find(t => t === parts.value[1]) ?? "events";
  return (
    <div class="stack">
      <Title text={w.title} />
      <nav class="tabs" aria-label={w.title}>
        {tabs.map(t => <a key={t} href={t === "events" ? to("log") : to("log", t)} aria-current={t === tab ? "page" : undefined}>{w.tabs[t]}</a>)}
      </nav>
      {tab === "health" ? <HealthTab /> : tab === "audit" ? <Audit /> : <Events />}
    </div>
  );
}

/** Names of people are technicians' to read. */
function Audit() {
  if (me.value === null) return null;
  const why = mayNot("administer");
  return why === null ? <AuditTable /> : <Empty id="technician-only">{why}</Empty>;
}
