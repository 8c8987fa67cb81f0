import { render } from "preact";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/parts.css";
import "./styles/shell.css";
import "./styles/listen.css";
import "./styles/pages.css";
import "./styles/rooms.css";
import "./styles/recordings.css";
import { Connection } from "./live/connection";
import { hearSoon } from "./live/store";
import "./live/commands";
import { Shell } from "./shell";
import { startSeconds } from "./time";

startSeconds();
new Connection("api/v2/events", hearSoon).start();
render(<Shell />, document.getElementById("page")!);
