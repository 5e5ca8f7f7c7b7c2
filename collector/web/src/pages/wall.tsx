// The wall: can a caller reach a counsellor, what is wrong and what does it cost, what now.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { dayOf, startDay } from "../lib/day";
import { clock, clockSeconds, number } from "../lib/format";
import { t } from "../lib/i18n";
import { blind, minute, now, shown, status } from "../lib/live";
import type { Capacity, Incident, Site } from "../lib/types";
import { roleLook, ROLES } from "../lib/spine";
import { actionsFor, alarmWord, atRest, callsAffected, holder, hotlineSentence, minutesLeft, placeOf, shortId, thingOf } from "../lib/words";
import { Lasting } from "../ui/age";
import { Footer } from "../ui/footer";
import { capacityWord, LOOK_WORD, lookOf, Shape } from "../ui/state";
import { Schema } from "../ui/schema";
import { HourAxis, Strip } from "../ui/strip";

const WEIGHT = { dark: 4, critical: 3, unknown: 2, degraded: 1, full: 0 };
const FEW = 6;
const ROWS = 5;

function Hotline({ c, sites }: { c: Capacity; sites: Site[] }) {
	const calls = callsAffected(sites, minute.value);
	if (blind.value)
		return (
			<div class="hotline h-unknown">
				<p class="verdict">
					<Shape look="unknown" />
					{t("hotline.unknown")}
				</p>
				<p class="figure old">{t("wall.last_known", { ready: number(c.seats_ready), total: number(c.seats_total) })}</p>
			</div>
		);
	const lost = c.seats_total - c.seats_ready - c.seats_unknown;
	return (
		<div class={`hotline h-${c.state}`}>
			<p class="verdict">
				<Shape look={c.state} />
				{hotlineSentence(c)}
			</p>
			<p class="figure">
				<b>
					{number(c.seats_ready)} / {number(c.seats_total)}
				</b>{" "}
				{t("wall.seats")}
			</p>
			<p class="cost">
				{[
					lost > 0 && t("wall.lost", { seats: number(lost) }),
					c.seats_unknown > 0 && t("wall.unknown", { seats: number(c.seats_unknown) }),
					calls !== null && t("wall.calls", { calls: number(calls, 1) }),
				]
					.filter(Boolean)
					.join(" · ")}
			</p>
		</div>
	);
}

function Clock() {
	return (
		<p class="clock">
			<time>{clockSeconds(now.value)}</time>
			<span class={blind.value ? "pulse lost" : "pulse"}>
				{blind.value ? t("live.lost") : t("live.on")}
			</span>
		</p>
	);
}

/** Width of "10 / 10" in ems of its first number, so that it is as big as the tile allows. */
const emWidth = (c: Capacity) =>
	0.7 * String(c.seats_ready).length + 0.31 * (0.64 * String(c.seats_total).length + 1);

/** Power, line, PBX: what the centre stands on. The schematic draws the line, where there is room. */
function Spine({ s }: { s: Site }) {
	return (
		<p class="spine">
			{ROLES.map((role) => {
				const look = roleLook(s, role);
				return (
					look && (
						<span key={role} class={`leg leg-${role} l-${look}`}>
							<Shape look={look} /> {t(`spine.${role}`)}
							<span class="sr">{t(LOOK_WORD[look])}</span>
						</span>
					)
				);
			})}
		</p>
	);
}

function Tile({ s, until, strips }: { s: Site; until: number; strips: boolean }) {
	const c = s.capacity;
	const left = minutesLeft(c);
	return (
		<a class={`tile t-${c.state}`} href={`/centre/${s.id}`} data-row>
			<div class="tile-in">
				<h2>
					<span class="name">{s.name}</span>
					<span class={`state s-${c.state}`}>
						<span class="word">{capacityWord(c.state)}</span>
						<Shape look={c.state} />
					</span>
				</h2>
				<p class="ready" style={{ "--em": String(emWidth(c)) }} aria-label={t("wall.ready", { ready: c.seats_ready, total: c.seats_total })}>
					<b>{c.state === "unknown" && c.seats_ready === 0 ? "?" : number(c.seats_ready)}</b>
					<span class="of"> / {number(c.seats_total)}</span>
				</p>
				<p class="limits">
					{left && <span class="left">{t("wall.on_ups", { left })}</span>}
					{c.limiting && c.state !== "full" && (
						<span>{t("wall.limited", { what: shortId(c.limiting) })}</span>
					)}
					{c.seats_unknown > 0 && <span>{t("wall.unknown", { seats: number(c.seats_unknown) })}</span>}
				</p>
				{strips && <Spine s={s} />}
				{strips && (
					<div class="day">
						<Strip from={until - 86400e3} until={until} stretches={dayOf(s.id, until)} label={t("wall.day")} />
						<HourAxis from={until - 86400e3} until={until} />
					</div>
				)}
			</div>
		</a>
	);
}

