// Bars as on a good status page, drawn from seconds: down to scale but never thinner than a hair,
// planned outlined, unknown hatched, nothing rounded away. Tap or hover for the exact seconds.
import { useState } from "preact/hooks";
import { longDay, month, number, span } from "../lib/format";
import { t } from "../lib/i18n";
import { barAt, shareText } from "../lib/uptime";
import type { Bars, Seconds } from "../lib/types";

const PARTS: [keyof Seconds, string, string][] = [
	["down_s", "b-down", "state.down"],
	["planned_s", "b-planned", "state.planned"],
	["unknown_s", "b-unknown", "state.unknown"],
	["up_s", "b-up", "state.up"],
];

const HAIR = 8;

/** Parts of a bar from the top, as percentages; a part of one second still has 8 % of the height. */
export function partsOf(s: Seconds): { name: string; share: number }[] {
	const all = s.up_s + s.down_s + s.planned_s + s.unknown_s;
	if (all <= 0) return [];
	const shares = PARTS.map(([key, name]) => ({
		name,
		share: s[key] > 0 ? Math.max(name === "b-up" ? 0 : HAIR, (100 * s[key]) / all) : 0,
	}));
	const total = shares.reduce((a, p) => a + p.share, 0);
	return shares.filter((p) => p.share > 0).map((p) => ({ ...p, share: (100 * p.share) / total }));
}

function secondsText(s: Seconds): string {
	return PARTS.filter(([key]) => s[key] > 0)
		.map(([key, , word]) => `${t(word)} ${span(s[key])} (${number(s[key], 0)} s)`)
		.join(" · ");
}

interface Props {
	bars: Bars;
	monthly?: boolean;
	label: string;
	ends?: string;
	onPick?: (from: number) => void;
}

export function AvailabilityBars({ bars, monthly, label, ends, onPick }: Props) {
	const [at, set] = useState<number | null>(null);
	const when = (i: number) => (monthly ? month : longDay)(bars.t[i] * 1000);
	return (
		<div class="avail">
			<div class="bars" role="group" aria-label={label}>
				{bars.t.map((from, i) => (
					<button
						key={from}
						class="bar-day"
						aria-label={`${when(i)}: ${shareText(barAt(bars, i))}`}
						tabIndex={i === (at ?? bars.t.length - 1) ? 0 : -1}
						onMouseEnter={() => set(i)}
						onFocus={() => set(i)}
						onClick={() => (set(i), onPick?.(from * 1000))}
						onKeyDown={(e) => {
							const by = e.key === "ArrowLeft" ? -1 : e.key === "ArrowRight" ? 1 : 0;
							const next = e.currentTarget[by < 0 ? "previousElementSibling" : "nextElementSibling"];
							if (by) (next as HTMLElement | null)?.focus();
						}}
					>
						{partsOf(barAt(bars, i)).map((p) => (
							<i key={p.name} class={p.name} style={{ height: `${p.share}%` }} />
						))}
					</button>
				))}
			</div>
			<p class="ends small quiet">
				<span>{ends}</span>
				<span class="bar-note" aria-live="polite">
					{at === null || at >= bars.t.length
						? ""
						: `${when(at)}: ${shareText(barAt(bars, at))} · ${secondsText(barAt(bars, at))}`}
				</span>
				<span>{ends && t("today")}</span>
			</p>
		</div>
	);
}
