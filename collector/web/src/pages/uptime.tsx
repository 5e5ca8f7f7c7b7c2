// Uptime: a bar a day for 90 days, a bar a month for a year, per centre, class and device; every
// percentage with its unknown part, every bar down to the seconds and the incidents behind them.
import { PAGE } from "../lib/api";
import { useEffect, useRef, useState } from "preact/hooks";
import { dayStart, monthStart } from "../lib/format";
import { t } from "../lib/i18n";
import { minute, siteName, status } from "../lib/live";
import { query, setQuery } from "../lib/router";
import { shareText } from "../lib/uptime";
import type { Availability, Incident, UptimeRow } from "../lib/types";
import { shortId } from "../lib/words";
import { AvailabilityBars } from "../ui/bars";
import { HeatMap } from "../ui/heat";
import { IncidentRows } from "../ui/incident_rows";
import { ErrorNote, useGet } from "../ui/load";
import { usePaged } from "../ui/paged";

const DAY = 86400e3;
const HOTLINE = "hotline";
const SEATS = "seat";
type Rows = { availability: Availability[] };
const midnight = () => dayStart(minute.value);
const iso = (ms: number) => new Date(ms).toISOString();

function spanOf(monthly: boolean): { from: string; step: string | number } {
	return monthly
		? { from: iso(monthStart(minute.value, 11)), step: "month" }
		: { from: iso(midnight() - 89 * DAY), step: 86400 };
}

export function EntityBars({ entity, kind, name, monthly, onPick }: {
	entity: string;
	kind: string;
	name: string;
	monthly: boolean;
	onPick?: (entity: string, from: number) => void;
}) {
	const { data, error } = useGet<Rows>("/availability", { entity, kind, ...spanOf(monthly) });
	const a = data?.availability[0];
	return (
		<section class="avail-row">
			<h3>
				<a href={kind === "site" ? `/centre/${entity}` : `/device/${entity}`}>{name}</a>
				<span class="share">{a ? shareText(a) : ""}</span>
			</h3>
			<ErrorNote error={error} />
			{a?.bars ? (
				<AvailabilityBars
					bars={a.bars}
					monthly={monthly}
					label={name}
					ends={t(monthly ? "uptime.12_months" : "uptime.90_days")}
					onPick={(from) => onPick?.(entity, from)}
				/>
			) : (
				<div class="bars" />
			)}
		</section>
	);
}

/** The hotline itself: up while any centre can answer. */
function HotlineBars({ monthly, onPick }: { monthly: boolean; onPick: (entity: string, from: number) => void }) {
	const { data, error } = useGet<{ uptime: UptimeRow[] }>("/uptime", { ...spanOf(monthly), only: "sites" });
	const row = data?.uptime.find((r) => r.kind === "hotline");
	const name = t("uptime.hotline");
	return (
		<section class="avail-row">
			<h3>
				<a href="/">{name}</a>
				<span class="share">{row ? shareText(row) : ""}</span>
			</h3>
			<ErrorNote error={error} />
			{row?.bars ? (
				<AvailabilityBars
					bars={row.bars}
					monthly={monthly}
					label={name}
					ends={t(monthly ? "uptime.12_months" : "uptime.90_days")}
					onPick={(at) => onPick(HOTLINE, at)}
				/>
			) : (
				<div class="bars" />
			)}
			<p class="small quiet">{t("uptime.hotline_means")}</p>
		</section>
	);
}

/** A row that asks for its bars only when it comes into view. */
function LateBars(p: { entity: string; name: string; monthly: boolean }) {
	const ref = useRef<HTMLDivElement>(null);
	const [seen, set] = useState(false);
	useEffect(() => {
		const watcher = new IntersectionObserver((all) => all.some((e) => e.isIntersecting) && set(true), { rootMargin: "200px" });
		watcher.observe(ref.current!);
		return () => watcher.disconnect();
	}, []);
	return (
		<div ref={ref} class="late">
			{seen && <EntityBars kind="device" {...p} />}
		</div>
	);
}

function Behind({ entity, from, monthly }: { entity: string; from: number; monthly: boolean }) {
	const until = monthly ? monthStart(from + 40 * DAY) : from + DAY;
	const { data } = useGet<{ incidents: Incident[] }>("/incidents", { state: "all", limit: 1000 });
	const list = (data?.incidents ?? []).filter((i) => {
		const mine = entity === HOTLINE || i.site === entity || i.entities.includes(entity) || i.root_entity === entity;
		const end = i.closed_at ? Date.parse(i.closed_at) : Infinity;
		return mine && Date.parse(i.opened_at) < until && end > from;
	});
	return (
		<section class="section panel">
			<h2>{t("uptime.behind")}</h2>
			<IncidentRows list={list} />
		</section>
	);
}

