import { useState } from "preact/hooks";
import { HubError } from "../../api/http";
import { words } from "../../i18n";
import { changePassword, me } from "../../live/me";
import { Card } from "../../parts/card";
import { Icon } from "../../parts/icon";
import { PasswordField } from "../access/login";

/** One's own role and password. */
export function Account() {
  const w = words.value.access;
  const who = me.value;
  if (who === null || who.via === "open" || who.via === "nobody") return null;
  return (
    <Card id="account" title={w.settings.account}>
      <p><strong>{who.user}</strong>, {w.roles[who.role ?? ""]}: <span class="quiet">{w.mayDo[who.role ?? ""]}</span></p>
      {who.via === "session" && <details class="free"><summary>{w.settings.changePassword}</summary><Change /></details>}
    </Card>
  );
}

function Change() {
  const w = words.value.access.settings;
  const [before, setBefore] = useState("");
  const [after, setAfter] = useState("");
  const [said, setSaid] = useState<{ ok: boolean; text: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy) return;
    setBusy(true);
    try {
      await changePassword(before, after);
      setSaid({ ok: true, text: w.passwordChanged });
      setBefore("");
      setAfter("");
    } catch (failed) {
      setSaid({ ok: false, text: failed instanceof HubError ? failed.message : words.value.access.noHub });
    }
    setBusy(false);
  };
  return (
    <form class="form" onSubmit={e => void send(e)} data-state={busy ? "asking" : said === null ? "ready" : said.ok ? "changed" : "refused"}>
      <PasswordField label={w.oldPassword} value={before} onType={setBefore} autocomplete="current-password" />
      <PasswordField label={w.newPassword} value={after} onType={setAfter} autocomplete="new-password" hint={words.value.access.welcome.rule(10)} />
      <p class={said?.ok ? "quiet" : "form-problem"} role="status">{said && <>{!said.ok && <Icon shape="bad" size={14} />} {said.text}</>}</p>
      <button type="submit" class="button" data-name="change-password" aria-busy={busy || undefined}>{w.changePassword}</button>
    </form>
  );
}
