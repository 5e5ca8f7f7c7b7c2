// Set-up: what the doctor says, the agents with version, clock and journal, how one more is added,
// and who did what.
import { useState } from "preact/hooks";
import { session } from "../lib/api";
import { clockSeconds, dayShort, lang, number, span } from "../lib/format";
import { t, tOr } from "../lib/i18n";
import { personName, siteName, status } from "../lib/live";
import { query } from "../lib/router";
import type { Agent, AuditEntry, Finding } from "../lib/types";
import { alarmWord, placeWord } from "../lib/words";
import { Lasting } from "../ui/age";
import { ErrorNote, useGet } from "../ui/load";
import { usePaged } from "../ui/paged";
import { ENTITY_LOOK, Shape, State, type Look } from "../ui/state";
import { VirtualList } from "../ui/virtual";
import { Scroll } from "../ui/scroll";

const FINDING_LOOK: Record<Finding["severity"], Look> = { fault: "critical", caution: "degraded", info: "planned" };

function Doctor() {
	const { data, error } = useGet<{ ok: boolean; findings: Finding[] }>("/doctor", {}, undefined, 30e3);
	return (
		<section class="section">
			<h2>{t("setup.doctor")}</h2>
			<ErrorNote error={error} />
			{data && data.findings.length === 0 && <State look="full" word={t("setup.well")} />}
			<ul class="rows">
				{data?.findings.map((f, i) => (
					<li key={f.code + f.entity + i} class="finding">
						<Shape look={FINDING_LOOK[f.severity]} />
						<span>
							<b>{f.text[lang.value]}</b>
							{f.entity && !f.text[lang.value].includes(personName(f.entity)) && <span class="quiet"> · {f.entity}</span>}
							<br />
							<span>{f.advice[lang.value]}</span>
						</span>
					</li>
				))}
			</ul>
		</section>
	);
}

function AgentRow({ a }: { a: Agent }) {
	return (
		<div class="agent-row">
			<span class="state">
				<Shape look={ENTITY_LOOK[a.state]} />
				<span class="sr">{t(`state.${a.state}`)}</span>
				<b>{a.id}</b>
			</span>
			<span class="quiet">{a.version ?? t("setup.no_version")}</span>
			<span>{a.seen_at ? <Lasting at={a.seen_at} /> : t("age.never")}</span>
			<span class="num">{a.offset_ms === null ? "–" : `${number(a.offset_ms, 0)} ms`}</span>
			<span class="num">
				{a.journal_used_percent === null ? "–" : `${number(a.journal_used_percent, 1)} %`}
				{a.journal_oldest_s ? ` · ${span(a.journal_oldest_s)}` : ""}
			</span>
			<span class="num quiet">{t("uptime.devices", { n: a.devices })}</span>
		</div>
	);
}

function Agents() {
	const wanted = query.value.get("agent");
	const list = usePaged<Agent>("/agents", "agents", {}, (h) => h.type === "state" && h.data.kind === "agent");
	const items = wanted ? list.items.filter((a) => a.id === wanted) : list.items;
	return (
		<section class="section">
			<h2>{t("setup.agents", { seen: status.value?.collector.agents_seen ?? 0, total: status.value?.collector.agents_total ?? 0 })}</h2>
			<ErrorNote error={list.error} />
			<div class="agent-row heads" aria-hidden="true">
				<span>{t("kind.agent")}</span>
				<span>{t("device.version")}</span>
				<span>{t("setup.seen")}</span>
				<span class="num">{t("setup.offset")}</span>
				<span class="num">{t("setup.journal")}</span>
				<span />
			</div>
			<VirtualList
				items={items}
				height={40}
				keyOf={(a) => a.id}
				row={(a) => <AgentRow a={a} />}
				onEnd={list.done ? undefined : list.more}
				label={t("setup.agents_label")}
			/>
		</section>
	);
}

