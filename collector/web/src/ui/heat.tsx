// A calendar of the last year, a square a day: the darker, the longer it was down.
import { dayStart, longDay, monthShort } from "../lib/format";
import { t } from "../lib/i18n";
import { barAt, shareText } from "../lib/uptime";
import type { Bars, Seconds } from "../lib/types";
import { Scroll } from "./scroll";

const DAY = 86400e3;
const STEPS = [0, 60, 600, 3600, 6 * 3600];

/** Which of the shades: 0 never down … 4 over six hours; hatched where mostly unknown. */
export function heatOf(s: Seconds): string {
	const all = s.up_s + s.down_s + s.planned_s + s.unknown_s;
	if (all === 0) return "none";
	if (s.unknown_s > all / 2) return "unknown";
	if (s.down_s === 0) return s.planned_s > all / 2 ? "planned" : "0";
	return String(STEPS.filter((limit) => s.down_s > limit).length - 1 + (s.down_s <= 60 ? 1 : 0));
}

export function HeatMap({ bars, label }: { bars: Bars; label: string }) {
	if (!bars.t.length) return null;
	const first = dayStart(bars.t[0] * 1000);
	const lead = (new Date(first + 7 * 3600e3).getUTCDay() + 6) % 7;
	const marks: { at: number; column: number }[] = [];
	bars.t.forEach((ts, i) => {
		const d = new Date(ts * 1000 + 7 * 3600e3);
		if (d.getUTCDate() === 1) marks.push({ at: ts * 1000, column: Math.floor((i + lead) / 7) + 1 });
	});
	return (
		<>
			<Scroll label={label} newest>
				<div class="heat" role="img" aria-label={label}>
					{marks.map((m) => (
						<span class="heat-month" key={m.at} style={{ gridColumn: String(m.column), gridRow: "1" }}>
							{monthShort(m.at)}
						</span>
					))}
					{bars.t.map((ts, i) => {
						const cell = i + lead;
						const s = barAt(bars, i);
						return (
							<i
								key={ts}
								class={`heat-${heatOf(s)}`}
								style={{ gridColumn: String(Math.floor(cell / 7) + 1), gridRow: String((cell % 7) + 2) }}
								title={`${longDay(ts * 1000 + DAY / 2)}: ${shareText(s)}`}
							/>
						);
					})}
				</div>
			</Scroll>
			<p class="heat-key small quiet">
				{t("heat.never")} <i class="heat-0" /> <i class="heat-1" /> <i class="heat-2" /> <i class="heat-3" /> <i class="heat-4" />{" "}
				{t("heat.hours")} · <i class="heat-unknown" /> {t("state.unknown")} · <i class="heat-planned" /> {t("state.planned")}
			</p>
		</>
	);
}
