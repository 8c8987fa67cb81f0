import { useEffect, useState } from "preact/hooks";
import type { WelcomeView } from "../../api/access";
import { HubError } from "../../api/http";
import { words } from "../../i18n";
import { lookAtLink, useLink } from "../../live/me";
import { Icon } from "../../parts/icon";
import { dateTime } from "../../time";
import { Said } from "../../parts/said";
import { noOf, PasswordField } from "./login";

/** What a one-time link opens: the first user, an invitation, a new password. */
export function Welcome({ secret }: { secret: string }) {
  const w = words.value.access.welcome;
  const [view, setView] = useState<WelcomeView | null>(null);
  const [no, setNo] = useState<string | null>(null);
  const [isDead, setDead] = useState(false);
  useEffect(() => {
    lookAtLink(secret).then(setView, (e: unknown) => {
      if (e instanceof HubError && e.type === "urn:chorale:dead-link") setDead(true);
      else setNo(says(e));
    });
  }, [secret]);
  if (isDead) return <section class="card door-card" id="welcome" data-state="dead"><h1>{w.dead}</h1><p class="quiet"><Said text={w.deadMeans} /></p><p><a href="#/">{words.value.access.logInTo}</a></p></section>;
  return (
    <section class="card door-card" id="welcome" data-state={view ? view.purpose : "loading"}>
      <h1>{view === null ? "Chorale" : view.purpose === "password" ? w.password(view.name ?? "") : w[view.purpose]}</h1>
      {no !== null && <p class="form-problem" role="alert"><Icon shape="bad" size={14} /> {no}</p>}
      {view && <Form secret={secret} view={view} />}
    </section>
  );
}

const says = (e: unknown): string => { const { text, until } = noOf(e); return until === null ? text : words.peek().access.wait(Math.ceil((until - performance.now()) / 1000)); };

function Form({ secret, view }: { secret: string; view: WelcomeView }) {
  const a = words.value.access;
  const w = a.welcome;
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [no, setNo] = useState("");
  const send = async (e: Event): Promise<void> => {
    e.preventDefault();
    if (busy) return;
    const problem = view.purpose !== "password" && name.trim() === "" ? w.nameNeeded : password.length < view.password_chars_min ? w.short(view.password_chars_min) : password !== again ? w.differs : "";
    setNo(problem);
    if (problem) return;
    setBusy(true);
    try {
      await useLink(secret, name.trim(), password);
      history.replaceState(null, "", "#/"); // it is used up: nobody needs to see it in the address
      window.dispatchEvent(new HashChangeEvent("hashchange"));
    } catch (failed) {
      setNo(says(failed));
      setBusy(false);
    }
  };
  return (
    <form class="form" data-state={busy ? "asking" : no ? "refused" : "ready"} onSubmit={e => void send(e)} noValidate>
      <p class="quiet">{w.role(a.roles[view.role] ?? view.role)}: {a.mayDo[view.role]}.</p>
      {view.purpose === "password"
        ? <input class="unseen" type="text" autocomplete="username" value={view.name ?? ""} readOnly tabIndex={-1} aria-hidden="true" />
        : <label><span>{a.name}</span><input name="username" autocomplete="username" autocapitalize="none" spellcheck={false} required maxLength={64} value={name} onInput={e => setName(e.currentTarget.value)} /></label>}
      <PasswordField label={a.password} value={password} onType={setPassword} autocomplete="new-password" hint={w.rule(view.password_chars_min)} />
      <PasswordField label={w.again} value={again} onType={setAgain} autocomplete="new-password" />
      <p class="form-problem" role="alert">{no && <><Icon shape="bad" size={14} /> {no}</>}</p>
      <button type="submit" class="button primary" data-name="use-link" aria-busy={busy || undefined}>{busy ? a.loggingIn : view.purpose === "password" ? w.set : w.make}</button>
      <p class="quiet small">{w.until(dateTime(view.expires_us))}</p>
    </form>
  );
}
