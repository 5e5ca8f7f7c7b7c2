// Where the centres stand on the schematic: north above south, west before east, in per cent of its
// box. Few centres keep their distances; many stand in rows. Without places: the order of the file.
import type { Site } from "./types";

export interface Spot {
	site: Site;
	x: number;
	y: number;
}

const FEW = 6;
const LEFT = 10;
const RIGHT = 22; // a name has room before the trunk
const APART = 16; // at least, so that names do not touch

const northOf = (s: Site) => s.location![0];
const between = (v: number, low: number, high: number) => (high > low ? (v - low) / (high - low) : 0.5);

/** As near to `wanted` as rows `apart` of each other can be, all within 0..100. */
function spread(wanted: number[], apart: number): number[] {
	const y = [...wanted];
	for (let i = 1; i < y.length; i++) y[i] = Math.max(y[i], y[i - 1] + apart);
	for (let i = y.length - 1, most = 100; i >= 0; i--, most = y[i + 1] - apart) y[i] = Math.min(y[i], most);
	return y;
}

export function spotsOf(sites: Site[]): Spot[] {
	const located = sites.length > 0 && sites.every((s) => s.location);
	const list = located ? [...sites].sort((a, b) => northOf(b) - northOf(a)) : sites;
	const even = list.map((_, i) => (list.length > 1 ? (100 * i) / (list.length - 1) : 50));
	if (!located) return list.map((site, i) => ({ site, x: LEFT, y: even[i] }));
	const east = list.map((s) => s.location![1]);
	const north = list.map(northOf);
	const far = list.map((n) => 100 * (1 - between(northOf(n), north[north.length - 1], north[0])));
	const y = list.length > FEW ? even : spread(far, Math.min(APART, 100 / list.length));
	return list.map((site, i) => ({
		site,
		x: LEFT + (RIGHT - LEFT) * between(east[i], Math.min(...east), Math.max(...east)),
		y: y[i],
	}));
}
