import { useState } from "preact/hooks";
import { HubError } from "../../api/http";
import { language, speak, words } from "../../i18n";
import { logIn, mayLook, me } from "../../live/me";
import { link } from "../../live/connection";
import { snapshotAt } from "../../live/store";
import { Dialog } from "../../parts/dialog";
import { Icon } from "../../parts/icon";
import { Said } from "../../parts/said";
import { parts } from "../../router";
import { second } from "../../time";
import { Welcome } from "./welcome";

/** A no from the hub, in the words of this page where it has some. */
export function noOf(e: unknown): { text: string; until: number | null } {
  const w = words.peek().access;
  if (!(e instanceof HubError)) return { text: w.noHub, until: null };
  const wait = (e.body as Record<string, unknown> | null)?.["retry_after_s"];
  if (e.status === 429 && typeof wait === "number") return { text: "", until: performance.now() + wait * 1000 };
  return { text: e.type === "urn:chorale:wrong-login" ? w.wrong : e.message, until: null };
}

/** The page for who is not in: the login, or what a one-time link is for. */
export function Door() {
  const w = words.value;
  const secret = parts.value[0] === "welcome" ? parts.value[1] : undefined;
  return (
    <>
      <header class="head">
        <a class="brand" href="#/"><img src="icon.svg" alt="" width="26" height="26" />Chorale</a>
        <div class="links" />
        <div class="settings">
          <button type="button" class="button bare small" onClick={() => void speak(language.value === "en" ? "ru" : "en")} lang={language.value === "en" ? "ru" : "en"}>
            <span aria-hidden="true">{language.value === "en" ? "RU" : "EN"}</span><span class="unseen">{w.shell.otherLanguage}</span>
          </button>
        </div>
      </header>
      <main class="body door" data-state={me.value === null ? "loading" : "ready"} data-link={link.value}>
        {secret !== undefined ? <Welcome key={secret} secret={secret} /> : me.value !== null && (
          <section class="card door-card" id="login">
            <h1>{w.access.logInTo}</h1>
            {me.value?.first_start ? <><p>{w.access.firstTitle}.</p><p class="quiet"><Said text={w.access.firstHow} /></p></> : <><p class="quiet">{w.access.logInHow}</p><LoginForm /></>}
          </section>
        )}
      </main>
    </>
  );
}

/** The login ended while the page was open: what was typed stays behind it. */
export function LoginAgain() {
  const isNeeded = !mayLook.value && snapshotAt.value !== null;
  const w = words.value.access;
  return <Dialog id="login-again" isOpen={isNeeded} title={w.ended}><p class="quiet">{w.endedMeans}</p><LoginForm /></Dialog>;
}

function LoginForm() {
  const w = words.value.access;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [no, setNo] = useState<{ text: string; until: number | null } | null>(null);
  second.value; // a wait counts down
  const left = no?.until ? Math.ceil((no.until - performance.now()) / 1000) : 0;
  const problem = no === null ? "" : no.until === null ? no.text : left > 0 ? w.wait(left) : "";
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy || left > 0) return;
    setBusy(true);
    setNo(null);
    try {
      await logIn(name, password);
    } catch (failed) {
      setNo(noOf(failed));
      setPassword("");
    }
    setBusy(false);
  };
  return (
    <form class="form" data-state={busy ? "asking" : problem ? "refused" : "ready"} onSubmit={e => void send(e)}>
      <label><span>{w.name}</span><input name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required value={name} maxLength={64} onInput={e => setName(e.currentTarget.value)} /></label>
      <PasswordField label={w.password} value={password} onType={setPassword} autocomplete="current-password" />
      <p class="form-problem" role="alert">{problem && <><Icon shape="bad" size={14} /> {problem}</>}</p>
      <button type="submit" class="button primary" data-name="log-in" aria-busy={busy || undefined} aria-disabled={left > 0 || undefined}>{busy ? w.loggingIn : w.logIn}</button>
      <p class="quiet small"><Said text={w.lost} /></p>
    </form>
  );
}

/** A password, which may be looked at while it is typed. */
export function PasswordField({ label, value, onType, autocomplete, hint }: { label: string; value: string; onType: (text: string) => void; autocomplete: "current-password" | "new-password"; hint?: string }) {
  const [isShown, setShown] = useState(false);
  return (
    <label><span>{label}</span>
      <span class="row"><input class="grow" type={isShown ? "text" : "password"} required value={value} maxLength={128} autocomplete={autocomplete} spellcheck={false} onInput={e => onType(e.currentTarget.value)} />
        <button type="button" class="button bare small" aria-pressed={isShown} aria-label={words.value.access.showPassword} title={words.value.access.showPassword} onClick={() => setShown(!isShown)}><Icon shape="eye" /></button></span>
      {hint && <span class="quiet small">{hint}</span>}
    </label>
  );
}
