// The month on two pages of paper: the hotline, the centres, the longest outages with cause, what
// was planned, what is still unknown, how the alarms behaved. CSV for those who calculate on.
import { useMemo } from "preact/hooks";
import { day, dayTime, month, monthName, monthStart, number, span } from "../lib/format";
import { get } from "../lib/api";
import { t } from "../lib/i18n";
import { minute, now, siteName, status } from "../lib/live";
import { judge, type Quality } from "../lib/quality";
import { go } from "../lib/router";
import type { Availability, Device, Incident, Maintenance, Seconds, UptimeRow } from "../lib/types";
import { byClass, csvBlob, secondsOf, shareText, sum } from "../lib/uptime";
import { alarmWord, placeOf, thingOf } from "../lib/words";
import { AvailabilityBars } from "../ui/bars";
import { ErrorNote, useGet, useLoad } from "../ui/load";
import { fetchAll, fetchLog } from "../lib/fetch_all";
import { Scroll } from "../ui/scroll";

const LONGEST = 5;

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

function Centres({ rows, hotline }: { rows: Availability[]; hotline?: UptimeRow }) {
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
					<tr key={r.entity}>
						<td>{siteName(r.entity)}</td>
						<Figures s={r} />
					</tr>
				))}
			</tbody>
		</table></Scroll>
	);
}

function ClassTable({ rows, classOf }: { rows: Availability[]; classOf: Map<string, string> }) {
	return (
		<Scroll label={t("nav.report")}><table>
			<Heads first={t("report.class")} />
			<tbody>
				{[...byClass(rows, classOf)].map(([c, list]) => (
					<tr key={c}>
						<td>
							{t(`class.${c}`)} <span class="quiet">({number(list.length)})</span>
						</td>
						<Figures s={sum(list)} />
					</tr>
				))}
			</tbody>
		</table></Scroll>
	);
}

function SiteMonth({ id, from, until }: { id: string; from: number; until: number }) {
	const { data } = useGet<{ availability: Availability[] }>("/availability", {
		entity: id,
		kind: "site",
		from: new Date(from).toISOString(),
		to: new Date(until).toISOString(),
		step: 86400,
	});
	const bars = data?.availability[0]?.bars;
	return (
		<div class="site-month">
			<h3>{siteName(id)}</h3>
			{bars && <AvailabilityBars bars={bars} label={siteName(id)} />}
		</div>
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

function useMonth(from: number, until: number) {
	const range = { from: new Date(from).toISOString(), to: new Date(until).toISOString() };
	return useLoad(`report ${from}`, async () => {
		const [up, rows, devices, incidents, log, maintenance] = await Promise.all([
			get<{ uptime: UptimeRow[] }>("/uptime", { ...range, only: "sites" }),
			fetchAll<Availability>("/availability", "availability", range),
			fetchAll<Device>("/devices", "devices", {}),
			fetchAll<Incident>("/incidents", "incidents", { state: "all" }),
			fetchLog(from, until),
			fetchAll<Maintenance>("/maintenance", "maintenance", {}),
		]);
		return { hotline: up.uptime.find((r) => r.kind === "hotline"), rows, devices, log, maintenance, incidents: incidents.filter((i) => lengthIn(i, from, until) > 0) };
	});
}

function rowsOfCsv(rows: Availability[], hotline: UptimeRow | undefined, name: string): (string | number)[][] {
	return [
		["month", "kind", "entity", "up_s", "down_s", "planned_s", "unknown_s"],
		...(hotline ? [[name, hotline.kind, hotline.id, ...secondsOf(hotline)]] : []),
		...rows.map((r) => [name, r.kind, r.entity, ...secondsOf(r)]),
	];
}

export default function Report({ id }: { id: string }) {
	const { from, until, name } = useMemo(() => bounds(id || monthName(minute.peek())), [id]);
	const { data, error } = useMonth(from, until);
	const months = Array.from({ length: 13 }, (_, k) => monthStart(minute.value, k));
	const sites = status.value?.sites ?? [];
	const siteRows = data?.rows.filter((r) => r.kind === "site") ?? [];
	const classOf = new Map(data?.devices.map((d) => [d.id, d.class]) ?? []);
	const csv = useMemo(() => (data ? csvBlob(rowsOfCsv(data.rows, data.hotline, name)) : ""), [data, name]);
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
				{csv && (
					<a class="button" href={csv} download={`linewatch-${name}.csv`}>
						CSV
					</a>
				)}
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
						<Centres rows={siteRows} hotline={data.hotline} />
					</section>
					<section class="section months">
						{sites.slice(0, 6).map((s) => (
							<SiteMonth key={s.id} id={s.id} from={from} until={until} />
						))}
					</section>
					<section class="section">
						<h2>{t("report.longest")}</h2>
						<Longest list={data.incidents} from={from} until={until} />
					</section>
					<section class="section break">
						<h2>{t("uptime.classes")}</h2>
						<ClassTable rows={data.rows} classOf={classOf} />
					</section>
					<section class="section">
						<h2>{t("report.planned")}</h2>
						<ul>
							{data.maintenance
								.filter((m) => Date.parse(m.from) < until && Date.parse(m.until) > from)
								.map((m) => (
									<li key={m.id}>
										{dayTime(Date.parse(m.from))} – {dayTime(Date.parse(m.until))} · {m.target} · {m.reason}
									</li>
								))}
						</ul>
						<p class="quiet">{t("report.unknown", { span: span(sum(siteRows).unknown_s) })}</p>
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
