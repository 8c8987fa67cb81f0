import { useState } from "preact/hooks";
import type { LinkView, NewLinkView, RoleName, UsersView, UserView } from "../../api/access";
import { api, ask, HubError, postJson, sendJson } from "../../api/http";
import { words } from "../../i18n";
import { byOf } from "../../i18n/say";
import { again as askAgain } from "../../live/again";
import { me } from "../../live/me";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { moment } from "../../time";
import { useAnswer } from "../answer";
import { Once } from "./once";

const roles: readonly RoleName[] = ["viewer", "operator", "technician"];

/** An address of this hub with a path behind it. */
const absolute = (path: string): string => new URL("." + path, location.href.split("#")[0]).toString();

export function Users() {
  const w = words.value.access;
  const s = w.settings;
  const [turn, setTurn] = useState(0);
  const { value, problem } = useAnswer<UsersView>(api("users"), `${turn} ${askAgain.value}`);
  const [said, setSaid] = useState<{ ok: boolean; text: string } | null>(null);
  const [link, setLink] = useState<string | null>(null);
  const [role, setRole] = useState<RoleName>("operator");
  const again = (): void => setTurn(t => t + 1);
  const attempt = async (work: () => Promise<string | null>): Promise<void> => {
    setSaid(null);
    try {
      const text = await work();
      if (text !== null) setSaid({ ok: true, text });
    } catch (e) {
      setSaid({ ok: false, text: e instanceof HubError ? e.message : w.noHub });
    }
    again();
  };
  const change = (user: UserView, to: { role?: RoleName; enabled?: boolean }): void => void attempt(async () => {
    try {
      const now = await sendJson<UserView>("PATCH", api("users", user.id), { ...to, version: user.version });
      return s.changed(now.name);
    } catch (e) {
      // The form was older than the user: both are said, and the table shows what is.
      const now = e instanceof HubError && e.type === "urn:chorale:stale-version" ? (e.body as { current: UserView }).current : null;
      if (now) throw new HubError(s.staleUser(now.name, stateOf(user), stateOf(now)), 409);
      throw e;
    }
  });
  const stateOf = (u: UserView): string => `${w.roles[u.role]}, ${u.enabled ? s.enabled : s.disabled}`;
  const makeLink = (body: object): void => void attempt(async () => {
    setLink(absolute((await postJson<NewLinkView>(api("users", "links"), body)).path));
    return null;
  });
  return (
    <Card id="users" kind="lists" title={s.users}>
      {problem && <Empty>{problem}</Empty>}
      <p class={said?.ok === false ? "form-problem" : "quiet settings-note"} role="status" id="users-said" data-state={said === null ? "none" : said.ok ? "done" : "refused"}>{said?.text}</p>
      {value && value.users.length === 0 && <Empty>{s.noUsers}</Empty>}
      {value && value.users.length > 0 && (
        <Table label={s.users} head={[w.name, s.role, s.state, s.seen, s.logins, s.actions]}>
          {value.users.map(u => <UserRow key={u.id} user={u} onChange={change} onLink={() => makeLink({ user_id: u.id })} />)}
        </Table>
      )}
      <form class="row form-line" onSubmit={e => { e.preventDefault(); makeLink({ role }); }}>
        <label class="field"><span>{s.inviteAs}</span><select id="invite-role" value={role} onChange={e => setRole(e.currentTarget.value as RoleName)}>{roles.map(r => <option key={r} value={r}>{w.roles[r]}</option>)}</select></label>
        <button type="submit" class="button" data-name="invite">{s.invite}</button>
        <span class="quiet small grow">{w.mayDo[role]}. {s.inviteHow}</span>
      </form>
      {link !== null && <Once items={[{ name: s.link, text: link }]} onClose={() => setLink(null)} />}
      {value && value.links.length > 0 && <Waiting links={value.links} onEnd={id => void attempt(async () => { await ask(api("users", "links", id), { method: "DELETE" }); return null; })} />}
    </Card>
  );
}

function UserRow({ user: u, onChange, onLink }: { user: UserView; onChange: (user: UserView, to: { role?: RoleName; enabled?: boolean }) => void; onLink: () => void }) {
  const w = words.value.access;
  const s = w.settings;
  const [sure, setSure] = useState(false);
  return (
    <tr data-user={u.name} data-version={u.version}>
      <td><strong>{u.name}</strong> {me.value?.user === u.name && <span class="quiet">({s.isYou})</span>}</td>
      <td><select aria-label={`${u.name}: ${s.role}`} value={u.role} onChange={e => { const to = e.currentTarget.value as RoleName; e.currentTarget.value = u.role; onChange(u, { role: to }); }}>{roles.map(r => <option key={r} value={r}>{w.roles[r]}</option>)}</select></td>
      <td><State tone={u.enabled ? "ok" : "quiet"}>{u.enabled ? s.enabled : s.disabled}</State></td>
      <td>{u.seen_us === null ? s.never : <Age us={u.seen_us} />}</td>
      <td class="figures">{u.logins}</td>
      <td>{sure
        ? <span class="row" role="group" aria-label={s.disableSure(u.name, u.logins)}><span>{s.disableSure(u.name, u.logins)}</span><Button small name="sure" onPress={() => { setSure(false); onChange(u, { enabled: false }); }}>{s.yes}</Button><Button small name="not-sure" onPress={() => setSure(false)}>{s.no}</Button></span>
        : <span class="buttons"><Button small name="new-link" why={u.enabled ? null : s.disabled} onPress={onLink}>{s.newLink}</Button>
          {u.enabled ? <Button small name="disable" onPress={() => setSure(true)}>{s.disable}</Button> : <Button small name="enable" onPress={() => onChange(u, { enabled: true })}>{s.enable}</Button>}</span>}</td>
    </tr>
  );
}

function Waiting({ links, onEnd }: { links: readonly LinkView[]; onEnd: (id: string) => void }) {
  const w = words.value.access;
  const s = w.settings;
  return (
    <>
      <h3>{s.waiting}</h3>
      <Table label={s.waiting} head={[s.kind, s.role, s.by, s.until, s.actions]}>
        {links.map(l => (
          <tr key={l.id} data-link-id={l.id}>
            <td>{s.waitingFor[l.purpose] ?? l.purpose}{l.user !== null && `: ${l.user}`}</td><td>{w.roles[l.role]}</td><td>{byOf(l.made_by)}</td><td>{moment(l.expires_us)}</td>
            <td><Button small name="end-link" label={`${s.removeLink}: ${l.id}`} onPress={() => onEnd(l.id)}>{s.removeLink}</Button></td>
          </tr>
        ))}
      </Table>
    </>
  );
}
