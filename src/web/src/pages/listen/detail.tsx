import type { RecorderView } from "../../api/types";

export function Detail({ recorder }: { recorder: RecorderView }) {
  return <section class="detail" aria-label={recorder.id} />;
}
