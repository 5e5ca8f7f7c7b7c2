// The month on two pages of paper: the hotline, the centres, the longest outages with cause, what
// was planned, what is still unknown, how the alarms behaved. CSV for those who calculate on.
import { useMemo } from "preact/hooks";
import { complain } from "../lib/acts";
import { day, dayTime, month, monthName, monthStart, number, span } from "../lib/format";
import { get, getText } from "../lib/api";
import { t } from "../lib/i18n";
import { minute, now, siteName } from "../lib/live";
import { judge, type Quality } from "../lib/quality";
import { go } from "../lib/router";
import type { Incident, Maintenance, Seconds, UptimeRow } from "../lib/types";
import { shareText, sum } from "../lib/uptime";
import { alarmWord, placeOf, placeWord, thingOf } from "../lib/words";
import { AvailabilityBars } from "../ui/bars";
import { ErrorNote, useLoad } from "../ui/load";
import { fetchAll, fetchLog, fetchPlanned } from "../lib/fetch_all";
import { Scroll } from "../ui/scroll";

const LONGEST = 5;
const BARS = 6;
const PLANNED = 12;

function bounds(name: string): { from: number; until: number; name: string } {
	const [y, m] = name.split("-").map(Number);
	const from = Date.UTC(y, m - 1, 1) - 7 * 3600e3;
	const next = Date.UTC(y, m, 1) - 7 * 3600e3;
	return { from, until: Math.min(next, now.peek()), name };
}

const lengthIn = (i: Incident, from: number, until: number) =>
	Math.max(0, Math.min(i.closed_at ? Date.parse(i.closed_at) : until, until) - Math.max(Date.parse(i.opened_at), from)) / 1000;

function Figures({ s }: { s: Seconds }) {
	return (
		<>
			<td class="num">{shareText(s)}</td>
			<td class="num">{s.down_s ? span(s.down_s) : "–"}</td>
			<td class="num">{s.planned_s ? span(s.planned_s) : "–"}</td>
			<td class="num">{s.unknown_s ? span(s.unknown_s) : "–"}</td>
		</>
	);
}

function Heads({ first }: { first: string }) {
	return (
		<thead>
			<tr>
				<th>{first}</th>
				<th class="num">{t("report.available")}</th>
				<th class="num">{t("state.down")}</th>
				<th class="num">{t("state.planned")}</th>
				<th class="num">{t("state.unknown")}</th>
			</tr>
		</thead>
	);
}

function Centres({ rows, hotline }: { rows: UptimeRow[]; hotline?: UptimeRow }) {
	return (
		<Scroll label={t("nav.report")}><table>
			<Heads first={t("kind.site")} />
			<tbody>
				{hotline && (
					<tr>
						<td>
							<b>{t("uptime.hotline")}</b>
						</td>
						<Figures s={hotline} />
					</tr>
				)}
				{rows.map((r) => (
					<tr key={r.id}>
						<td>{siteName(r.id)}</td>
						<Figures s={r} />
					</tr>
				))}
			</tbody>
		</table></Scroll>
	);
}

function ClassTable({ rows }: { rows: UptimeRow[] }) {
	return (
		<Scroll label={t("nav.report")}><table>
			<Heads first={t("report.class")} />
			<tbody>
				{rows.map((r) => (
					<tr key={r.id}>
						<td>
							{t(`class.${r.id}`)} <span class="quiet">({number(r.members ?? 0)})</span>
						</td>
						<Figures s={r} />
					</tr>
				))}
			</tbody>
		</table></Scroll>
	);
}

const DAYS_NAMED = [1, 5, 10, 15, 20, 25, 30];

function Days({ row, name }: { row: UptimeRow; name: string }) {
	const days = row.bars?.t.map((_, i) => i + 1) ?? [];
	return (
		<div class="site-month">
			<h3>{name}</h3>
			{row.bars && <AvailabilityBars bars={row.bars} label={name} />}
			<p class="days small quiet" aria-hidden="true">
				{days.map((d) => (
					<span key={d}>{DAYS_NAMED.includes(d) ? d : ""}</span>
				))}
			</p>
		</div>
	);
}

/** A month has room for so many on its paper. */
function Planned({ list }: { list: Maintenance[] }) {
	const more = list.length - PLANNED;
	if (!list.length) return <p class="quiet">{t("report.nothing_planned")}</p>;
	return (
		<Scroll label={t("report.planned")}>
			<table class="planned-work">
				<tbody>
					{list.slice(0, PLANNED).map((m) => (
						<tr key={m.id}>
							<td class="nowrap">{dayTime(Date.parse(m.from))}</td>
							<td class="nowrap">{span((Date.parse(m.until) - Date.parse(m.from)) / 1000)}</td>
							<td>
								{placeWord(m.target)}
								{m.reason && <span class="quiet"> · {m.reason}</span>}
							</td>
						</tr>
					))}
				</tbody>
			</table>
			{more > 0 && <p class="quiet">{t("report.more_planned", { n: more })}</p>}
		</Scroll>
	);
}