function Collector() {
	const c = status.value?.collector;
	if (!c) return null;
	return (
		<section class="section">
			<h2>{t("setup.collector")}</h2>
			<dl class="facts">
				<dt>{t("device.version")}</dt>
				<dd>{c.version}</dd>
				<dt>{t("setup.running")}</dt>
				<dd>{span(c.uptime_s)}</dd>
				<dt>{t("setup.broker")}</dt>
				<dd>{c.broker_connected ? <State look="full" word={t("setup.connected")} /> : <State look="critical" word={t("setup.not_connected")} />}</dd>
				<dt>{t("setup.store")}</dt>
				<dd>
					{c.store_ok ? <State look="full" word={t("setup.writes")} /> : <State look="critical" word={t("setup.no_writes")} />}{" "}
					<span class="quiet">· {t("setup.waiting", { n: c.store_waiting })}</span>
				</dd>
				<dt>{t("setup.quarantined")}</dt>
				<dd>{number(c.quarantined)}</dd>
			</dl>
		</section>
	);
}

/** What it was done to, as people call it: an incident by its number, a thing by its place. */
function Target({ a }: { a: AuditEntry }) {
	if (/^\d+$/.test(a.target) && ["ack", "take", "note", "verdict"].includes(a.action))
		return <a href={`/i/${a.target}`}>{t("incident.number", { n: a.target })}</a>;
	if (a.action === "shelve") {
		const at = a.target.lastIndexOf("/");
		return <>{`${placeWord(a.target.slice(0, at))}: ${alarmWord(a.target.slice(at + 1))}`}</>;
	}
	return <>{["silence", "silence_end", "maintenance"].includes(a.action) ? placeWord(a.target) : a.target}</>;
}

const AUDIT_STEP = 100;
const NOBODY: Record<string, string> = { anonymous: "who.anonymous", "(token)": "signin.token" };

function Audit() {
	const [limit, setLimit] = useState(AUDIT_STEP);
	const { data, error } = useGet<{ audit: AuditEntry[] }>("/audit", { limit }, (h) => h.type === "note" || h.type === "incident", 30e3);
	return (
		<section class="section">
			<h2>{t("setup.audit")}</h2>
			<ErrorNote error={error} />
			<Scroll label={t("setup.audit")}>
				<table class="small audit">
					<thead>
						<tr>
							{["when", "who", "did", "target", "peer", "result"].map((h) => (
								<th key={h}>{t(`setup.audit_${h}`)}</th>
							))}
						</tr>
					</thead>
					<tbody>
						{data?.audit.map((a, i) => (
							<tr key={i}>
								<td class="nowrap">
									{dayShort(Date.parse(a.at))} {clockSeconds(Date.parse(a.at))}
								</td>
								<td>{NOBODY[a.user] ? t(NOBODY[a.user]) : a.user}</td>
								<td>{tOr(`audit.${a.action}`, a.action)}</td>
								<td>
									<Target a={a} />
								</td>
								<td class="nowrap">{a.peer === "-" ? t("setup.audit_here") : a.peer}</td>
								<td class="quiet">{a.result === "refused" ? <State look="degraded" word={t("done.refused")} /> : tOr(`done.${a.result}`, a.result)}</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
			{data && data.audit.length >= limit && (
				<button class="button" onClick={() => setLimit(limit + AUDIT_STEP)}>
					{t("more")}
				</button>
			)}
		</section>
	);
}

export default function Setup() {
	const role = session.value?.role;
	const first = status.value?.sites[0];
	return (
		<main class="page" id="main">
			<h1>{t("nav.setup")}</h1>
			<Doctor />
			<Collector />
			<Agents />
			<section class="section">
				<h2>{t("setup.enrol")}</h2>
				<p>{t("setup.enrol_how", { site: first ? siteName(first.id) : "" })}</p>
				<p class="mono panel">linewatch enrol {first?.id ?? "danang"}/ws-09</p>
			</section>
			{(role === "admin" || role === "auditor") && <Audit />}
		</main>
	);
}
