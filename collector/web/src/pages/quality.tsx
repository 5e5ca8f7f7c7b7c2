// Are the alarms worth the attention they ask for? Against ISA-18.2 and the limits of a phone.
import { useState } from "preact/hooks";
import { fetchAll, fetchLog } from "../lib/fetch_all";
import { number } from "../lib/format";
import { t } from "../lib/i18n";
import { minute } from "../lib/live";
import { judge, type Quality } from "../lib/quality";
import type { Alarm } from "../lib/types";
import { alarmWord, placeWord } from "../lib/words";
import { Ago } from "../ui/age";
import { ErrorNote, useLoad } from "../ui/load";
import { State } from "../ui/state";
import { Scroll } from "../ui/scroll";

const DAYS = [1, 7, 30];

/** Below this many alarms the share of the loudest says nothing. */
const ENOUGH = 200;

interface Measure {
	key: string;
	value: string;
	limit: string;
	good: boolean | null; // null: cannot be told yet
}

const share = (v: number, decimals = 1) => `${number(v * 100, decimals)} %`;

function measures(q: Quality, standing: number): Measure[] {
	return [
		{ key: "quality.per_hour", value: number(q.perHour, 2), limit: "≤ 6", good: q.perHour <= 6 },
		{ key: "quality.worst", value: number(q.worstTenMinutes), limit: "< 10", good: q.worstTenMinutes < 10 },
		{ key: "quality.flood_share", value: share(q.floodShare, 2), limit: "< 1 %", good: q.floodShare < 0.01 },
		{ key: "quality.top_share", value: q.alarms < ENOUGH ? t("quality.too_few") : share(q.topShare), limit: "≤ 5 %", good: q.alarms < ENOUGH ? null : q.topShare <= 0.05 },
		{ key: "quality.chattering", value: number(q.chattering.length), limit: "0", good: q.chattering.length === 0 },
		{ key: "quality.standing", value: number(standing), limit: "< 5", good: standing < 5 },
		{ key: "quality.pages_per_shift", value: number(q.pagesPerShift, 1), limit: "≤ 2", good: q.pagesPerShift <= 2 },
		{
			key: "quality.precision",
			value: q.precision === null ? t("quality.no_verdict") : share(q.precision, 0),
			limit: "≥ 95 %",
			good: q.precision === null ? null : q.precision >= 0.95,
		},
	];
}

function Measures({ list }: { list: Measure[] }) {
	return (
		<Scroll label={t("quality.title")}><table>
			<thead>
				<tr>
					<th>{t("quality.measure")}</th>
					<th class="num">{t("device.value")}</th>
					<th class="num">{t("quality.limit")}</th>
					<th />
				</tr>
			</thead>
			<tbody>
				{list.map((m) => (
					<tr key={m.key}>
						<td>{t(m.key)}</td>
						<td class="num">{m.value}</td>
						<td class="num quiet">{m.limit}</td>
						<td>
							{m.good === null ? (
								<State look="unknown" word={t("capacity.unknown")} />
							) : (
								<State look={m.good ? "full" : "degraded"} word={t(m.good ? "quality.within" : "quality.beyond")} />
							)}
						</td>
					</tr>
				))}
			</tbody>
		</table></Scroll>
	);
}

const SPLIT: [keyof Quality["priorities"], number][] = [
	["warning", 0.8],
	["minor", 0.8],
	["major", 0.15],
	["critical", 0.05],
];

function Priorities({ q }: { q: Quality }) {
	const all = Math.max(1, q.alarms);
	return (
		<dl class="facts">
			{SPLIT.map(([s]) => (
				<>
					<dt>{t(`severity.${s}`)}</dt>
					<dd>
						{number(q.priorities[s])} · {share(q.priorities[s] / all, 0)}
					</dd>
				</>
			))}
		</dl>
	);
}

function Sources({ list, heading, none }: { list: { name: string; times: number }[]; heading: string; none: string }) {
	return (
		<section class="section">
			<h2>{heading}</h2>
			{list.length === 0 && <p class="empty">{none}</p>}
			<ol class="rows">
				{list.slice(0, 10).map((x) => (
					<li key={x.name} class="source">
						<span>
							{alarmWord(x.name.split("/").pop()!)} <span class="quiet">{placeWord(x.name.split("/").slice(0, -1).join("/"))}</span>
						</span>
						<b class="num">{number(x.times)}</b>
					</li>
				))}
			</ol>
		</section>
	);
}

export default function QualityPage() {
	const [days, set] = useState(7);
	const until = minute.peek();
	const from = until - days * 86400e3;
	const { data, error } = useLoad(`quality ${days}`, async () => {
		const [log, alarms] = await Promise.all([fetchLog(from, until), fetchAll<Alarm>("/alarms", "alarms", {})]);
		return { q: judge(log, from, until), alarms };
	});
	const old = data?.alarms.filter((a) => until - Date.parse(a.raised_at) > 86400e3) ?? [];
	return (
		<main class="page" id="main">
			<h1>{t("quality.title")}</h1>
			<div class="chips">
				{DAYS.map((d) => (
					<button class="chip" key={d} aria-pressed={d === days} onClick={() => set(d)}>
						{t("quality.days", { n: d })}
					</button>
				))}
			</div>
			<ErrorNote error={error} />
			{data && (
				<>
					<Measures list={measures(data.q, old.length)} />
					<div class="three">
						<section class="section">
							<h2>{t("quality.priorities", { n: data.q.alarms })}</h2>
							<Priorities q={data.q} />
						</section>
						<Sources list={data.q.top} heading={t("quality.top")} none={t("quality.no_alarm")} />
						<Sources list={data.q.chattering} heading={t("quality.chattering")} none={t("quality.no_chatter")} />
					</div>
					<section class="section">
						<h2>{t("quality.standing")}</h2>
						{old.length === 0 && <p class="empty">{t("quality.no_standing")}</p>}
						<ul class="rows">
							{old.map((a) => (
								<li key={a.id} class="source">
									<span>
										{alarmWord(a.code)} <span class="quiet">{placeWord(a.entity)}</span>
									</span>
									<span class="quiet">
										<Ago at={a.raised_at} />
									</span>
								</li>
							))}
						</ul>
					</section>
				</>
			)}
		</main>
	);
}
