/** One server-sent event. */
export interface Told {
  type: string;
  data: string;
  id: string | null;
}

/** Cuts a text stream into server-sent events (HTML standard 9.2.6): what is not complete waits for the rest. */
export class EventReader {
  private rest = "";
  private type = "";
  private data: string[] = [];
  private id: string | null = null;

  push(text: string): Told[] {
    const told: Told[] = [];
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (this.data.length > 0) told.push({ type: this.type || "message", data: this.data.join("\n"), id: this.id });
        [this.type, this.data, this.id] = ["", [], null];
      } else if (!line.startsWith(":")) {
        this.field(line);
      }
    }
    return told;
  }

  private field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name === "event") this.type = value;
    else if (name === "id") this.id = value;
  }
}
