import { computed, effect } from "@preact/signals";
import type { FunctionComponent } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { speak, language, words } from "./i18n";
import { broker, hasRooms, sessions, snapshotAt } from "./live/store";
import { heardAt, link, linkProblem } from "./live/connection";
import { mayLook, me } from "./live/me";
import { FleetPage } from "./pages/fleet/page";
import { HomePage } from "./pages/home/page";
import { needs } from "./pages/home/needs";
import { LiveBar } from "./pages/live/bar";
import { ListenPage } from "./pages/listen/page";
import { Player } from "./pages/listen/player";
import { JobsLink } from "./pages/jobs/link";
import { JobsPage } from "./pages/jobs/page";
import { LogPage } from "./pages/log/page";
import { Door, LoginAgain } from "./pages/access/login";
import { Who } from "./pages/access/who";
import { RoomsPage } from "./pages/rooms/page";
import { StopButton } from "./pages/rooms/stop";
import { Empty } from "./parts/card";
import { Icon, type Shape } from "./parts/icon";
import { State } from "./parts/state";
import { later } from "./later";
import { parts, to } from "./router";
import { clock, duration, nowUs, second } from "./time";

type Place = "home" | "fleet" | "listen" | "recordings" | "rooms" | "log" | "jobs" | "settings" | "parts";
const shapes: Record<Place, Shape> = { home: "home", fleet: "fleet", listen: "listen", recordings: "recordings", rooms: "rooms", log: "log", jobs: "link", settings: "settings", parts: "log" };
const known: readonly Place[] = ["home", "fleet", "listen", "recordings", "rooms", "log", "jobs", "settings", "parts"];

const place = computed<Place>(() => known.find(p => p === parts.value[0]) ?? "home");
/** What does not exist here is not in the way. */
const places = computed<Place[]>(() => ["home", "fleet", "listen", ...(hasRecordings.value ? ["recordings" as const] : []), ...(hasRooms.value ? ["rooms" as const] : []), "log", "jobs", "settings"]);

export function Shell() {
  const w = words.value;
  const isStranger = !mayLook.value;
  // Nothing is asked for before it is known who asks, unless the hub is gone: then the page says that.
  const isUnknown = me.value === null && link.value === "connecting";
  if (parts.value[0] === "welcome" || (snapshotAt.value === null && (isStranger || isUnknown))) return <Door />;
  return (
    <>
      <LoginAgain />
      <a class="skip" href={"#/" + parts.value.map(encodeURIComponent).join("/")} onClick={e => { e.preventDefault(); document.querySelector<HTMLElement>("main h1")?.focus(); }}>{w.shell.skip}</a>
      <header class="head">
        <a class="brand" href="#/"><img src="icon.svg" alt="" width="26" height="26" />Chorale</a>
        <Links />
        <StopButton />
        <div class="settings">
          <JobsLink />
          <Who />
          <button type="button" class="button bare small" onClick={() => void speak(language.value === "en" ? "ru" : "en")} lang={language.value === "en" ? "ru" : "en"}>
            <span aria-hidden="true">{language.value === "en" ? "RU" : "EN"}</span><span class="unseen">{w.shell.otherLanguage}</span>
          </button>
        </div>
      </header>
      <nav class="rail" aria-label={w.shell.pages}>
        {places.value.map(p => (
          <a key={p} href={p === "home" ? "#/" : to(p)} aria-current={place.value === p ? "page" : undefined} ref={place.value === p ? bringIntoView : null}>
            <Icon shape={shapes[p]} />{w.shell.places[p]}{p === "home" && <NeedCount />}
          </a>
        ))}
      </nav>
      <div class={isStranger ? "body locked" : "body"}>
        <Banners />
        <main class={link.value === "live" ? "" : "stale"} data-link={link.value} data-state={snapshotAt.value === null ? "loading" : "ready"}>
          <Page />
        </main>
      </div>
      <Player />
      <LiveBar />
    </>
  );
}

/** On a phone the rail is longer than the screen; where it is not, nothing is measured for it. */
function bringIntoView(link: HTMLAnchorElement | null): void {
  if (!matchMedia("(min-width: 60rem)").matches) link?.scrollIntoView({ block: "nearest", inline: "center" });
}

