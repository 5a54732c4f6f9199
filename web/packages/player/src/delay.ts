/** How far live pictures are behind what happens, from two machines' clocks that may not agree. */

/** A difference beyond this is taken for clocks that disagree, not for delay. */
const CREDIBLE_US = 30_000_000;

export class LiveDelay {
  private least = Number.POSITIVE_INFINITY;
  private latest = 0;

  /** Takes how much later, by this machine's clock, a picture arrived than it was taken, by the recorded machine's. */
  arrived(differenceUs: number): void {
    this.least = Math.min(this.least, differenceUs);
    this.latest = differenceUs;
  }

  /** Seconds from the recorded screen to here. With clocks that disagree: beyond the quickest picture so far. */
  get seconds(): number {
    if (this.least === Number.POSITIVE_INFINITY) return 0;
    const agree = this.least >= 0 && this.least < CREDIBLE_US;
    return Math.max(0, agree ? this.latest : this.latest - this.least) / 1e6;
  }
}
