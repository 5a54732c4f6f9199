/** Times as people read them. */

/** `1:02:03`; the hours only where the recording has some. */
export function clock(us: number, longestUs: number): string {
  const total = Math.max(0, Math.floor(us / 1e6));
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return longestUs >= 3600e6 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** The time of day in the viewer's zone, with the zone; with the date where the recording began on another day than today. */
export function timeOfDay(unixUs: number, withDate: boolean, withZone: boolean): string {
  const options: Intl.DateTimeFormatOptions = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  };
  if (withDate) Object.assign(options, { year: "numeric", month: "short", day: "numeric" });
  if (withZone) options.timeZoneName = "short";
  return new Intl.DateTimeFormat(undefined, options).format(new Date(unixUs / 1000));
}

/** The speeds that the control offers. */
export const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16, 32];

/** `¼×`, `2×`. */
export function speedLabel(speed: number): string {
  const fractions: Record<string, string> = { "0.25": "¼", "0.5": "½" };
  return `${fractions[String(speed)] ?? speed}×`;
}

/** The next speed of the list in a direction, from any speed. */
export function nextSpeed(speed: number, faster: boolean): number {
  const candidates = faster
    ? SPEEDS.filter((known) => known > speed)
    : SPEEDS.filter((known) => known < speed).reverse();
  return candidates[0] ?? speed;
}
