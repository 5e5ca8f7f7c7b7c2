// One device: what it says now with quality and age, charts with its alarms on them, and why
// linewatch believes that it is what it is.
import { useMemo, useState } from "preact/hooks";
import { idPath } from "../lib/api";
import { dayTime } from "../lib/format";
import { t } from "../lib/i18n";
import { minute, siteName } from "../lib/live";
import { query, setQuery } from "../lib/router";
import type { Device, LogEvent, Reading } from "../lib/types";
import { alarmWord, shortId } from "../lib/words";
import { Ago, Lasting } from "../ui/age";
import { DeviceCharts, firstMetrics, plottable } from "../ui/device_charts";
import { ErrorNote, useGet } from "../ui/load";
import { metricWord, ReadingValue } from "../ui/reading";
import { DeviceMark } from "../ui/state";
import { PlanLink } from "../ui/target_field";
import { Timeline } from "../ui/timeline";
import { listenTo } from "../ui/use_seat";
import { Scroll } from "../ui/scroll";

const HOUR = 3600e3;
const RANGES: [string, number][] = [
	["2h", 2 * HOUR],
	["24h", 24 * HOUR],
	["7d", 7 * 24 * HOUR],
	["30d", 30 * 24 * HOUR],
	["1y", 365 * 24 * HOUR],
	["5y", 5 * 365 * 24 * HOUR],
];

function useRange() {
	const q = query.value;
	const from = Number(q.get("from"));
	const until = Number(q.get("until"));
	if (from && until) return { from, until, name: "" };
	const name = q.get("range") ?? "24h";
	const length = RANGES.find(([n]) => n === name)?.[1] ?? 24 * HOUR;
	return { from: minute.value - length, until: minute.value, name };
}

function choose(from: number, until: number): void {
	if (Number.isNaN(from)) setQuery({ from: null, until: null });
	else setQuery({ from: String(Math.round(from)), until: String(Math.round(until)) });
}

function Ranges({ name, from, until }: { name: string; from: number; until: number }) {
	return (
		<div class="chips" role="group" aria-label={t("chart.range")}>
			{RANGES.map(([n]) => (
				<button class="chip" key={n} aria-pressed={n === name} onClick={() => setQuery({ range: n, from: null, until: null })}>
					{t(`range.${n}`)}
				</button>
			))}
			{!name && (
				<button class="chip" aria-pressed="true" onClick={() => choose(NaN, NaN)}>
					{dayTime(from)} – {dayTime(until)} ✕
				</button>
			)}
		</div>
	);
}

