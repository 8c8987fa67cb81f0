import { words } from "../../i18n";
import { mayNot, me } from "../../live/me";
import { Empty } from "../../parts/card";
import { FirstUser } from "../access/who";
import { Title } from "../title";
import { Account } from "./account";
import { Storage } from "./storage";
import { Tokens } from "./tokens";
import { Users } from "./users";

/** Who may come in, what may send, how long audio is kept. */
export function SettingsPage() {
  const w = words.value.access.settings;
  const isTechnician = me.value !== null && mayNot("administer") === null;
  return (
    <div class="stack" data-role={me.value?.role ?? "none"}>
      <Title text={w.title} />
      <FirstUser />
      <Account />
      {isTechnician ? <><Users /><Tokens /></> : me.value !== null && me.value.via !== "open" && <Empty id="technician-only">{w.technicianOnly}</Empty>}
      <Storage />
    </div>
  );
}
