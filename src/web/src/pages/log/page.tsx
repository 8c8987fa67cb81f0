import { words } from "../../i18n";
import { parts, to } from "../../router";
import { Title } from "../title";
import { Events } from "./events";
import { HealthTab } from "./health";

type Tab = "events" | "health";
const tabs: readonly Tab[] = ["events", "health"]; // and "audit", with pages/log/audit.tsx: <AuditTable />

export function LogPage() {
  const w = words.value.log;
  const tab = tabs.find(t => t === parts.value[1]) ?? "events";
  return (
    <div class="stack">
      <Title text={w.title} />
      <nav class="tabs" aria-label={w.title}>
        {tabs.map(t => <a key={t} href={t === "events" ? to("log") : to("log", t)} aria-current={t === tab ? "page" : undefined}>{w.tabs[t]}</a>)}
      </nav>
      {tab === "health" ? <HealthTab /> : <Events />}
    </div>
  );
}