function Values({ d, chosen, toggle }: { d: Device; chosen: string[]; toggle: (m: string) => void }) {
	const rows = d.readings ?? [];
	if (!rows.length) return <p class="empty">{t("device.no_values")}</p>;
	return (
		<Scroll label={t("device.now")}>
			<table class="values">
				<thead>
					<tr>
						<th>{t("device.metric")}</th>
						<th>{t("device.value")}</th>
						<th class="num">{t("device.age")}</th>
					</tr>
				</thead>
				<tbody>
					{rows.map((r: Reading) => (
						<tr key={r.metric}>
							<td>
								{plottable(r) ? (
									<label class="check">
										<input type="checkbox" checked={chosen.includes(r.metric)} onChange={() => toggle(r.metric)} />
										{metricWord(r.metric)}
									</label>
								) : (
									metricWord(r.metric)
								)}
							</td>
							<td>
								<ReadingValue r={r} intervalMs={d.interval_ms} ageless />
							</td>
							<td class="num quiet">{r.at ? <Lasting at={r.at} /> : "–"}</td>
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}

function Compare({ d }: { d: Device }) {
	const same = useGet<{ devices: Device[] }>("/devices", { class: d.class, limit: 200 });
	const other = query.value.get("with") ?? "";
	return (
		<label class="field compare">
			<span>{t("device.compare")}</span>
			<select class="input" value={other} onChange={(e) => setQuery({ with: e.currentTarget.value || null })}>
				<option value="">{t("device.compare_none")}</option>
				{same.data?.devices
					.filter((x) => x.id !== d.id)
					.map((x) => (
						<option key={x.id} value={x.id}>
							{x.site ? `${siteName(x.site)} · ${shortId(x.id)}` : x.name}
						</option>
					))}
			</select>
		</label>
	);
}

function Links({ ids }: { ids: string[] }) {
	return (
		<>
			{ids.map((x, i) => (
				<>
					{i > 0 && ", "}
					<a href={`/device/${x}`}>{shortId(x)}</a>
				</>
			))}
		</>
	);
}

function Evidence({ d }: { d: Device }) {
	const facts: [string, string | null][] = [
		["device.profile", d.profile],
		["device.vendor", d.vendor],
		["device.model", d.model],
		["device.version", d.version],
		["device.serial", d.serial],
		["device.agent", d.agent],
	];
	return (
		<section class="section">
			<h2>{t("device.identity")}</h2>
			<dl class="facts">
				{facts.map(([key, value]) =>
					value ? (
						<>
							<dt>{t(key)}</dt>
							<dd>{value}</dd>
						</>
					) : null,
				)}
				{d.depends_on.length > 0 && (
					<>
						<dt>{t("device.needs")}</dt>
						<dd>
							<Links ids={d.depends_on.flat()} />
						</dd>
					</>
				)}
			</dl>
			{d.evidence.length > 0 && (
				<>
					<h2>{t("device.evidence")}</h2>
					<ul class="evidence">
						{d.evidence.map((e) => (
							<li key={e} class="mono">
								{e}
							</li>
						))}
					</ul>
				</>
			)}
		</section>
	);
}

function Title({ d }: { d: Device }) {
	return (
		<>
			<p class="small">
				{d.site && <a href={`/centre/${d.site}`}>{siteName(d.site)}</a>}
				{d.seat && (
					<>
						{" · "}
						<a href={`/seat/${d.seat}`}>{t("seat.title", { id: shortId(d.seat) })}</a>
					</>
				)}
				<span class="quiet"> · {t(`class.${d.class}`)}</span>
			</p>
			<header class="title">
				<h1>{shortId(d.name)}</h1>
				<DeviceMark d={d} />
				<span class="quiet">
					{d.seen_at ? (
						<>
							{t("device.seen")} <Ago at={d.seen_at} />
						</>
					) : (
						t("device.never_seen")
					)}
				</span>
			</header>
			{d.alarms.map((a) => (
				<p class="standing" key={a}>
					{alarmWord(a.split("/").pop()!)}
				</p>
			))}
		</>
	);
}

export default function DevicePage({ id }: { id: string }) {
	const device = useGet<Device>(`/devices/${idPath(id)}`, {}, listenTo(id), 5e3);
	const range = useRange();
	const since = new Date(range.from).toISOString();
	const log = useGet<{ log: LogEvent[] }>("/log", { entity: id, since, limit: 500 }, listenTo(id));
	const [metrics, setMetrics] = useState<string[] | null>(null);
	const d = device.data;
	const chosen = useMemo(() => metrics ?? (d ? firstMetrics(d) : []), [metrics, d !== null]);
	if (!d)
		return (
			<main class="page" id="main">
				{device.error ? <ErrorNote error={device.error} /> : <p class="quiet">{id}</p>}
			</main>
		);
	const toggle = (m: string) =>
		setMetrics(chosen.includes(m) ? chosen.filter((x) => x !== m) : [...chosen, m]);
	const events = log.data?.log ?? [];
	return (
		<main class="page wide" id="main">
			<div class="section">
				<Title d={d} />
			</div>
			<div class="two">
				<section class="section">
					<div class="chart-tools">
						<Ranges name={range.name} from={range.from} until={range.until} />
						<Compare d={d} />
					</div>
					<DeviceCharts
						entity={id}
						from={range.from}
						until={range.until}
						log={events.filter((e) => e.type === "alarm")}
						metrics={chosen}
						other={query.value.get("with")}
						onRange={choose}
					/>
					<p class="quiet small">{t("chart.how")}</p>
				</section>
				<div class="section side">
					<section class="section">
						<h2>{t("device.now")}</h2>
						<Values d={d} chosen={chosen} toggle={toggle} />
					</section>
					<Evidence d={d} />
					<section class="section">
						<h2>{t("device.log")}</h2>
						{events.length ? <Timeline events={events.slice(0, 40)} days /> : <p class="empty">{t("device.no_log")}</p>}
						<p class="small">
							<a href={`/uptime?entity=${encodeURIComponent(id)}`}>{t("nav.uptime")}</a>
							<PlanLink id={id} />
						</p>
					</section>
				</div>
			</div>
		</main>
	);
}
