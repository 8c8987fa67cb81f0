// Bodies of a scene's versions and of a room's devices.
export interface SceneVersion {
  id: string;
  replaced_us: number | null;
  bytes: number;
}

export interface Outage {
  start_us: number;
  end_us: number | null;
  seconds: number;
}

export interface DevicesView {
  devices: { id: string; outages: Outage[] }[];
}
