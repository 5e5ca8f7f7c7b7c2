// On call: who holds the phone, who follows, how far a page travels when nobody answers, and the
// proof that each person can be reached.
import { useRef, useState } from "preact/hooks";
import { dayTime, number, span } from "../lib/format";
import { t, tOr } from "../lib/i18n";
import { minute } from "../lib/live";
import type { Agent, Drill, Oncall, Person, Shift } from "../lib/types";
import { Ago } from "../ui/age";
import { withName, complain, say } from "../lib/acts";
import { mayAct, post } from "../lib/api";
import { ErrorNote, useGet } from "../ui/load";
import { Changes, HolidayForm, nameOf, nextDay, Rota, SwapForm } from "../ui/rota";
import { State, type Look } from "../ui/state";
import { Scroll } from "../ui/scroll";

const TO_WORD: Record<string, string> = {
	oncall: "oncall.to_oncall",
	next: "oncall.to_next",
	everyone: "oncall.to_everyone",
};

function Line({ o }: { o: Oncall }) {
	const next = o.shifts.find((s) => s.person !== o.now)?.person ?? null;
	const who: Record<string, string> = { oncall: nameOf(o, o.now), next: nameOf(o, next), everyone: t("oncall.everyone") };
	return (
		<ol class="escalation">
			{o.escalation.map((e, i) => (
				<li key={i}>
					<b>{e.after_s === 0 ? t("oncall.at_once") : t("oncall.after", { span: span(e.after_s) })}</b>
					<span>{who[e.to] ?? nameOf(o, e.to)}</span>
					<span class="quiet small">{TO_WORD[e.to] ? t(TO_WORD[e.to]) : ""}</span>
				</li>
			))}
		</ol>
	);
}

function Proof({ p }: { p: Person }) {
	if (p.reachable === true)
		return (
			<>
				<State look="full" word={t("oncall.proven")} />{" "}
				<span class="quiet small">
					<Ago at={p.proven_at} />
				</span>
			</>
		);
	if (p.reachable === false) return <State look="critical" word={t("oncall.failed")} />;
	return <State look="unknown" word={t("oncall.unproven")} />;
}

function People({ o }: { o: Oncall }) {
	return (
		<Scroll label={t("oncall.reach")}>
			<table class="people">
				<thead>
					<tr>
						<th>{t("oncall.person")}</th>
						<th>{t("oncall.channels")}</th>
						<th>{t("oncall.reach")}</th>
					</tr>
				</thead>
				<tbody>
					{o.people.map((p) => (
						<tr key={p.id}>
							<td>
								<b>{p.name}</b> {p.id === o.now && <span class="quiet">· {t("oncall.now")}</span>}
							</td>
							<td>{p.channels.map((c) => tOr(`channel.${c}`, c)).join(" → ") || t("oncall.no_channel")}</td>
							<td>
								<Proof p={p} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}

const DRILL_LOOK: Record<Drill["state"], Look> = { running: "planned", passed: "full", failed: "critical" };

/** One rehearsal as a chain: each link with what it took, or where it broke. */
function DrillRow({ d, confirm }: { d: Drill; confirm: () => void }) {
	return (
		<li class="drill">
			<State look={DRILL_LOOK[d.state]} word={t(`drill.${d.state}`)} />
			<span>
				<b>{d.agent}</b> <span class="quiet">{dayTime(Date.parse(d.started_at))}</span>
				<ol class="chain">
					{d.links.map((l) => (
						<li key={l.link} class={d.failed_at === l.link ? "broken" : ""}>
							{t(`drill.${l.link}`)}{" "}
							<span class="quiet">{l.took_ms === null ? "–" : l.took_ms < 1000 ? `${number(l.took_ms)} ms` : `${number(l.took_ms / 1000, 1)} s`}</span>
						</li>
					))}
				</ol>
			</span>
			{d.state === "running" && mayAct() && (
				<button class="button" onClick={confirm}>
					{t("drill.confirm")}
				</button>
			)}
		</li>
	);
}

function Drills() {
	const { data, error, again } = useGet<{ drills: Drill[] }>("/drills", {}, undefined, 2000);
	const agents = useGet<{ agents: Agent[] }>("/agents", { limit: 500 });
	const [agent, choose] = useState("");
	const chosen = agent || agents.data?.agents.find((a) => a.id.endsWith("/gw"))?.id || agents.data?.agents[0]?.id || "";
	const start = (e: Event) => {
		e.preventDefault();
		post<Drill>("/drills", { agent: chosen }).then(() => (say(t("drill.begun")), again()), complain);
	};
	const confirm = (n: number) => withName((by) => post<Drill>(`/drills/${n}/ack`, by ? { by } : {}).then(again, complain));
	return (
		<>
			<ErrorNote error={error} />
			<ul class="rows">
				{data?.drills.map((d) => (
					<DrillRow key={d.drill} d={d} confirm={() => confirm(d.drill)} />
				))}
			</ul>
			{data && !data.drills.length && <p class="empty">{t("oncall.no_drill")}</p>}
			{mayAct() && (
				<form class="actions drill-form" onSubmit={start}>
					<select class="input month" aria-label={t("drill.from")} value={chosen} onChange={(e) => choose(e.currentTarget.value)}>
						{agents.data?.agents.map((a) => (
							<option key={a.id} value={a.id}>
								{a.id}
							</option>
						))}
					</select>
					<button class="button" disabled={!chosen}>
						{t("drill.start")}
					</button>
				</form>
			)}
		</>
	);
}

export default function OncallPage() {
	const { data: o, error, again } = useGet<Oncall>("/oncall", {}, (h) => h.type === "oncall", 60e3);
	const [picked, setPicked] = useState(nextDay);
	const form = useRef<HTMLElement>(null);
	const pick = (s: Shift) => {
		setPicked({ from: Math.max(Date.parse(s.from), minute.peek()), until: Date.parse(s.until) });
		form.current?.querySelector("select")?.focus();
	};
	if (!o)
		return (
			<main class="page" id="main">
				<h1>{t("nav.oncall")}</h1>
				<ErrorNote error={error} />
			</main>
		);
	const shift = o.shifts.find((s) => Date.parse(s.from) <= minute.value + 60e3 && Date.parse(s.until) > minute.value);
	return (
		<main class="page" id="main">
			<header class="title">
				<h1>{o.now ? t("oncall.has", { who: nameOf(o, o.now) }) : t("oncall.nobody")}</h1>
				{shift && <span class="quiet">{t("oncall.until", { at: dayTime(Date.parse(shift.until)) })}</span>}
			</header>
			<section class="section">
				<h2>{t("oncall.escalation")}</h2>
				<Line o={o} />
			</section>
			<section class="section">
				<h2>{t("oncall.reach")}</h2>
				<People o={o} />
			</section>
			<section class="section">
				<h2>{t("oncall.rota")}</h2>
				<Rota o={o} pick={mayAct() ? pick : undefined} />
				<Changes o={o} again={again} />
			</section>
			{mayAct() && (
				<section class="section" ref={form}>
					<h2>{t("oncall.swap")}</h2>
					<p class="quiet small">{t("oncall.swap_hint")}</p>
					<SwapForm key={picked.from} o={o} picked={picked} done={again} />
					<details class="holiday">
						<summary>{t("oncall.holiday")}</summary>
						<HolidayForm o={o} done={again} />
					</details>
				</section>
			)}
			<section class="section">
				<h2>{t("oncall.drills")}</h2>
				<Drills />
			</section>
		</main>
	);
}