const READY_MS = 3_000;
const hasRecordings = computed(() => sessions.all.size > 0);

const LATER = {
  recordings: () => import("./pages/recordings/page").then(m => m.RecordingsPage),
  settings: () => import("./pages/settings/page").then(m => m.SettingsPage),
  parts: () => import("./pages/parts").then(m => m.PartsPage),
};

/** Once there are recordings it is got ready: whoever looks at them while the hub is gone sees what was known. */
effect(() => { if (link.value === "live" && hasRecordings.value) setTimeout(() => void LATER.recordings().catch(() => {}), READY_MS); });

/** What few look at, and nobody first: the others do not wait for it. */
function Later({ of }: { of: keyof typeof LATER }) {
  const [found, setFound] = useState<{ of: string; Page: FunctionComponent } | null>(null);
  const [isGone, setGone] = useState(false);
  const isLive = link.value === "live";
  useEffect(() => {
    if (found?.of === of) return;
    let isOld = false;
    setGone(false);
    later<FunctionComponent>(LATER[of]).then(Page => { if (!isOld) setFound({ of, Page }); }, () => { if (!isOld) setGone(true); });
    return () => { isOld = true; };
  }, [of, isLive]); // tried again when the hub is back
  if (found?.of === of) return <found.Page />;
  return isGone ? <Empty>{isLive ? words.value.shell.partGone : words.value.shell.hubGone}</Empty> : null;
}

function Page() {
  switch (place.value) {
    case "fleet": return <FleetPage />;
    case "listen": return <ListenPage />;
    case "rooms": return <RoomsPage />;
    case "log": return <LogPage />;
    case "jobs": return <JobsPage />;
    case "recordings":
    case "settings":
    case "parts": return <Later of={place.value} />;
    default: return <HomePage />;
  }
}

/** As many as Home shows; red as soon as one of them is. */
function NeedCount() {
  const all = needs.value;
  if (all.length === 0) return null;
  return <span class={all.some(n => n.tone === "bad") ? "count" : "count warn"} id="need-count" aria-label={words.value.home.count(all.length)}>{all.length}</span>;
}

/** The two links that everything here hangs on. */
function Links() {
  const w = words.value.shell;
  const hub = link.value;
  const b = broker.value;
  return (
    <div class="links" aria-label={w.links}>
      <State tone={hub === "live" ? "ok" : hub === "connecting" ? "pending" : "bad"} title={w.hubLink[hub]}>{w.hub}</State>
      {b?.address && <State tone={hub !== "live" ? "unknown" : b.connected ? "ok" : "bad"} title={b.connected ? b.address : b.problem ?? w.brokerGone}>{w.broker}</State>}
    </div>
  );
}

/** Which link is gone, and since when. */
function Banners() {
  const w = words.value.shell;
  const hub = link.value;
  const b = broker.value;
  return (
    <div class="banners" role="alert">
      {(hub === "gone" || hub === "refused") && (
        <p class="banner bad" id="stale" data-state={hub}>
          <Icon shape="bad" /><span>{hub === "refused" ? w.refused : linkProblem.value ? w.hubSays(linkProblem.value) : w.hubGone} <span aria-hidden="true"><HeardAge /></span><HeardLast /></span>
        </p>
      )}
      {hub === "live" && b?.address && !b.connected && (
        <p class="banner warn" id="broker-gone" data-state="broker-gone"><Icon shape="warn" /><span>{w.brokerGone}{b.problem ? `: ${b.problem}` : ""}. {w.brokerGoneMeans}</span></p>
      )}
    </div>
  );
}

/** For who listens to the page: said once, and true however long it takes. */
function HeardLast() {
  const heard = heardAt.value;
  const at = useMemo(() => (heard === null ? null : nowUs() - (performance.now() - heard) * 1000), [heard]);
  return <span class="unseen">{at === null ? words.value.shell.nothingYet : words.value.shell.shownIsOf(clock(at))}</span>;
}

/** Counts on each second; not for a screen reader, to which the banner would be new each time. */
function HeardAge() {
  second.value;
  const heard = heardAt.value;
  return <span class="figures">{heard === null ? words.value.shell.nothingYet : words.value.shell.shownIsOld(duration(Math.round((performance.now() - heard) / 1000) * 1e6))}</span>;
}
