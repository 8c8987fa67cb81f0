import { effect } from "@preact/signals";
import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import "./styles/listen.css";
import "./styles/pages.css";
import "./styles/rooms.css";
import "./styles/log.css";
import "./styles/fleet.css";
import "./styles/recordings.css";
import "./styles/access.css";
import { Connection } from "./live/connection";
import { hearSoon } from "./live/store";
import "./live/commands";
import { spoken } from "./i18n";
import { askWho, mayLook, me } from "./live/me";
import { askFirst } from "./pages/listen/told";
import { parts } from "./router";
import { Shell } from "./shell";
import { startSeconds } from "./time";

startSeconds();
const connection = new Connection("api/v2/events", hearSoon);
let isOpen = false;
// Nothing is asked before the hub has said that this page may ask; after a login everything is asked anew.
effect(() => {
  if (me.value === null) return;
  if (mayLook.value && !isOpen) connection.begin();
  if (!mayLook.value && isOpen) connection.end();
  isOpen = mayLook.value;
});
// The page is drawn for longer than the archive takes to answer: what the first view shows is asked for before.
void askWho(who => (who.can.includes("read") && parts.peek()[0] === "listen" ? askFirst() : null)).then(() => { if (me.peek() === null) connection.begin(); }); // a hub that is gone is looked for
const draw = (): void => render(<Shell />, document.getElementById("page")!);
if (spoken === null) draw();
else void spoken.then(draw);
