import { useEffect, useState } from "preact/hooks";
import type { AuditRow, AuditView } from "../../api/access";
import { api, getJson, HubError } from "../../api/http";
import { words } from "../../i18n";
import { byOf } from "../../i18n/say";
import { link } from "../../live/connection";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { Download } from "../../parts/download";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { moment } from "../../time";

const FOLLOW_MS = 3_000, TYPED_MS = 300;

/** Who did what, newest first: searched, followed, taken away. Only technicians are answered. */
export function AuditTable() {
  const w = words.value.access.audit;
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  const [follows, setFollows] = useState(true);
  const [rows, setRows] = useState<readonly AuditRow[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const [no, setNo] = useState<string | null>(null);
  const [isOlder, setOlder] = useState(false);
  const address = (more: string): string => `${api("audit")}?limit=100${q ? `&q=${encodeURIComponent(q)}` : ""}${more}`;

  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  useEffect(() => {
    const gone = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async (): Promise<void> => {
      try {
        const view = await getJson<AuditView>(address(""), gone.signal);
        setRows(view.rows);
        setNext(view.next);
        setAt(view.now_us);
        setNo(null);
        setOlder(false);
      } catch (e) {
        if (gone.signal.aborted) return;
        setNo(e instanceof HubError ? e.message : words.value.shell.hubGone);
      }
      // Who reads older rows is not taken back to the newest ones.
      if (follows && !gone.signal.aborted) timer = setTimeout(() => void (document.hidden || link.peek() !== "live" ? (timer = setTimeout(() => void look(), FOLLOW_MS)) : look()), FOLLOW_MS);
    };
    void look();
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [q, follows]);

  const older = async (): Promise<void> => {
    setFollows(false);
    try {
      const view = await getJson<AuditView>(address(`&before=${next}`));
      setRows(old => [...(old ?? []), ...view.rows]);
      setNext(view.next);
      setOlder(true);
    } catch (e) {
      setNo(e instanceof HubError ? e.message : words.value.shell.hubGone);
    }
  };

  const exportTo = (format: string): string => `${api("audit", "export")}?format=${format}${q ? `&q=${encodeURIComponent(q)}` : ""}`;
  return (
    <Card id="audit" kind="lists" title={w.title} aside={<>
      <input type="search" aria-label={w.search} placeholder={w.search} value={typed} maxLength={200} onInput={e => setTyped(e.currentTarget.value)} />
      <Button small name="follow" pressed={follows} onPress={() => setFollows(!follows)}>{w.follow}</Button>
      <Download kind="button small" href={exportTo("csv")}>{w.exportAs} CSV</Download>
      <Download kind="button small" href={exportTo("jsonl")}>JSONL</Download>
    </>}>
      {no !== null && <p class="form-problem" role="alert">{no}</p>}
      {rows !== null && rows.length === 0 && <Empty>{q ? w.noneMatch : w.empty}</Empty>}
      {rows !== null && rows.length > 0 && (
        <Table label={w.title} head={[w.when, w.who, w.action, w.target, w.detail, w.outcome, w.from]}>
          {rows.map(r => (
            <tr key={r.id} data-audit={r.action} data-outcome={r.outcome}>
              <td class="audit-when"><time>{moment(r.ts_us)}</time></td>
              <td>{byOf(r.who)}{r.role && <span class="quiet"> {words.value.access.roles[r.role]}</span>}</td>
              <td title={r.action}>{w.actions[r.action] ?? r.action}</td><td>{r.target}</td><td class="audit-detail">{r.detail}</td>
              <td><State tone={r.outcome === "accepted" ? "ok" : r.outcome === "refused" ? "warn" : "bad"}>{w.outcomes[r.outcome] ?? r.outcome}</State></td>
              <td class="mono">{r.address}</td>
            </tr>
          ))}
        </Table>
      )}
      <p class="row">
        {next !== null && <Button small name="older" onPress={() => void older()}>{w.more}</Button>}
        {at !== null && !isOlder && <span class="quiet small">{w.asOf} {moment(at)}</span>}
      </p>
    </Card>
  );
}
