// The tracks of a session that can be heard: /api/v2/sessions/{id}/tracks.
import { api, ask, getJson } from "./http";
import type { components } from "./schema";

type Bodies = components["schemas"];

export type SessionTrackView = Bodies["SessionTrackView"];
export type SessionTracksView = Bodies["SessionTracksView"];
export type TrackPeaks = Bodies["TrackPeaksView"];

/** Exact frames of one track on the line of its session. */
export const trackBlock = async (session: string, module: string, from: number, frames: number, mono: boolean, signal: AbortSignal): Promise<ArrayBuffer> =>
  (await ask(`${api("sessions", session, "tracks", module)}?from_frame=${from}&frames=${frames}&format=flac${mono ? "&mono=1" : ""}`, { signal })).arrayBuffer();

export const trackPeaks = (session: string, module: string, points: number, signal: AbortSignal): Promise<TrackPeaks> =>
  getJson<TrackPeaks>(`${api("sessions", session, "tracks", module, "peaks")}?points=${points}`, signal);
