/** The player itself, which is a web component that knows nothing of this console. */
import type { Recording } from "../../api/recordings";

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "kinescope-player": React.HTMLAttributes<HTMLElement> & {
        // A custom element takes attributes as they are called in HTML.
        class?: string;
        "src-base": string;
      };
    }
  }
}

export function Stage({ recording }: { recording: Recording }) {
  return <kinescope-player class="kinescope-stage" src-base={`/api/v1/recordings/${recording.id}`} />;
}
