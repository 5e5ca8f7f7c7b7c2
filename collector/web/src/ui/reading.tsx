// A value with its unit, quality and age; unknown is a word with its reason, never 0.
import { bytes, number, span, spanShort } from "../lib/format";
import { t, tOr } from "../lib/i18n";
import type { Reading } from "../lib/types";
import { secondsSince } from "./age";
import { Shape } from "./state";

const bare = (metric: string) => metric.replace(/[#@].*$/, "");

/** "Mức pin", "Điện áp vào #2", "Đĩa đã dùng /home". */
export function metricWord(metric: string): string {
	const [, base, mark, rest] = /^([^#@]+)([#@])?(.*)$/.exec(metric)!;
	const word = tOr(`metric.${base}`, base);
	return mark ? `${word} ${mark === "#" ? "#" : ""}${rest}` : word;
}

const SPELL: Record<string, (v: number) => string> = {
	s: (v) => span(v),
	B: bytes,
	KiB: (v) => bytes(v * 1024),
};

function valueText(r: Reading): string {
	if (r.value === null) return t("quality.unknown");
	if (r.kind === "flag") return r.number === 1 || r.value === 1 ? t("yes") : t("no");
	if (typeof r.value === "string") return tOr(`value.${r.value}`, r.value);
	if (r.kind === "state") return tOr(`metric.${bare(r.metric)}.${r.value}`, String(r.value));
	const f = SPELL[r.unit];
	if (f) return f(r.value);
	return `${number(r.value, 2)}${r.unit ? ` ${r.unit}` : ""}`;
}

/** Agents report every 5 s at the slowest, however often they look. */
const REPORT_MS = 5000;

/** Is it over two intervals old (or said to be stale)? Then its age must be seen. */
function isOld(r: Reading, intervalMs: number | null): boolean {
	if (r.quality === "stale") return true;
	const s = secondsSince(r.at);
	return s !== null && s * 1000 > 2 * Math.max(intervalMs ?? 30e3, REPORT_MS) + 1000;
}

/** `ageless`: the age stands beside it already. */
export function ReadingValue({ r, intervalMs = null, ageless }: { r: Reading; intervalMs?: number | null; ageless?: boolean }) {
	const s = secondsSince(r.at);
	if (r.quality === "unknown" || r.value === null)
		return (
			<span class="value v-unknown">
				<Shape look="unknown" /> {t("quality.unknown")}
				{r.reason && <span class="why"> · {tOr(`why.${r.reason}`, r.reason)}</span>}
			</span>
		);
	const old = isOld(r, intervalMs);
	return (
		<span class={old ? "value old" : "value"}>
			{valueText(r)}
			{old && !ageless && s !== null && <span class="why"> · {t("age.ago", { span: spanShort(s) })}</span>}
		</span>
	);
}
