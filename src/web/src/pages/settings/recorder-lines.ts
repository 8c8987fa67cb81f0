// What a recorder has to be told so that it sends to this hub.

/** Ids of the place, made up here: the hub takes whatever a device without fixed ones says. */
export function uuid(): string {
  const b = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is not there by plain http
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = [...b].map(x => x.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A file for `chorale record -c`. */
export const recorderLines = (hub: string, name: string, device: string, secret: string): string => [
  `id: ${name}`, "upload:", `  url: ${hub}`, `  token: ${secret}`, `  point_id: ${uuid()}`, `  register_id: ${uuid()}`, `  device_id: ${device}`,
].join("\n");

export const recorderCommand = (hub: string, name: string, device: string, secret: string): string =>
  `CHORALE_UPLOAD_URL=${hub} CHORALE_UPLOAD_TOKEN=${secret} CHORALE_UPLOAD_DEVICE_ID=${device} CHORALE_UPLOAD_POINT_ID=${uuid()} CHORALE_UPLOAD_REGISTER_ID=${uuid()} chorale record --id ${name}`;
