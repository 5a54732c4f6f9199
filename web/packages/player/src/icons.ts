/** The controls' signs, drawn on a grid of 24 by 24. */

const PATHS = {
  play: "M7 4l13 8-13 8z",
  pause: "M6 4h4v16H6zM14 4h4v16h-4z",
  backwards: "M17 4L4 12l13 8z",
  stop: "M5 5h14v14H5z",
  back: "M11 5V1L5 6.500l6 5.500V8a6 6 0 1 1-6 6H2.500A8.500 8.500 0 1 0 11 5z",
  stepBack: "M18 5v14l-9-7zM6 5h2.500v14H6z",
  stepForward: "M6 5v14l9-7zM15.500 5H18v14h-2.500z",
  rests: "M4 5l7 7-7 7zM12 5l7 7-7 7zM20 5h2v14h-2z",
  fit: "M3 3h7v2H5v5H3zM14 3h7v7h-2V5h-5zM3 14h2v5h5v2H3zM19 14h2v7h-7v-2h5z",
  original: "M3 4h18v16H3zm2 2v12h14V6zm3 2h2v8H8zm6 0h2v8h-2zm-3 1h2v2h-2zm0 4h2v2h-2z",
  clock: "M12 2a10 10 0 1 0 .01 0zm0 2a8 8 0 1 1-.01 0zM11 7h2v5l4 2.500-1 1.700-5-3.200z",
  performance: "M2 11h4l3-8 5 16 3-8h5v2h-3.600L14.200 23 9 8.500 7.400 13H2z",
  fullScreen: "M3 3h6v2H5v4H3zm12 0h6v6h-2V5h-4zM3 15h2v4h4v2H3zm16 0h2v6h-6v-2h4z",
} as const;

export type IconName = keyof typeof PATHS;

const SVG = "http://www.w3.org/2000/svg";

/** An icon that says nothing to a screen reader: its button has a name. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  svg.append(path);
  setIcon(svg, name);
  return svg;
}

/** Shows another icon. */
export function setIcon(svg: SVGSVGElement, name: IconName): void {
  svg.firstElementChild?.setAttribute("d", PATHS[name]);
}