/** The devices of a class, the worst first, each with its bars when it is looked at. */
function Members({ cls, monthly }: { cls: string; monthly: boolean }) {
	const rows = usePaged<Availability>("/availability", "availability", { class: cls, from: spanOf(monthly).from });
	const [limit, setLimit] = useState(20);
	useEffect(() => {
		if (rows.items.length < PAGE) rows.more();
	}, [rows.items.length]);
	return (
		<div class="class-open">
			<ErrorNote error={rows.error} />
			{[...rows.items]
				.sort((a, b) => b.down_s - a.down_s)
				.slice(0, limit)
				.map((r) => (
					<LateBars key={r.entity} entity={r.entity} name={nameOf(r.entity)} monthly={monthly} />
				))}
			{rows.items.length > limit && (
				<button class="button" onClick={() => setLimit(limit + 20)}>
					{t("more")}
				</button>
			)}
		</div>
	);
}

function ClassRow({ row, monthly }: { row: UptimeRow; monthly: boolean }) {
	const [open, set] = useState(false);
	const name = t(`class.${row.id}`);
	const n = t(row.id === SEATS ? "uptime.seats" : "uptime.devices", { n: row.members ?? 0 });
	return (
		<section class="avail-row">
			<h3>
				<span>
					<b>{name}</b> <span class="quiet">{n}</span>
				</span>
				<span class="share">{shareText(row)}</span>
			</h3>
			{row.bars && <AvailabilityBars bars={row.bars} monthly={monthly} label={name} ends={t(monthly ? "uptime.12_months" : "uptime.90_days")} />}
			{row.id !== SEATS && (
				<button class="chip" aria-expanded={open} onClick={() => set(!open)}>
					{t("uptime.each")}
				</button>
			)}
			{open && <Members cls={row.id} monthly={monthly} />}
		</section>
	);
}

/** The seats, then the devices class by class, each summed up over its members. */
function Classes({ monthly }: { monthly: boolean }) {
	const { data, error } = useGet<{ uptime: UptimeRow[] }>("/uptime", { ...spanOf(monthly), only: "classes" });
	return (
		<section class="section classes">
			<h2>{t("uptime.classes")}</h2>
			<ErrorNote error={error} />
			{data?.uptime.map((row) => (
				<ClassRow key={row.id} row={row} monthly={monthly} />
			))}
		</section>
	);
}

const nameOf = (id: string) => (id.includes("/") ? `${siteName(id.split("/")[0])} · ${shortId(id)}` : id);

function Year({ entity, kind }: { entity: string; kind: string }) {
	const { data } = useGet<Rows>("/availability", { entity, kind, from: iso(midnight() - 364 * DAY), step: 86400 });
	const bars = data?.availability[0]?.bars;
	return bars ? <HeatMap bars={bars} label={`${t("heat.title")}: ${nameOf(entity)}`} /> : null;
}

export default function Uptime() {
	const monthly = query.value.get("by") === "month";
	const one = query.value.get("entity");
	const [picked, pick] = useState<{ entity: string; from: number } | null>(null);
	const sites = status.value?.sites ?? [];
	const isSite = sites.some((s) => s.id === one);
	const shown = one
		? [{ entity: one, kind: isSite ? "site" : "device", name: isSite ? siteName(one) : nameOf(one) }]
		: sites.map((s) => ({ entity: s.id, kind: "site", name: s.name }));
	const onPick = (entity: string, from: number) => pick({ entity, from });
	return (
		<main class="page" id="main">
			<header class="title">
				<h1>{t("nav.uptime")}</h1>
				{one && (
					<a class="small" href="/uptime">
						{t("all")}
					</a>
				)}
			</header>
			<div class="chips">
				<button class="chip" aria-pressed={!monthly} onClick={() => setQuery({ by: null })}>
					{t("uptime.90_days")}
				</button>
				<button class="chip" aria-pressed={monthly} onClick={() => setQuery({ by: "month" })}>
					{t("uptime.12_months")}
				</button>
			</div>
			<p class="small quiet">{t("uptime.tap")}</p>
			{!one && <HotlineBars monthly={monthly} onPick={onPick} />}
			{shown.map((s) => (
				<EntityBars key={s.entity + monthly} {...s} monthly={monthly} onPick={onPick} />
			))}
			{picked && <Behind {...picked} monthly={monthly} />}
			{!one && <Classes monthly={monthly} />}
			<section class="section">
				<h2>{t("heat.title")}</h2>
				{(one ? shown : shown.slice(0, 12)).map((s) => (
					<div class="heat-row" key={s.entity}>
						<h3>{s.name}</h3>
						<Year entity={s.entity} kind={s.kind} />
					</div>
				))}
			</section>
		</main>
	);
}
