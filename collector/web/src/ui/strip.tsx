// Time drawn to scale: stretches of state between two moments. Height tells the state as well as
// colour does; planned is outlined, unknown hatched, a stretch nobody knows about is a gap.
import { clock } from "../lib/format";
import { t } from "../lib/i18n";
import { LOOK_WORD, type Look } from "./state";

export interface Stretch {
	from: number;
	until: number;
	look: Look;
}

/** Neighbours of the same look become one; order by time. */
export function joinStretches(list: Stretch[]): Stretch[] {
	const out: Stretch[] = [];
	for (const s of list) {
		const last = out[out.length - 1];
		if (last && last.look === s.look && Math.abs(last.until - s.from) < 1000) last.until = s.until;
		else if (s.until > s.from) out.push({ ...s });
	}
	return out;
}

export function Strip({ from, until, stretches, label }: { from: number; until: number; stretches: Stretch[]; label: string }) {
	const share = (ms: number) => `${(100 * (Math.min(Math.max(ms, from), until) - from)) / (until - from)}%`;
	const troubles = stretches.filter((s) => s.look !== "full");
	const spoken = troubles.length
		? troubles.slice(-6).map((s) => `${clock(s.from)}–${clock(s.until)} ${t(LOOK_WORD[s.look])}`).join("; ")
		: t("strip.calm");
	return (
		<div class="strip" role="img" aria-label={`${label}: ${spoken}`}>
			{stretches.map((s) => (
				<i
					key={s.from}
					class={`st-${s.look}`}
					style={{ left: share(s.from), width: `calc(${share(s.until)} - ${share(s.from)})` }}
					title={`${clock(s.from)}–${clock(s.until)} ${t(LOOK_WORD[s.look])}`}
				/>
			))}
		</div>
	);
}

/** Hours under a strip, at round hours. */
export function HourAxis({ from, until }: { from: number; until: number }) {
	const step = 6 * 3600e3;
	const first = Math.ceil((from + 7 * 3600e3) / step) * step - 7 * 3600e3;
	const marks: number[] = [];
	const edge = (until - from) / 24;
	for (let m = first; m < until; m += step) if (m - from > edge && until - m > edge) marks.push(m);
	return (
		<div class="hours" aria-hidden="true">
			{marks.map((m) => (
				<span key={m} style={{ left: `${(100 * (m - from)) / (until - from)}%` }}>
					{clock(m)}
				</span>
			))}
		</div>
	);
}
