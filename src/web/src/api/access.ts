// Bodies of who may do what, by the names that the page calls them; made from openapi.json like those in types.ts, with the words that stand in them.
import type { components } from "./schema";

type Bodies = components["schemas"];

export type RoleName = "viewer" | "operator" | "technician";

/** What can be done at a hub. */
export type Action = "read" | "operate" | "stop" | "edit_rooms" | "send_raw" | "configure" | "forget" | "administer";

export type WhoView = Omit<Bodies["WhoView"], "role" | "can" | "via"> & { role: RoleName | null; can: Action[]; via: "session" | "token" | "open" | "nobody" };
export type WelcomeView = Omit<Bodies["WelcomeView"], "purpose" | "role"> & { purpose: "first" | "invite" | "password"; role: RoleName };
export type UserView = Omit<Bodies["UserView"], "role"> & { role: RoleName };
export type LinkView = Bodies["LinkView"];
export type UsersView = Omit<Bodies["UsersView"], "users"> & { users: UserView[] };
export type NewLinkView = Bodies["NewLinkView"];
export type TokenView = Bodies["TokenView"];
export type DeviceView = Bodies["DeviceView"];
export type TokensView = Bodies["TokensView"];
export type NewTokenView = Bodies["NewTokenView"];
export type AuditRow = Bodies["AuditRow"];
export type AuditView = Bodies["AuditView"];
