// The panels of one device: its metrics that are worth a line, each with last value, quality, age.
import { useEffect, useState } from "preact/hooks";
import { get, idPath } from "../lib/api";
import { number } from "../lib/format";
import { t, tOr } from "../lib/i18n";
import { now } from "../lib/live";
import type { Mark } from "../lib/plot";
import type { Device, History, Incident, LogEvent, Reading } from "../lib/types";
import { alarmWord, placeWord, shortId } from "../lib/words";
import { Ago } from "./age";
import { Chart } from "./chart";
import { ErrorNote, useGet, useLoad } from "./load";
import { metricWord, ReadingValue } from "./reading";

/** What a technician looks at first, by class; the rest follows when asked for. */
const FIRST: Record<string, string[]> = {
	ups: ["battery.charge_percent", "output.load_percent", "input.voltage_volts"],
	pbx: ["pbx.calls_active", "pbx.registered_endpoints", "sip.latency_ms"],
	phone: ["sip.registered", "sip.latency_ms"],
	headset: ["headset.present"],
	ivr: ["ivr.result", "ivr.prompt_score_percent"],
	workstation: ["host.load1", "host.memory_used_percent", "host.disk_used_percent"],
	service: ["service.latency_ms", "service.up"],
	link: ["link.rtt_ms", "link.loss_percent"],
	network: ["link.rtt_ms", "link.loss_percent"],
	trunk: ["trunk.up", "sip.latency_ms"],
};

