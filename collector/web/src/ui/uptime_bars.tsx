// Rows of uptime bars: of the hotline, a centre, a class, a seat or a device; a bar that is chosen
// tells the incidents behind it, beneath its own row.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Problem, Query } from "../lib/api";
import { dayStart, longDay, month, monthStart } from "../lib/format";
import { t } from "../lib/i18n";
import { minute } from "../lib/live";
import { shareText } from "../lib/uptime";
import type { Bars, Incident, Seconds, UptimeRow } from "../lib/types";
import { AvailabilityBars } from "./bars";
import { IncidentRows } from "./incident_rows";
import { ErrorNote, useGet } from "./load";

export const DAY = 86400e3;
export const midnight = () => dayStart(minute.value);
const iso = (ms: number) => new Date(ms).toISOString();
const MOST = 200;

export function spanOf(monthly: boolean): { from: string; step: string | number } {
	return monthly
		? { from: iso(monthStart(minute.value, 11)), step: "month" }
		: { from: iso(midnight() - 89 * DAY), step: 86400 };
}

/** What happened during one bar to what the row is about. */
function Behind({ about, from, monthly }: { about: Query; from: number; monthly: boolean }) {
	const to = monthly ? monthStart(from + 40 * DAY) : from + DAY;
	const { data, error } = useGet<{ incidents: Incident[] }>("/incidents", { state: "all", limit: MOST, from: iso(from), to: iso(to), ...about });
	return (
		<section class="panel behind" aria-live="polite">
			<h4>
				{t("uptime.behind")}: {(monthly ? month : longDay)(from)}
			</h4>
			<ErrorNote error={error} />
			{data && <IncidentRows list={data.incidents} />}
		</section>
	);
}

interface RowProps {
	head: ComponentChildren;
	label: string;
	row: (Seconds & { bars?: Bars }) | null | undefined;
	about: Query;
	monthly: boolean;
	error?: Problem | null;
	children?: ComponentChildren;
}

/** One row: what it is, its share, its bars, and what lies behind the bar that was chosen. */
export function BarRow({ head, label, row, about, monthly, error = null, children }: RowProps) {
	const [picked, pick] = useState<number | null>(null);
	return (
		<section class="avail-row">
			<h3>
				{head}
				<span class="share">{row ? shareText(row) : ""}</span>
			</h3>
			<ErrorNote error={error} />
			{row?.bars ? (
				<AvailabilityBars
					bars={row.bars}
					monthly={monthly}
					label={label}
					ends={t(monthly ? "uptime.12_months" : "uptime.90_days")}
					onPick={(from) => pick(from === picked ? null : from)}
				/>
			) : (
				<div class="bars" />
			)}
			{picked !== null && <Behind about={about} from={picked} monthly={monthly} />}
			{children}
		</section>
	);
}

/** A centre or a device, by its own record. */
export function EntityBars({ entity, kind, name, monthly }: { entity: string; kind: string; name: string; monthly: boolean }) {
	const { data, error } = useGet<{ availability: (Seconds & { bars?: Bars })[] }>("/availability", { entity, kind, ...spanOf(monthly) });
	const head = <a href={kind === "site" ? `/centre/${entity}` : `/device/${entity}`}>{name}</a>;
	return <BarRow head={head} label={name} row={data?.availability[0]} about={{ entity }} monthly={monthly} error={error} />;
}

/** A seat, by what it stands on; `own`: on its own page, which needs no link to itself. */
export function SeatBars({ id, name, monthly, own = false }: { id: string; name: string; monthly: boolean; own?: boolean }) {
	const { data, error } = useGet<{ uptime: UptimeRow[] }>("/uptime", { seat: id, ...spanOf(monthly) });
	const head = own ? name : <a href={`/seat/${id}`}>{name}</a>;
	return <BarRow head={head} label={name} row={data?.uptime[0]} about={{ entity: id }} monthly={monthly} error={error} />;
}

/** Its children only once it comes into view. */
export function Late({ children }: { children: ComponentChildren }) {
	const ref = useRef<HTMLDivElement>(null);
	const [seen, set] = useState(false);
	useEffect(() => {
		const watcher = new IntersectionObserver((all) => all.some((e) => e.isIntersecting) && set(true), { rootMargin: "200px" });
		watcher.observe(ref.current!);
		return () => watcher.disconnect();
	}, []);
	return (
		<div ref={ref} class="late">
			{seen && children}
		</div>
	);
}

export function SpanChips({ monthly, choose }: { monthly: boolean; choose: (monthly: boolean) => void }) {
	return (
		<div class="chips">
			<button class="chip" aria-pressed={!monthly} onClick={() => choose(false)}>
				{t("uptime.90_days")}
			</button>
			<button class="chip" aria-pressed={monthly} onClick={() => choose(true)}>
				{t("uptime.12_months")}
			</button>
		</div>
	);
}
