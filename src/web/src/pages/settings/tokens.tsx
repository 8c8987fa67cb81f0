import { useState } from "preact/hooks";
import type { DeviceView, NewTokenView, TokensView, TokenView } from "../../api/access";
import { api, ask, HubError, postJson } from "../../api/http";
import { words } from "../../i18n";
import { again } from "../../live/again";
import { Age } from "../../parts/age";
import { Button } from "../../parts/button";
import { Card, Empty } from "../../parts/card";
import { State } from "../../parts/state";
import { Table } from "../../parts/table";
import { moment } from "../../time";
import { useAnswer } from "../answer";
import { Once } from "./once";
import { recorderCommand, recorderLines, uuid } from "./recorder-lines";

const kinds = ["device", "client", "operator", "admin", "internal"] as const;

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

export function Tokens() {
  const s = words.value.access.settings;
  const [turn, setTurn] = useState(0);
  const { value, problem } = useAnswer<TokensView>(api("tokens"), `${turn} ${again.value}`);
  const [made, setMade] = useState<(NewTokenView & { called: string }) | null>(null);
  const [no, setNo] = useState<string | null>(null);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<(typeof kinds)[number]>("device");
  const [showsRevoked, setShowsRevoked] = useState(false);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setNo(null);
    try {
      await work();
    } catch (e) {
      setNo(e instanceof HubError ? e.message : words.value.access.noHub);
    }
    setTurn(t => t + 1);
  };
  const add = (): void => void attempt(async () => {
    const typed = name.trim();
    // To the hub a recorder is an id that nobody else has; what people call it stands in its own settings, and comes with its audio.
    if (kind === "device" && !/^[A-Za-z0-9_-]{1,64}$/.test(typed)) return setNo(s.badName(typed));
    setMade({ ...await postJson<NewTokenView>(api("tokens"), { kind, name: kind === "device" && !isUuid(typed) ? uuid() : typed }), called: typed });
    setName("");
  });
  const hub = location.href.split("#")[0]!.replace(/\/$/, "");
  const items = made === null ? [] : made.kind !== "device" ? [{ name: s.secret, text: made.secret }] : [
    { name: s.secret, text: made.secret }, { name: s.lines, text: recorderLines(hub, made.called, made.name, made.secret) }, { name: s.command, text: recorderCommand(hub, made.called, made.name, made.secret) },
  ];
  const devices = new Map((value?.devices ?? []).map(d => [d.id, d]));
  const shown = (value?.tokens ?? []).filter(t => showsRevoked || t.revoked_us === null);
  const revoked = (value?.tokens ?? []).length - (value?.tokens ?? []).filter(t => t.revoked_us === null).length;
  return (
    <Card id="tokens" kind="lists" title={s.tokens}>
      {problem && <Empty>{problem}</Empty>}
      <form class="row form-line" onSubmit={e => { e.preventDefault(); if (name.trim()) add(); }}>
        <label class="field"><span>{s.kind}</span><select id="token-kind" value={kind} onChange={e => setKind(e.currentTarget.value as typeof kind)}>{kinds.map(k => <option key={k} value={k}>{s.kinds[k]}</option>)}</select></label>
        <label class="field grow"><span>{kind === "device" ? s.deviceName : words.value.access.name}</span><input id="token-name" value={name} maxLength={64} spellcheck={false} autocapitalize="none" onInput={e => setName(e.currentTarget.value)} /></label>
        <button type="submit" class="button" data-name="add-token">{kind === "device" ? s.addDevice : s.addOther}</button>
        <span class="quiet small grow">{s.kindMeans[kind]}{kind === "device" && `; ${s.deviceRule}`}</span>
      </form>
      <p class="form-problem" role="alert" id="tokens-said">{no}</p>
      {made && <Once items={items} onClose={() => setMade(null)} />}
      {shown.length > 0 && (
        <Table label={s.tokens} head={[words.value.access.name, s.kind, s.made, s.lastAudio, s.state, s.actions]}>
          {shown.map(t => <TokenRow key={t.id} token={t} device={t.kind === "device" ? devices.get(t.name) : undefined} onRevoke={() => void attempt(async () => { await ask(api("tokens", t.id), { method: "DELETE" }); })} />)}
        </Table>
      )}
      {revoked > 0 && <label class="field"><input type="checkbox" checked={showsRevoked} onChange={e => setShowsRevoked(e.currentTarget.checked)} /><span>{s.revoked}: {revoked}</span></label>}
      {value && value.broker_users.length > 0 && <>
        <h3>{s.brokerUsers}</h3><p class="quiet small">{s.brokerHow}</p>
        <Table label={s.brokerUsers} head={[words.value.access.name, s.role, s.topic]}>{value.broker_users.map(u => <tr key={u.name}><td>{u.name}</td><td>{u.role}</td><td class="mono">{u.topic}</td></tr>)}</Table>
      </>}
    </Card>
  );
}

function TokenRow({ token: t, device, onRevoke }: { token: TokenView; device: DeviceView | undefined; onRevoke: () => void }) {
  const s = words.value.access.settings;
  const [sure, setSure] = useState(false);
  const kind = s.kinds[t.kind] ?? t.kind;
  return (
    <tr data-token={t.name} data-kind={t.kind}>
      <td><strong>{device?.name ?? t.name}</strong>{device?.name && <span class="quiet small block">{t.name}</span>} <span class="quiet mono small">{t.id}</span></td><td>{kind}</td><td>{moment(t.created_us)}</td>
      <td>{t.kind !== "device" ? "" : device?.seen_us ? <Age us={device.seen_us} /> : s.never}</td>
      <td>{t.revoked_us !== null ? <State tone="quiet">{s.revoked}</State> : device && !device.enabled ? <State tone="warn">{s.disabled}</State> : <State tone="ok">{s.valid}</State>}</td>
      <td>{t.revoked_us !== null ? null : sure
        ? <span class="row" role="group" aria-label={s.revokeSure(kind, t.name)}><span>{s.revokeSure(kind, t.name)}</span><Button small kind="danger" name="sure" onPress={() => { setSure(false); onRevoke(); }}>{s.revoke}</Button><Button small name="not-sure" onPress={() => setSure(false)}>{s.no}</Button></span>
        : <Button small name="revoke" label={`${s.revoke}: ${t.name}`} onPress={() => setSure(true)}>{s.revoke}</Button>}</td>
    </tr>
  );
}