export const plottable = (r: Reading) => r.kind !== "bits" && r.kind !== "counter";
const bare = (metric: string) => metric.replace(/[#@].*$/, "");

export function firstMetrics(d: Device): string[] {
	const readings = (d.readings ?? []).filter(plottable);
	const wanted = (FIRST[d.class] ?? []).flatMap((m) => readings.filter((r) => bare(r.metric) === m));
	return (wanted.length ? wanted : readings).slice(0, 3).map((r) => r.metric);
}

const DECIMALS: [RegExp, number][] = [
	[/_ms$|_seconds$|_watts$|endpoints|active|present|registered$|up$/, 0],
	[/load1/, 2],
	[/./, 1],
];
const decimalsOf = (metric: string) => DECIMALS.find(([r]) => r.test(bare(metric)))![1];

function wordsOf(r: Reading | undefined): ((v: number) => string) | undefined {
	if (r?.kind === "flag") return (v) => (v === 1 ? t("yes") : v === 0 ? t("no") : "");
	if (r?.kind === "state")
		return (v) => (Number.isInteger(v) ? tOr(`metric.${bare(r.metric)}.${v}`, String(v)) : "");
	return undefined;
}

function Panel(p: {
	device: string;
	other: string | null;
	otherReading?: Reading;
	reading?: Reading;
	metric: string;
	from: number;
	until: number;
	marks: Mark[];
	onRange?: (from: number, until: number) => void;
}) {
	const [histories, set] = useState<History[] | null>(null);
	const [error, setError] = useState<unknown>(null);
	useEffect(() => {
		let alive = true;
		const names = p.other ? [p.device, p.other] : [p.device];
		const range = { from: new Date(p.from).toISOString(), to: new Date(p.until).toISOString() };
		Promise.all(names.map((entity) => get<History>("/history", { entity, metric: p.metric, ...range }))).then(
			(all) => alive && (set(all), setError(null)),
			(e) => alive && setError(e),
		);
		return () => {
			alive = false;
		};
	}, [p.device, p.other, p.metric, p.from, p.until]);
	if (error) return <ErrorNote error={error as never} />;
	return (
		<figure class="panel-chart">
			<figcaption>
				{metricWord(p.metric)} <span class="quiet">{p.reading?.unit}</span>
			</figcaption>
			<div class="last">
				{p.reading && <Last r={p.reading} line="first" />}
				{p.otherReading && <Last r={p.otherReading} line="second" />}
			</div>
			{histories ? (
				<Chart
					histories={histories}
					from={p.from}
					until={p.until}
					marks={p.marks}
					label={summary(p.metric, histories[0])}
					decimals={decimalsOf(p.metric)}
					percent={p.reading?.unit === "%"}
					words={wordsOf(p.reading)}
					onRange={p.onRange}
				/>
			) : (
				<div class="plot" />
			)}
		</figure>
	);
}

/** The margin of a chart: the last value, how good it is and how old. */
function Last({ r, line }: { r: Reading; line: "first" | "second" }) {
	return (
		<p>
			<i class={`line-${line}`} />
			<ReadingValue r={r} ageless />
			<span class="quiet small">
				{r.quality !== "unknown" && `${t(`device.${r.quality}`)} · `}
				<Ago at={r.at} />
			</span>
		</p>
	);
}

/** What the chart shows in one sentence, for those who cannot see it. */
function summary(metric: string, h: History): string {
	const lows = h.min.filter((v): v is number => v !== null);
	const highs = h.max.filter((v): v is number => v !== null);
	if (!lows.length) return t("chart.nothing", { what: metricWord(metric) });
	return t("chart.summary", {
		what: metricWord(metric),
		low: number(Math.min(...lows), 1),
		high: number(Math.max(...highs), 1),
		gaps: h.gaps.length,
	});
}

/** Alarms of the device between two moments, from the log: raised and cleared make one band. */
function marksOf(log: LogEvent[], until: number): Mark[] {
	const open = new Map<string, Mark>();
	const out: Mark[] = [];
	for (const e of [...log].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
		const d = e.data as { alarm?: string; code?: string; state?: string; severity?: string };
		const code = d.code ?? d.alarm?.split("/").pop() ?? "";
		const at = Date.parse(e.at) / 1000;
		if (d.state === "cleared") {
			const m = open.get(code);
			if (m) m.until = at;
			open.delete(code);
		} else if (!open.has(code)) {
			const m = { from: at, until: until / 1000, label: alarmWord(code), severe: d.severity === "major" || d.severity === "critical" };
			open.set(code, m);
			out.push(m);
		}
	}
	return out;
}

const incidentMark = (i: Incident): Mark => ({
	from: Date.parse(i.opened_at) / 1000,
	until: (i.closed_at ? Date.parse(i.closed_at) : now.peek()) / 1000,
	label: alarmWord(i.root_code),
	severe: i.severity === "major" || i.severity === "critical",
});

interface Props {
	entity: string;
	from: number;
	until: number;
	marks?: Incident[];
	log?: LogEvent[];
	metrics?: string[];
	other?: string | null;
	onRange?: (from: number, until: number) => void;
}

export function DeviceCharts(p: Props) {
	const device = useGet<Device>(`/devices/${idPath(p.entity)}`, {}, undefined, 15e3);
	const other = useLoad<Device | null>(p.other ?? "", () => (p.other ? get<Device>(`/devices/${idPath(p.other)}`) : Promise.resolve(null)), undefined, 5e3);
	const d = device.data;
	if (!d) return device.error?.status === 404 ? null : <ErrorNote error={device.error} />;
	const metrics = p.metrics ?? firstMetrics(d);
	const marks = [...(p.marks ?? []).map(incidentMark), ...marksOf(p.log ?? [], p.until)];
	return (
		<div class="panels">
			{p.other && (
				<p class="small legend-two">
					<i class="line-first" /> {shortId(p.entity)} <i class="line-second" /> {placeWord(p.other)}
				</p>
			)}
			{metrics.map((m) => (
				<Panel
					key={m}
					device={p.entity}
					other={p.other ?? null}
					metric={m}
					reading={d.readings?.find((r) => r.metric === m)}
					otherReading={other.data?.readings?.find((r) => r.metric === m)}
					from={p.from}
					until={p.until}
					marks={marks}
					onRange={p.onRange}
				/>
			))}
		</div>
	);
}
