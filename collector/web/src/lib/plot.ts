// History as uPlot wants it, and what is drawn under the lines: gaps hatched, alarms as bands.
import type uPlot from "uplot";
import type { History } from "./types";

export interface Mark {
	from: number; // Unix seconds
	until: number;
	label: string;
	severe: boolean;
}

/** A hatched tile for stretches without good data; its colour follows the theme. */
function hatch(ctx: CanvasRenderingContext2D, colour: string): CanvasPattern | null {
	const tile = document.createElement("canvas");
	const size = 8 * devicePixelRatio;
	tile.width = tile.height = size;
	const c = tile.getContext("2d")!;
	c.strokeStyle = colour;
	c.lineWidth = devicePixelRatio;
	c.beginPath();
	for (const off of [-size, 0, size]) {
		c.moveTo(off, size);
		c.lineTo(off + size, 0);
	}
	c.stroke();
	return ctx.createPattern(tile, "repeat");
}

const css = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function colours() {
	return {
		text: css("--text"),
		quiet: css("--quiet"),
		line: css("--line"),
		faint: css("--faint"),
		first: css("--planned"),
		second: css("--degraded"),
		critical: css("--critical-fill"),
		amber: css("--degraded-fill"),
	};
}

function spanPx(u: uPlot, from: number, until: number): [number, number] | null {
	const left = Math.max(u.valToPos(from, "x", true), u.bbox.left);
	const right = Math.min(u.valToPos(until, "x", true), u.bbox.left + u.bbox.width);
	return right >= left ? [left, Math.max(right - left, devicePixelRatio)] : null;
}

/** Unknown stretches: hatched over the whole height, never bridged by a line. */
export function drawGaps(u: uPlot, gaps: History["gaps"]): void {
	const pattern = hatch(u.ctx, colours().faint);
	if (!pattern) return;
	u.ctx.save();
	u.ctx.fillStyle = pattern;
	for (const g of gaps) {
		const px = spanPx(u, g.from, g.until);
		if (px) u.ctx.fillRect(px[0], u.bbox.top, px[1], u.bbox.height);
	}
	u.ctx.restore();
}

/** Alarms lie on the chart they belong to: a soft band, a firm left edge, a shape on top. */
export function drawMarks(u: uPlot, marks: Mark[]): void {
	const c = colours();
	const { ctx, bbox } = u;
	const r = 5 * devicePixelRatio;
	ctx.save();
	for (const m of marks) {
		const px = spanPx(u, m.from, m.until);
		if (!px) continue;
		ctx.fillStyle = m.severe ? c.critical : c.amber;
		ctx.globalAlpha = 0.12;
		ctx.fillRect(px[0], bbox.top, px[1], bbox.height);
		ctx.globalAlpha = 1;
		ctx.fillRect(px[0], bbox.top, 1.5 * devicePixelRatio, bbox.height);
		ctx.beginPath();
		ctx.moveTo(px[0], bbox.top);
		ctx.lineTo(px[0] + r, bbox.top + (m.severe ? r : 1.8 * r));
		ctx.lineTo(px[0], bbox.top + (m.severe ? 2 * r : 1.8 * r));
		ctx.lineTo(px[0] - r, bbox.top + (m.severe ? r : 1.8 * r));
		ctx.fill();
	}
	ctx.restore();
}

/** Steps of an axis whose words show so many decimals: none so fine that two words are the same, some wide enough for bytes of years. */
export function stepsOf(decimals: number): number[] {
	const powers = Array.from({ length: decimals + 22 }, (_, i) => 10 ** (i - decimals));
	return powers.flatMap((p) => [p, 2 * p, 5 * p]);
}

type Column = (number | null)[];

/** Rows of several histories on one axis of time; where one has no row, undefined: uPlot joins on. */
export function alignColumns(list: History[]): { t: number[]; columns: (number | null | undefined)[][] } {
	if (list.length === 1) return { t: list[0].t, columns: [list[0].min, list[0].max, list[0].avg] };
	const all = [...new Set(list.flatMap((h) => h.t))].sort((a, b) => a - b);
	const at = new Map(all.map((t, i) => [t, i]));
	const spread = (h: History, values: Column) => {
		const out: (number | null | undefined)[] = new Array(all.length).fill(undefined);
		h.t.forEach((t, i) => (out[at.get(t)!] = values[i]));
		return out;
	};
	return { t: all, columns: list.flatMap((h) => [spread(h, h.min), spread(h, h.max), spread(h, h.avg)]) };
}

/** A null where a gap lies between two rows, so that no line bridges it. */
export function openGaps(h: History): History {
	const out: History = { ...h, t: [], min: [], avg: [], max: [] };
	const gaps = [...h.gaps].sort((a, b) => a.from - b.from);
	let g = 0;
	h.t.forEach((t, i) => {
		while (g < gaps.length && gaps[g].from <= t) {
			const at = gaps[g].from;
			const last = out.t[out.t.length - 1];
			if (last !== undefined && at > last && at < t) {
				out.t.push(at);
				out.min.push(null);
				out.avg.push(null);
				out.max.push(null);
			}
			g++;
		}
		out.t.push(t);
		out.min.push(h.min[i]);
		out.avg.push(h.avg[i]);
		out.max.push(h.max[i]);
	});
	return out;
}
