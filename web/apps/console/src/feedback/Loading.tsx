/** Shown while something is fetched. It waits a moment before it shows, so that quick answers do not flicker. */
import { Bullseye, Spinner } from "@patternfly/react-core";

export function Loading({ label }: { label: string }) {
  return (
    <Bullseye className="kinescope-late">
      <Spinner aria-label={label} />
    </Bullseye>
  );
}
