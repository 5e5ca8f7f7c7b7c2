// One metric a panel: band of least and most when zoomed out, the raw line when zoomed in. The
// chart is its own range selector: drag to zoom, double click to go back.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { clock, clockSeconds, dayShort, dayTime, lang, monthShort, number } from "../lib/format";
import { t } from "../lib/i18n";
import { alignColumns, colours, drawGaps, drawMarks, openGaps, stepsOf, type Mark } from "../lib/plot";
import { theme } from "../lib/theme";
import type { History } from "../lib/types";

const HEIGHT = 168;

interface Props {
	histories: History[]; // the first is the panel's own, a second lies over it
	from: number; // ms
	until: number;
	marks: Mark[];
	label: string;
	decimals: number;
	percent: boolean;
	words?: (v: number) => string;
	onRange?: (from: number, until: number) => void;
}

function timeWord(seconds: number, step: number): string {
	const ms = seconds * 1000;
	if (step >= 28 * 86400) return monthShort(ms);
	if (step >= 86400) return dayShort(ms);
	if (step < 60) return clockSeconds(ms);
	return clock(ms) === "00:00" ? dayShort(ms) : clock(ms);
}

function seriesOf(n: number): uPlot.Series[] {
	const c = colours();
	const out: uPlot.Series[] = [{}];
	for (let i = 0; i < n; i++) {
		const stroke = i ? c.second : c.first;
		const edge = { stroke: "transparent", points: { show: false }, width: 0 };
		out.push(edge, edge, {
			stroke,
			width: 1.75,
			dash: i ? [6, 3] : undefined,
			points: { show: false },
			spanGaps: false,
		});
	}
	return out;
}

function optionsOf(p: Props, width: number, height: number, list: History[]): uPlot.Options {
	const c = colours();
	const axis = { stroke: c.quiet, grid: { stroke: c.line, width: 1 }, ticks: { show: false }, font: "12px system-ui" };
	return {
		width,
		height,
		legend: { show: false },
		tzDate: (ts) => uPlot.tzDate(new Date(ts * 1e3), "Asia/Ho_Chi_Minh"),
		cursor: { points: { size: 7 }, drag: { x: true, y: false }, sync: { key: "lw" } },
		scales: {
			x: { time: true, range: [p.from / 1000, p.until / 1000] },
			y: { range: (_u, lo, hi) => rangeOf(lo, hi, p.percent) },
		},
		axes: [
			{ ...axis, size: 30, grid: { show: false }, space: 72, values: (_u, all, _a, _s, step) => all.map((v) => timeWord(v, step)) },
			{ ...axis, size: 56, incrs: stepsOf(p.words ? 0 : p.decimals), values: (_u, all) => all.map((v) => (p.words ? p.words(v) : number(v, p.decimals))) },
		],
		series: seriesOf(list.length),
		bands: list.flatMap((_, i) => [{ series: [3 * i + 2, 3 * i + 1] as [number, number], fill: c.first + "33" }]),
		hooks: {
			drawClear: [(u) => list.forEach((h) => drawGaps(u, h.gaps))],
			draw: [(u) => drawMarks(u, p.marks)],
			setSelect: [
				(u) => {
					if (u.select.width < 8 || !p.onRange) return;
					const at = (px: number) => u.posToVal(px, "x") * 1000;
					p.onRange(at(u.select.left), at(u.select.left + u.select.width));
					u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
				},
			],
		},
	};
}

/** Percentages stand on 0 to 100; others get at least a tenth of their size, so that noise is flat. */
function rangeOf(lo: number | null, hi: number | null, percent: boolean): [number, number] {
	if (lo === null || hi === null) return [0, percent ? 100 : 1];
	if (percent && lo >= 0) return [0, Math.max(100, hi)];
	const least = Math.max(Math.abs(hi), Math.abs(lo)) * 0.1 || 1;
	const pad = Math.max((hi - lo) * 0.08, (least - (hi - lo)) / 2);
	return [lo >= 0 ? Math.max(0, lo - pad) : lo - pad, hi + pad];
}

function follow(u: uPlot, out: HTMLElement, p: Props, n: number): void {
	const i = u.cursor.idx;
	if (i == null) {
		out.textContent = "";
		return;
	}
	const parts: string[] = [dayTime(u.data[0][i] * 1000)];
	for (let k = 0; k < n; k++) {
		const [lo, hi, mid] = [1, 2, 3].map((j) => u.data[3 * k + j]?.[i]);
		if (mid == null) parts.push(t("capacity.unknown"));
		else if (p.words) parts.push(p.words(mid));
		else {
			const band = lo != null && hi != null && lo !== hi ? ` (${number(lo, p.decimals)}–${number(hi, p.decimals)})` : "";
			parts.push(number(mid, p.decimals) + band);
		}
	}
	out.textContent = parts.join(" · ");
}

export function Chart(p: Props) {
	const box = useRef<HTMLDivElement>(null);
	const note = useRef<HTMLParagraphElement>(null);
	const list = p.histories.map(openGaps);
	const key = JSON.stringify([p.from, p.until, p.marks.length, theme.value, lang.value]);
	useEffect(() => {
		const el = box.current!;
		const { t: times, columns } = alignColumns(list);
		const u = new uPlot(
			optionsOf(p, el.clientWidth, HEIGHT, list),
			[times, ...columns] as uPlot.AlignedData,
			el,
		);
		u.over.addEventListener("pointermove", () => follow(u, note.current!, p, list.length));
		u.over.addEventListener("pointerleave", () => (note.current!.textContent = ""));
		u.over.addEventListener("dblclick", () => p.onRange?.(NaN, NaN));
		const sized = new ResizeObserver(() => el.clientWidth && u.setSize({ width: el.clientWidth, height: HEIGHT }));
		sized.observe(el);
		return () => {
			sized.disconnect();
			u.destroy();
		};
	}, [key, ...p.histories]);
	return (
		<>
			<div class="plot" ref={box} role="img" aria-label={p.label} />
			<p class="plot-note" ref={note} aria-hidden="true" />
		</>
	);
}