function Row({ i, cut }: { i: Incident; cut: boolean }) {
	const rests = atRest(i);
	const first = actionsFor(i.root_code)[0];
	const thing = thingOf(i);
	return (
		<li class={cut ? "cut" : undefined}>
			<a class={`trouble v-${i.severity}${rests ? " closed" : ""}`} href={`/i/${i.incident}`} data-row={!cut || undefined} data-incident={i.incident}>
				<Shape look={lookOf(i)} />
				<span class="what">
					<span class="sr">{rests ? holder(i) : t(`severity.${i.severity}`)}: </span>
					<b>{placeOf(i)}</b> · {alarmWord(i.root_code)}
					{thing && <span class="quiet"> · {thing}</span>}
				</span>
				<span class="at">{clock(Date.parse(i.opened_at))}</span>
				<span class="long">
					<Lasting at={i.opened_at} until={i.closed_at} />
				</span>
				<span class={i.owner || rests ? "who" : "who nobody"}>{holder(i)}</span>
				<span class="more">
					{i.seats.length > 0 && <span>{t("wall.cost", { seats: i.seats.length })}</span>}
					{i.entities.length > 1 && <span>{t("wall.involved", { n: i.entities.length })}</span>}
					{first && !rests && <span>{t("wall.first", { first })}</span>}
				</span>
			</a>
		</li>
	);
}

function Troubles() {
	const list = shown.value;
	const rows = useRef<HTMLUListElement>(null);
	const [fit, setFit] = useState(ROWS + 1);
	const drawn = list.slice(0, list.length === ROWS + 1 ? ROWS + 1 : ROWS);
	const rest = list.length - Math.min(fit, drawn.length);
	useLayoutEffect(() => {
		// A row that is not whole to see flows into a second column, where nobody sees it.
		const measure = () => setFit([...rows.current!.children].filter((li) => (li as HTMLElement).offsetLeft <= rows.current!.offsetLeft).length);
		measure();
		addEventListener("resize", measure);
		return () => removeEventListener("resize", measure);
	});
	return (
		<section class="troubles" aria-label={t("nav.incidents")}>
			{list.length === 0 && <p class="calm">{t("wall.calm")}</p>}
			<ul ref={rows}>
				{drawn.map((i, k) => (
					<Row key={i.incident} i={i} cut={k >= fit} />
				))}
			</ul>
			{rest > 0 && (
				<a class="rest" href="/incidents">
					{t("wall.more", { n: rest })}
				</a>
			)}
		</section>
	);
}

/** Columns that keep tiles about one and a half times as wide as high on a wide screen. */
const columns = (n: number) => (n <= FEW ? Math.min(n, n === 4 ? 2 : 3) : Math.ceil(Math.sqrt(n * 2)));

export default function Wall() {
	useEffect(startDay, []);
	const s = status.value;
	if (!s) return <p class="waiting">{t("wall.waiting")}</p>;
	const many = s.sites.length > FEW;
	const sites = many
		? [...s.sites].sort((a, b) => WEIGHT[b.capacity.state] - WEIGHT[a.capacity.state] || a.name.localeCompare(b.name))
		: s.sites;
	const until = minute.value + 60e3;
	return (
		<main class={`wall${many ? " many" : ""}`} id="main">
			<header class="wall-head">
				<h1>111</h1>
				<Hotline c={s.hotline} sites={s.sites} />
				<Clock />
			</header>
			<div class="wall-body">
				<div class="places">
					<div class="tiles" style={{ "--cols": String(columns(sites.length)) }}>
						{sites.map((x) => (
							<Tile key={x.id} s={x} until={until} strips={!many} />
						))}
					</div>
					<Schema sites={s.sites} names={!many} />
				</div>
				<Troubles />
			</div>
			<Footer />
		</main>
	);
}