function Longest({ list, from, until }: { list: Incident[]; from: number; until: number }) {
	const longest = [...list]
		.filter((i) => i.severity === "major" || i.severity === "critical")
		.sort((a, b) => lengthIn(b, from, until) - lengthIn(a, from, until))
		.slice(0, LONGEST);
	if (!longest.length) return <p class="quiet">{t("report.no_outage")}</p>;
	return (
		<Scroll label={t("nav.report")}><table>
			<thead>
				<tr>
					<th>{t("report.when")}</th>
					<th>{t("kind.site")}</th>
					<th>{t("report.cause")}</th>
					<th class="num">{t("report.long")}</th>
					<th class="num">{t("centre.seats")}</th>
				</tr>
			</thead>
			<tbody>
				{longest.map((i) => (
					<tr key={i.incident}>
						<td class="nowrap">{dayTime(Date.parse(i.opened_at))}</td>
						<td>{placeOf(i)}</td>
						<td>
							<a href={`/i/${i.incident}`}>{alarmWord(i.root_code)}</a> <span class="quiet">{thingOf(i)}</span>
						</td>
						<td class="num">{span(lengthIn(i, from, until))}</td>
						<td class="num">{number(i.seats.length)}</td>
					</tr>
				))}
			</tbody>
		</table></Scroll>
	);
}

function AlarmFigures({ q }: { q: Quality }) {
	const rows: [string, string][] = [
		["quality.alarms", number(q.alarms)],
		["quality.per_hour", number(q.perHour, 2)],
		["quality.flood_share", `${number(q.floodShare * 100, 2)} %`],
		["quality.pages_per_shift", number(q.pagesPerShift, 1)],
		["quality.precision", q.precision === null ? t("quality.no_verdict") : `${number(q.precision * 100, 0)} %`],
	];
	return (
		<dl class="facts">
			{rows.map(([k, v]) => (
				<>
					<dt>{t(k)}</dt>
					<dd>{v}</dd>
				</>
			))}
		</dl>
	);
}

/** Only what the paper shows: sums and lists that grow with what happened, not with the devices. */
function useMonth(from: number, until: number) {
	const range = { from: new Date(from).toISOString(), to: new Date(until).toISOString() };
	return useLoad(`report ${from}`, async () => {
		const [whole, classes, incidents, log, maintenance] = await Promise.all([
			get<{ uptime: UptimeRow[] }>("/uptime", { ...range, only: "sites", step: 86400 }),
			get<{ uptime: UptimeRow[] }>("/uptime", { ...range, only: "classes" }),
			fetchAll<Incident>("/incidents", "incidents", { ...range, state: "all" }),
			fetchLog(from, until),
			fetchPlanned(from, until),
		]);
		return {
			hotline: whole.uptime.find((r) => r.kind === "hotline"),
			sites: whole.uptime.filter((r) => r.kind === "site"),
			classes: classes.uptime,
			log,
			maintenance,
			incidents,
		};
	});
}

const BOM = "\ufeff"; // spreadsheets take it for UTF-8

/** Everything second by second, seats and devices too; fetched when somebody wants it. */
async function saveCsv(name: string): Promise<void> {
	const text = await getText("/uptime", { month: name, format: "csv" });
	const url = URL.createObjectURL(new Blob([BOM, text], { type: "text/csv;charset=utf-8" }));
	const a = Object.assign(document.createElement("a"), { href: url, download: `linewatch-${name}.csv` });
	a.click();
	setTimeout(() => URL.revokeObjectURL(url), 60e3);
}

export default function Report({ id }: { id: string }) {
	const { from, until, name } = useMemo(() => bounds(id || monthName(minute.peek())), [id]);
	const { data, error } = useMonth(from, until);
	const months = Array.from({ length: 13 }, (_, k) => monthStart(minute.value, k));
	const quality = data ? judge(data.log, from, until) : null;
	return (
		<main class="page report" id="main">
			<header class="title">
				<h1>{t("report.title", { month: month(from) })}</h1>
				<span class="quiet">
					{day(from)} – {day(until - 1)}
				</span>
			</header>
			<div class="actions no-print">
				<select class="input month" aria-label={t("report.month")} value={name} onChange={(e) => go(`/report/${e.currentTarget.value}`)}>
					{months.map((m) => (
						<option key={m} value={monthName(m)}>
							{month(m)}
						</option>
					))}
				</select>
				<button class="button" onClick={() => print()}>
					{t("report.print")}
				</button>
				<button class="button csv" onClick={() => saveCsv(name).catch(complain)}>
					CSV
				</button>
			</div>
			<ErrorNote error={error} />
			{data && (
				<>
					<section class="section">
						<h2>{t("report.hotline")}</h2>
						<p class="lead">{t("report.lead", { share: data.hotline ? shareText(data.hotline) : "–", n: data.incidents.length })}</p>
						{data.hotline?.callers_affected !== undefined && (
							<p>{t("report.callers", { n: number(data.hotline.callers_affected, 0) })}</p>
						)}
						<Centres rows={data.sites} hotline={data.hotline} />
					</section>
					<section class="section months">
						{data.hotline && <Days row={data.hotline} name={t("uptime.hotline")} />}
						{data.sites.slice(0, BARS).map((r) => (
							<Days key={r.id} row={r} name={siteName(r.id)} />
						))}
						<p class="bars-key small quiet">
							{(["up", "down", "planned", "unknown"] as const).map((s) => (
								<span key={s}>
									<i class={`b-${s}`} aria-hidden="true" /> {t(`state.${s}`)}
								</span>
							))}
						</p>
					</section>
					<section class="section">
						<h2>{t("report.longest")}</h2>
						<Longest list={data.incidents} from={from} until={until} />
					</section>
					<section class="section break">
						<h2>{t("uptime.classes")}</h2>
						<ClassTable rows={data.classes} />
					</section>
					<section class="section">
						<h2>{t("report.planned")}</h2>
						<Planned list={data.maintenance} />
						<p class="quiet">{t("report.unknown", { span: span(sum(data.sites).unknown_s) })}</p>
					</section>
					<section class="section">
						<h2>{t("report.alarms")}</h2>
						{quality && <AlarmFigures q={quality} />}
					</section>
				</>
			)}
		</main>
	);
}
